/**
 * What the engine knows about a function: the script and the place it was written at, and the variables around it.
 *
 * It is asked through a session of the host's inspector, which answers at once. No domain of the protocol stays enabled: with the debugger's
 * on, each `await` of the program is nine to nineteen times slower; and to turn the profiler's on and off again corrupts the program's coverage.
 *
 * HOST: Node 20.11+. The inspectors of Bun and Deno do not answer at once, and there is none in a Node that was built without.
 */
import { createRequire } from "node:module";
import type { Session } from "node:inspector";
import process from "node:process";
import * as util from "node:util";
import { pathToFileURL } from "node:url";

/** Where a function stands in the text that the engine runs, which a loader may have made of what was written. Both count from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Around a function: one scope, with the variables that the engine keeps in it. */
export interface Scope {
  readonly kind: "local" | "module";
  /** The name of the function whose scope it is, empty if it has none; for other scopes what they are, such as `Block`. */
  readonly owner: string;
  readonly names: readonly string[];
  /** The first of the names that holds the function looked for; null if none does. */
  readonly holds: string | null;
}

/** What is known about one function. */
export class Inspected {
  readonly place: Place;
  readonly #script: string;
  readonly #scopes: string;

  constructor(place: Place, script: string, scopes: string) {
    this.place = place;
    this.#script = script;
    this.#scopes = scopes;
  }

