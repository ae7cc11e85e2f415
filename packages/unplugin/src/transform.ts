/**
 * What the plugin changes in a module: functions that are given to threads are given along with the module and the export that another thread
 * finds them by, and functions that are moved become exports.
 *
 *     spawn(resize, image)                 spawn($task(URL of the module of resize, resize, "resize"), image)
 *     task(import.meta, fib)               $task(URL of this module, fib, "fib")
 *     move({ a }, ({ a }, n) => a + n)     move({ a }, $task(URL of this module, $moved0, "$moved0"))
 *                                          export const $moved0 = ({ a }, n) => a + n;     at the top
 *
 * How a URL is written is the bundler's affair.
 */
import MagicString, { type SourceMap } from "magic-string";
import { parseSync } from "oxc-parser";
import { type Names, namesOf } from "./module.js";
import { outsideOf, type Scope, walk } from "./scope.js";
import { isFunction, isNode, type Node } from "./syntax.js";

/** What the bundler is asked while a module is transformed. */
export interface Bundler {
  /** The id of the module that `source` names in the module that is transformed; null if it is not bundled. */
  resolve(source: string): Promise<string | null>;
  /** An expression that gives the URL of what is bundled of a module for threads to load. Has that be bundled. */
  urlOf(id: string): string;
  /** What must stand at the top of the module for these expressions. */
  preamble(): string;
}

export interface Transformed {
  readonly code: string;
  readonly map: SourceMap;
}

const HEDDLE = /^heddle(\/thread)?$/;
/** What takes a function to run on another thread as its first argument. */
const TAKES_A_FUNCTION = new Set(["spawn", "spawnBlocking", "spawnOn", "blockOn"]);
/** Those that are methods. */
const METHODS = new Set(["spawnOn", "spawnBlocking", "blockOn"]);

/** A cheap look whether a module can be concerned at all. */
export function mayConcern(code: string): boolean {
  return /\bheddle\b/.test(code) && /\b(spawn|spawnBlocking|spawnOn|blockOn|task|move|par)\b/.test(code);
}

/**
 * Transforms one module.
 *
 * @returns null if nothing in it concerns threads
 * @throws SyntaxError if what is moved uses what it does not list
 */
