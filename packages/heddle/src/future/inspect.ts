/**
 * Looking at suspended calls without running them.
 *
 * `next()` on a suspended generator goes, natively, to the future it awaits. While an inspection is on, that future
 * answers the inspection instead of polling, the generator suspends again at once, and no user code has run. With it we
 * find where every suspended `yield*` stands (for traces and dumps), and how many generators stand in one frame.
 *
 * An inspection works by taking the budget away: futures are on their slow path then, so looking costs the fast path
 * nothing.
 */
import { NoRuntimeError } from "../base/errors.js";
import { stackLines, withStackLimit } from "../base/stacktrace.js";
import { current, type Inspection } from "./current.js";
import { type Future, SUSPENDED, type Pending } from "./poll.js";

/** What a future answers when there is no budget: to an inspector, to a stranger, or because the task must yield. */
export function answerSlowly(future: object): { done: boolean; value: unknown } {
  if (current.inspection !== null) return current.inspection.answer(future);
  const stack = current.stack;
  if (stack === null) throw new NoRuntimeError("await a future");
  stack.wake();
  current.diagnostics.doubt(future);
  return SUSPENDED;
}

/** Where one suspended call stands. The text is made when it is read. */
export class Sighting {
  readonly #error: Error;
  readonly #levels: number;
  /** What is awaited there. */
  readonly future: object;

  constructor(error: Error, levels: number, future: object) {
    this.#error = error;
    this.#levels = levels;
    this.future = future;
  }

  /** A stack's line for each generator in the frame, innermost first: one, and one for each plain generator awaited inline. */
  get lines(): string[] {
    return this.reader()();
  }

  /** Reads the lines later, without keeping what is awaited alive. */
  reader(): () => string[] {
    const error = this.#error;
    const levels = this.#levels;
    return () => stackLines(error.stack ?? "").slice(OWN_LINES, OWN_LINES + levels);
  }
}

class Sight implements Inspection {
  error: Error | null = null;
  future: object | null = null;
  answer(future: object): { done: false; value: Pending } {
    this.error = new Error();
    this.future = future;
    return SUSPENDED;
  }
}

/**
 * Whether a generator reads the very answer that the innermost `next()` gave.
 *
 * HOST: JavaScriptCore makes an answer of its own at each `yield*`, so that only the innermost reads the one that was given. There the
 * generators are counted on the stack: its lines in the answer, without those below the inspection and those on top.
 */
const READS_SHOW = /* @__PURE__ */ readsShow();

// The engine's own lines on top of a sighting: answer, the slow path, next. HOST: where JavaScriptCore runs, calls in tail position leave
// the stack, and the last two are. Keep them there.
const OWN_LINES = READS_SHOW ? 3 : 1;

function readsShow(): boolean {
  let reads = 0;
  const answer = {
    get done() {
      reads++;
      return false;
    },
  };
  const leaf = { next: () => answer, [Symbol.iterator]: () => leaf } as unknown as Future<void>;
  const inner = function* (): Generator<Pending, void> {
    yield* leaf;
  };
  const outer = function* (): Generator<Pending, void> {
    yield* inner();
  };
  outer().next();
  return reads === 2;
}

// Counts the native `yield*` it passes through: each of them reads `done` once.
class Count implements Inspection {
  levels = 0;
  future: object | null = null;
  error: Error | null = null;
  readonly result: { readonly done: boolean; value: Pending };
  constructor() {
    const count = this;
    this.result = {
      get done() {
        count.levels++;
        return false;
      },
      value: undefined as never,
    };
  }
  answer(future: object): { done: boolean; value: unknown } {
    this.future = future;
    if (!READS_SHOW) this.error = new Error();
    return this.result;
  }
}

const counter = /* @__PURE__ */ new Count();

function inspectWith(inspection: Inspection, generator: Iterator<unknown>): void {
  const { budget, inspection: outer } = current;
  current.inspection = inspection;
  current.budget = 0;
  try {
    generator.next();
  } finally {
    current.inspection = outer;
    current.budget = budget;
  }
}

/** How many generators one frame holds: 1, and one more for each plain generator that it awaits inline. */
export function levelsOf(generator: Iterator<unknown>): number {
  counter.levels = 0;
  counter.future = null;
  if (READS_SHOW) inspectWith(counter, generator);
  else withStackLimit(Infinity, () => countLines(generator));
  return counter.levels;
}

function countLines(generator: Iterator<unknown>): void {
  counter.error = null;
  inspectWith(counter, generator);
  const inside = counter.error as Error | null;
  const below = new Error();
  // Between the two: `inspectWith`, the generators, and the lines on top.
  if (inside !== null) counter.levels = linesOf(inside) - linesOf(below) - 1 - OWN_LINES;
}

function linesOf(error: Error): number {
  return stackLines(error.stack ?? "").length;
}

/** What the generator given to the last {@link levelsOf} awaits. */
export function lastInspected(): object | null {
  return counter.future;
}

/** Where a suspended generator stands; null when what it awaits does not answer. */
export function sightOf(generator: Iterator<unknown>): Sighting | null {
  const levels = levelsOf(generator);
  const sight = new Sight();
  // One line for each generator and one for the native `next` that entered it.
  withStackLimit(OWN_LINES + 2 * levels + 2, () => inspectWith(sight, generator));
  return sight.future === null ? null : new Sighting(sight.error!, levels, sight.future);
}
