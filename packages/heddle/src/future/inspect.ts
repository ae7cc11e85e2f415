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
import { SUSPENDED, type Pending } from "./poll.js";

/** What a future answers when there is no budget: to an inspector, to a stranger, or because the task must yield. */
export function answerSlowly(future: object): { done: boolean; value: unknown } {
  if (current.inspection !== null) return current.inspection.answer(future);
  const stack = current.stack;
  if (stack === null) throw new NoRuntimeError("await a future");
  stack.wake();
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

// The engine's own lines on top of a sighting: answer, the slow path, next.
const OWN_LINES = 3;

class Sight implements Inspection {
  error: Error | null = null;
  future: object | null = null;
  answer(future: object): { done: false; value: Pending } {
    this.error = new Error();
    this.future = future;
    return SUSPENDED;
  }
}

// Counts the native `yield*` it passes through: each of them reads `done` once.
class Count implements Inspection {
  levels = 0;
  future: object | null = null;
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
  inspectWith(counter, generator);
  return counter.levels;
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