  /** The URL of the script; empty for text that was evaluated. The first time it takes some milliseconds. */
  script(): string {
    return inspector!.script(this.#script);
  }

  /** Whether nothing but an ES module is around it of which it uses variables. Quick, where `scopes` takes a while in a large module. */
  isAtTop(): boolean {
    return inspector!.kindsOf(this.#scopes).every(({ kind }, index) => kind === "module" && index === 0);
  }

  /** The scopes around it, innermost first, without those of the whole program. @param held the function to look for in them */
  scopes(held: Function): Scope[] {
    return inspector!.scopes(this.#scopes, held);
  }
}

interface RemoteValue {
  readonly objectId?: string;
  readonly description?: string;
  readonly type?: string;
  readonly value?: any;
}

interface Property {
  readonly name: string;
  readonly value?: RemoteValue;
}

const HOLDER = "heddle.inspected";
const GROUP = "heddle";

class Inspector {
  readonly #session: Session;
  readonly #held: { value: unknown } = { value: undefined };
  readonly #holder: string;
  /** The URLs of scripts by their ids. Grows as scripts are met; ids are not used again. */
  readonly #scripts = new Map<string, string>();

  constructor(session: Session) {
    session.connect();
    this.#session = session;
    const key = Symbol.for(HOLDER);
    const world = globalThis as unknown as Record<symbol, unknown>;
    world[key] = this.#held;
    try {
      const expression = `globalThis[Symbol.for(${JSON.stringify(HOLDER)})]`;
      this.#holder = this.#ask("Runtime.evaluate", { expression }).result.objectId;
    } finally {
      delete world[key];
    }
  }

  inspect(fn: Function): Inspected | null {
    const object = this.#idOf(fn);
    const known: Property[] = this.#ask("Runtime.getProperties", {
      objectId: object,
      ownProperties: true,
    }).internalProperties;
    const location = known.find(({ name }) => name === "[[FunctionLocation]]")?.value?.value;
    const scopes = known.find(({ name }) => name === "[[Scopes]]")?.value?.objectId;
    if (location === undefined || scopes === undefined) return null;
    const { scriptId, lineNumber, columnNumber } = location;
    return new Inspected({ line: lineNumber + 1, column: columnNumber + 1 }, scriptId, scopes);
  }

  /** The scopes behind the id, innermost first, each with the id of its variables. */
  kindsOf(id: string): { kind: Scope["kind"]; owner: string; variables: string }[] {
    return this.#properties(id).flatMap(({ name, value }) => {
      const description = value?.description ?? "";
      if (!/^\d+$/.test(name) || /^(Global|Script)\b/.test(description) || value?.objectId === undefined) return [];
      const owner = /^Closure(?: \((.*)\))?$/.exec(description);
      return [
        {
          kind: description === "Module" ? "module" : "local",
          owner: owner === null ? description : (owner[1] ?? ""),
          variables: value.objectId,
        } as const,
      ];
    });
  }

  scopes(id: string, held: Function): Scope[] {
    return this.kindsOf(id).map(({ kind, owner, variables: object }) => {
      const variables = this.#properties(object);
      const functions = variables.filter(({ value }) => value?.type === "function");
      const holds = functions[this.#indexOf(held, functions)]?.name ?? null;
      return { kind, owner, names: variables.map(({ name }) => name), holds };
    });
  }

  /** Forgets the objects that were looked at, which the engine keeps for the session until then. */
  release(): void {
    this.#held.value = undefined;
    this.#ask("Runtime.releaseObjectGroup", { objectGroup: GROUP });
  }

  #indexOf(held: Function, among: Property[]): number {
    if (among.length === 0) return -1;
    this.#held.value = held;
    return this.#call(
      "function (...all) { return all.indexOf(this.value); }",
      among.map(({ value }) => ({ objectId: value!.objectId })),
    ).value;
  }

  #idOf(value: Function): string {
    this.#held.value = value;
    return this.#call("function () { return this.value; }", []).objectId!;
  }

  #call(functionDeclaration: string, args: object[]): RemoteValue {
    const objectId = this.#holder;
    return this.#ask("Runtime.callFunctionOn", { objectId, functionDeclaration, arguments: args, objectGroup: GROUP })
      .result;
  }

  #properties(objectId: string): Property[] {
    return this.#ask("Runtime.getProperties", { objectId, ownProperties: true }).result;
  }

  /** The URL of a script by its id. */
  script(id: string): string {
    if (!this.#scripts.has(id)) this.#addCallers();
    if (!this.#scripts.has(id)) this.#addUsed();
    if (!this.#scripts.has(id)) this.#addAll();
    return this.#scripts.get(id) ?? "";
  }

  // Most functions are given away by the file they are written in, which the stack names in microseconds.
  // HOST: Node 22.14+.
  #addCallers(): void {
    const sites = (util as unknown as { getCallSites?: (n: number, options: object) => any[] }).getCallSites;
    for (const { scriptId, scriptName } of sites?.(32, { sourceMap: false }) ?? [])
      if (scriptId !== undefined && /^(\/|[A-Za-z]:\\|file:)/.test(scriptName))
        this.#scripts.set(scriptId, scriptName.startsWith("file:") ? scriptName : pathToFileURL(scriptName).href);
  }

  // Scripts of which some function has run lately. The engine walks its heap for the list: 2 to 5 ms in a small program, 190 ms where the heap
  // holds half a gigabyte.
  #addUsed(): void {
    // Do not enable the profiler first: to disable it again resets the program's own coverage.
    for (const { scriptId, url } of this.#ask("Profiler.getBestEffortCoverage", {}).result)
      if (!this.#scripts.has(scriptId)) this.#scripts.set(scriptId, url);
  }

  // Those of which none has: a module whose functions only other threads call. The debugger lists all scripts when it is enabled, which takes
  // 20 ms the first time and 5 later; when it is disabled again, an `await` takes what it took before.
  #addAll(): void {
    const add = ({ params }: { params: { scriptId: string; url: string } }): void => {
      if (!this.#scripts.has(params.scriptId)) this.#scripts.set(params.scriptId, params.url);
    };
    this.#session.on("Debugger.scriptParsed", add);
    try {
      this.#ask("Debugger.enable", {});
    } finally {
      this.#ask("Debugger.disable", {});
      this.#session.off("Debugger.scriptParsed", add);
    }
  }

  #ask(method: string, params: object): any {
    let failure: unknown;
    let answer: any;
    this.#session.post(method as any, params as any, (error: unknown, result: unknown) => {
      failure = error;
      answer = result;
    });
    if (failure !== null && failure !== undefined) throw failure;
    if (answer === undefined) throw new Error(`${method} was not answered at once`);
    return answer;
  }
}

let inspector: Inspector | null | undefined;

function connected(): Inspector | null {
  if (inspector === undefined) {
    inspector = null;
    // HOST: what Bun and Deno have by this name answers later, or not at all, and must not be woken.
    if (process.versions["bun"] === undefined && !("Deno" in globalThis))
      try {
        const load = createRequire(import.meta.url);
        const host: typeof import("node:inspector") = load("node:inspector");
        inspector = new Inspector(new host.Session());
      } catch {
        // This Node was built without an inspector.
      }
  }
  return inspector;
}

/**
 * Asks the engine about `fn`, and hands what it knows to `use` while the answer is at hand.
 *
 * @returns what `use` answers; null where the host cannot say, or `fn` is native code
 */
export function inspected<T>(fn: Function, use: (known: Inspected) => T): T | null {
  const engine = connected();
  if (engine === null) return null;
  try {
    const known = engine.inspect(fn);
    return known === null ? null : use(known);
  } finally {
    engine.release();
  }
}

/** Whether this host can say where a function is from. */
export function canInspect(): boolean {
  return connected() !== null;
}