export async function transform(code: string, id: string, bundler: Bundler): Promise<Transformed | null> {
  const { program, errors } = parseSync(id.replace(/[?#].*$/, ""), code, { sourceType: "module" });
  // The bundler says it better.
  if (errors.length > 0) return null;
  const edit = new Edit(code, id, program as unknown as Node, bundler);
  return edit.run();
}

/** A function that is given to a thread, found in the text. */
interface Given {
  /** The module that exports it; null for this one. */
  readonly source: string | null;
  readonly exported: string;
}

class Edit {
  readonly #text: MagicString;
  readonly #names: Names;
  #moved = 0;
  #isChanged = false;
  readonly #code: string;
  readonly #id: string;
  readonly #program: Node;
  readonly #bundler: Bundler;

  constructor(code: string, id: string, program: Node, bundler: Bundler) {
    this.#code = code;
    this.#id = id;
    this.#program = program;
    this.#bundler = bundler;
    this.#text = new MagicString(code);
    this.#names = namesOf(program);
  }

  async run(): Promise<Transformed | null> {
    for (const { node, parent, scope } of walk(this.#program)) {
      if (node.type !== "CallExpression") continue;
      const callee = this.#calleeOf(node, scope);
      if (callee === "move") await this.#move(node, scope);
      else if (callee === "task") this.#task(node, parent, scope);
      else if (callee === "par") for (const argument of node["arguments"]) await this.#give(argument, scope, true);
      else if (callee !== null) await this.#give(node["arguments"][0], scope);
    }
    if (!this.#isChanged) return null;
    const top = this.#top();
    this.#text.appendRight(top, `import { task as $task } from "heddle/thread";${this.#bundler.preamble()}\n`);
    return {
      code: this.#text.toString(),
      map: this.#text.generateMap({ source: this.#id, includeContent: true, hires: true }),
    };
  }

  /** Where statements can be put before all others: behind a line for the shell, and behind directives. */
  #top(): number {
    const { body, hashbang } = this.#program as any;
    const directives = body.filter((statement: Node) => typeof statement["directive"] === "string");
    return directives.at(-1)?.end ?? hashbang?.end ?? 0;
  }

  /** What of heddle is called, if it takes a function: `spawn`, `move`, … */
  #calleeOf(call: Node, scope: Scope): string | null {
    const callee = bare(call["callee"]);
    if (callee.type === "Identifier") {
      const imported = this.#imported(callee, scope);
      if (imported === null || !HEDDLE.test(imported.source)) return null;
      // `spawn` of heddle itself starts a task on this thread.
      if (imported.source === "heddle" && imported.name === "spawn") return null;
      return TAKES_A_FUNCTION.has(imported.name) || /^(move|task)$/.test(imported.name) ? imported.name : null;
    }
    if (callee.type !== "MemberExpression" || callee["computed"]) return null;
    const name: string = callee["property"].name;
    const object = bare(callee["object"]);
    const of = object.type === "Identifier" ? this.#imported(object, scope) : null;
    if (of !== null && HEDDLE.test(of.source) && of.name === "*")
      return (of.source !== "heddle" || name !== "spawn") && (TAKES_A_FUNCTION.has(name) || /^(move|task)$/.test(name))
        ? name
        : null;
    if (METHODS.has(name)) return name;
    const root = this.#rootOf(object, scope);
    if (root === "par") return "par";
    return root === "thread" && name === "spawn" ? name : null;
  }

  /** What of heddle a chain of calls and members begins with, such as `par` in `par(list).map(fn)`; null if it is nothing of heddle. */
  #rootOf(node: Node, scope: Scope): string | null {
    if (node.type === "MemberExpression") return this.#rootOf(bare(node["object"]), scope);
    if (node.type === "CallExpression") return this.#rootOf(bare(node["callee"]), scope);
    const imported = node.type === "Identifier" ? this.#imported(node, scope) : null;
    return imported !== null && HEDDLE.test(imported.source) ? imported.name : null;
  }

  #imported(name: Node, scope: Scope): { source: string; name: string } | null {
    return this.#isOfModule(name["name"], scope) ? (this.#names.imports.get(name["name"]) ?? null) : null;
  }

  #isOfModule(name: string, scope: Scope): boolean {
    return scope.declaring(name) === scope.module;
  }

  /** A function that is given to a thread, if it is an export of a module. */
  #given(argument: Node | undefined, scope: Scope): Given | null {
    const node = argument === undefined ? undefined : bare(argument);
    if (node?.type === "MemberExpression" && !node["computed"] && node["object"].type === "Identifier") {
      const of = this.#imported(node["object"], scope);
      return of?.name === "*" ? { source: of.source, exported: node["property"].name } : null;
    }
    if (node?.type !== "Identifier" || !this.#isOfModule(node["name"], scope)) return null;
    const imported = this.#names.imports.get(node["name"]);
    if (imported !== undefined)
      return imported.name === "*" ? null : { source: imported.source, exported: imported.name };
    const exported = this.#names.exports.get(node["name"]);
    return exported === undefined ? null : { source: null, exported };
  }

  /** @param perhaps whether the argument may also be something else than a function */
  async #give(argument: Node | undefined, scope: Scope, perhaps = false): Promise<void> {
    const given = this.#given(argument, scope);
    if (given === null) return;
    const id = given.source === null ? this.#id : await this.#bundler.resolve(given.source);
    // What is not bundled is found where it is.
    if (id === null) return;
    const { start, end } = argument!;
    const text = this.#code.slice(start, end);
    this.#isChanged = true;
    this.#text.prependRight(
      start,
      `${perhaps ? `typeof ${text} !== "function" ? ${text} : ` : ""}$task(${this.#bundler.urlOf(id)}, `,
    );
    this.#text.appendLeft(end, `, ${JSON.stringify(given.exported)})`);
  }

  /** `task(import.meta, fn)`: the URL of a chunk, which `import.meta` is in a bundle, is not that of the module. */
  #task(call: Node, parent: Node | null, scope: Scope): void {
    const [module, fn, name] = call["arguments"] as (Node | undefined)[];
    if (module === undefined || fn === undefined) return;
    if (!/^import\s*\.\s*meta(\s*\.\s*url)?$/.test(this.#code.slice(module.start, module.end))) return;
    if (name === undefined) {
      const declared =
        parent?.type === "VariableDeclarator" && parent["id"].type === "Identifier" ? parent["id"].name : null;
      const exported = declared === null ? undefined : this.#names.exports.get(declared);
      const given = exported === undefined ? this.#given(fn, scope) : { source: null, exported };
      if (given?.source !== null) return;
      this.#text.appendLeft(fn.end, `, ${JSON.stringify(given.exported)}`);
    }
    this.#isChanged = true;
    this.#text.update(module.start, module.end, this.#bundler.urlOf(this.#id));
  }

  async #move(call: Node, scope: Scope): Promise<void> {
    const [captures, given] = call["arguments"] as (Node | undefined)[];
    if (captures === undefined || given === undefined) return;
    const fn = isInline(bare(given)) ? bare(given) : bodyOf(bare(given));
    if (fn === null) return this.#give(given, scope);
    this.#refuseUnlisted(fn, captures, scope);
    const name = `$moved${this.#moved++}`;
    // At the top, so that it is there while the module is still being evaluated, as it is while it awaits at its top level.
    this.#text.move(given.start, given.end, this.#top());
    this.#text.prependRight(given.start, `\nexport const ${name} = `);
    this.#text.appendLeft(given.end, ";");
    this.#text.appendLeft(captures.end, `, $task(${this.#bundler.urlOf(this.#id)}, ${name}, "${name}")`);
    this.#dropComma(captures.end, given.start);
    this.#isChanged = true;
  }

  /** Takes the comma between two arguments away, of which the second has gone. */
  #dropComma(from: number, to: number): void {
    const at =
      from +
      this.#code
        .slice(from, to)
        .replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, (text) => " ".repeat(text.length))
        .indexOf(",");
    this.#text.remove(at, at + 1);
  }

  #refuseUnlisted(fn: Node, captures: Node, scope: Scope): void {
    const { names, words } = outsideOf(fn, scope);
    const unlisted = [...names, ...words];
    if (unlisted.length === 0) return;
    const listed = (captures["properties"] ?? []).map((property: Node) => property["key"]?.name).filter(Boolean);
    const list = `{ ${[...new Set([...listed, ...names])].join(", ")} }`;
    const line = this.#code.slice(0, fn.start).split("\n").length;
    throw new SyntaxError(
      `Cannot move a function as move must list what it uses of the functions around it: at ${this.#id}:${line} it uses ` +
        `${unlisted.map((name) => JSON.stringify(name)).join(", ")}\n` +
        (words.length > 0 ? "help: list the values that it needs" : `help: list it: move(${list}, (${list}, …) => …)`),
    );
  }
}

/** An expression without the brackets and types around it. */
function bare(node: Node): Node {
  return /^(ParenthesizedExpression|TS(As|Satisfies|NonNull|Instantiation)Expression|TSTypeAssertion)$/.test(node.type)
    ? bare(node["expression"])
    : node;
}

const isInline = (node: Node): boolean => isFunction(node) && node.type !== "FunctionDeclaration";

/** The generator function in a call such as `async(function* () {…})`; null if it is none. */
function bodyOf(node: Node): Node | null {
  if (node.type !== "CallExpression" || node["arguments"].length !== 1) return null;
  const [fn] = node["arguments"] as unknown[];
  return isNode(fn) && fn.type === "FunctionExpression" && fn["generator"] === true ? fn : null;
}
