/**
 * The reduction loses nothing: whatever a program can come to in any order, it comes to in one of those that are run.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { async, type Future, type JoinHandle, joinAll, select, sleep, spawn, yieldNow } from "../index.js";
import { Leaf, PENDING, Resource, type Context, type Waker } from "../lowlevel.js";
import { tracked } from "../test.js";
import { Bounded } from "./bounded.js";
import { Execution, GIVEN_UP, HOST, PROMISES, type Settings } from "./execution.js";
import { Reduction } from "./reduction.js";
import type { Search } from "./search.js";
import { Census } from "./stepped-tasks.js";

/** A place where tasks wait until somebody rings; whoever waits then goes on. */
class Bell extends Resource {
  generation = 0;
  #wakers: Waker[] = [];

  get kind(): string {
    return "bell";
  }
  ring(): void {
    this.touch(true);
    this.generation++;
    for (const waker of this.#wakers.splice(0)) waker.wake();
  }
  heard(): Leaf<void> {
    const bell = this;
    return new (class extends Leaf<void> {
      #since = -1;
      poll(cx: Context) {
        bell.touch(true);
        if (this.#since < 0) this.#since = bell.generation;
        if (bell.generation > this.#since) return undefined;
        if (!bell.#wakers.includes(cx.waker)) bell.#wakers.push(cx.waker);
        return PENDING;
      }
      override drop(cx: Context) {
        bell.touch(true);
        bell.#wakers = bell.#wakers.filter((waker) => waker !== cx.waker);
      }
    })();
  }
}

/** One thing that a task does. `at` says to which of the shared things, or to which task. */
interface Act {
  readonly do: (typeof VERBS)[number];
  readonly at: 0 | 1;
}

const VERBS = [
  ...(["yield", "yield", "yield", "sleep", "spawn", "add", "add", "read", "write"] as const),
  ...(["ring", "hear", "abort", "join", "ask", "either"] as const),
] as const;

const acts: fc.Arbitrary<Act> = fc.record({ do: fc.constantFrom(...VERBS), at: fc.constantFrom(0, 1) });

/** All that one run came to. */
function programOf(scripts: readonly (readonly Act[])[], log: (line: string) => void): () => Future<unknown> {
  return async(function* () {
    const cells = [tracked({ value: 0 }), tracked({ value: 0 })];
    const bells = [new Bell(), new Bell()];
    const handles: JoinHandle<unknown>[] = [];
    const seen: string[][] = scripts.map(() => []);
    const act = async(function* (act: Act, me: number): Generator<any, void, any> {
      const note = (text: unknown): void => void seen[me]!.push(`${act.do} ${text}`);
      if (act.do === "yield") return yield* yieldNow();
      if (act.do === "sleep") return yield* sleep(5);
      if (act.do === "spawn") {
        const child = async(function* () {
          cells[0]!.value += 100;
          yield* yieldNow();
          cells[1]!.value *= 2;
        });
        return yield* spawn(child());
      }
      const cell = cells[act.at]!;
      const other = handles[act.at];
      if (act.do === "add") cell.value += me + 1;
      else if (act.do === "read") note(cell.value);
      else if (act.do === "write") cell.value = 10 * (me + 1);
      else if (act.do === "ring") bells[act.at]!.ring();
      else if (act.do === "hear") yield* bells[act.at]!.heard();
      else if (act.do === "either") {
        const bell = bells[act.at]!.heard();
        note((yield* select({ bell, nap: sleep(7) })).key);
      } else if (other === undefined || act.at === me) note("nobody");
      else if (act.do === "abort") other.abort();
      else if (act.do === "ask") note(other.isFinished);
      else note((yield* other.settled()).status);
    });
    const run = async(function* (script: readonly Act[], me: number) {
      try {
        for (const each of script) yield* act(each, me);
      } finally {
        cells[1]!.value += 1000 * (me + 1);
      }
    });
    try {
      for (const [me, script] of scripts.entries()) handles.push(spawn(run(script, me)));
      yield* joinAll(handles.map((handle) => handle.settled()));
    } finally {
      log(JSON.stringify([cells.map(({ value }) => value), seen]));
    }
  });
}

interface Found {
  readonly outcomes: readonly string[];
  readonly schedules: number;
}

async function explored(
  scripts: readonly (readonly Act[])[],
  search: Search,
  isTracked: boolean,
  most = Infinity,
): Promise<Found | null> {
  const outcomes = new Set<string>();
  let line = "";
  const program = programOf(scripts, (text) => (line = text));
  const settings: Settings<unknown> = {
    program,
    after: undefined,
    seed: 1,
    isTracked,
    maxSteps: 200,
    census: new Census(),
  };
  let schedules = 0;
  do {
    line = "";
    const execution = new Execution(settings, search);
    let ending = execution.go();
    while (ending === HOST || ending === PROMISES) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      ending = execution.go();
    }
    if (ending === GIVEN_UP) continue;
    if (++schedules > most) return null;
    outcomes.add(ending === null ? line : `${ending.code} ${ending.what.replaceAll(/ at .*/g, "")}`);
  } while (search.next());
  return { outcomes: [...outcomes].sort(), schedules };
}

const MOST = 1500;

const law = fc.asyncProperty(
  fc.array(fc.array(acts, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 3 }),
  async (scripts) => {
    const all = await explored(scripts, new Bounded(Infinity), false, MOST);
    if (all === null) return;
    const opaque = await explored(scripts, new Reduction(), false);
    assert.deepEqual(opaque, all, "opaque steps: every order, each once");
    const reduced = await explored(scripts, new Reduction(), true);
    assert.deepEqual(reduced!.outcomes, all.outcomes, "tracked steps: everything that can come out");
    assert.ok(reduced!.schedules <= all.schedules);
  },
);

test("Reduction runs every order of opaque steps once, and of tracked steps enough for everything that can come out", async () => {
  await fc.assert(law, { numRuns: 100 });
});
