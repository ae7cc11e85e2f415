/**
 * `spawnMock`: a future that a test polls by hand, with a waker that counts. What `task::spawn` of tokio-test is.
 *
 * | `poll()` answers | then                                                                    |
 * | ---------------- | ----------------------------------------------------------------------- |
 * | PENDING          | `isWoken` says whether it asked for the next poll                       |
 * | the value        | over                                                                    |
 * | (throws)         | over                                                                    |
 * | PENDING, dropped | its cleanups await: polls go on with them, `dropped` is true at the end |
 */
import { HeddleError, quote } from "../base/errors.js";
import { type Duration, toMilliseconds } from "../base/duration.js";
import { Context } from "../future/context.js";
import { type END, type Future, type Pending, PENDING, type Poll } from "../future/poll.js";
import { pollFn } from "../future/ready.js";
import { awaitText, dumpStack } from "../runtime/await-tree.js";
import type { Engine } from "../runtime/engine.js";
import { currentRuntime } from "../runtime/run.js";
import { Runtime } from "../runtime/runtime.js";
import { within } from "../runtime/within.js";
import { failAssertion } from "./assertion-error.js";
import { type ExpectedError, isExpected, showExpected } from "./expected-error.js";
import { MockRoot } from "./mock-root.js";
import { isSame } from "./same.js";
import { show } from "./show.js";

export interface SpawnMockOptions {
  /**
   * Whose timers, clock and random choices it finds. The current runtime by default; outside of any, one of its own, with seed 1 and a clock
   * that only {@link SpawnMock.advance} moves.
   */
  runtime?: Runtime | undefined;
}

/** What gives one value after another: a stream, the receiver of a channel. */
export interface Nexts<T> {
  next(): Future<T | typeof END>;
}

/** What all mocks have: the counting waker, the runtime, and the end. */
abstract class Mock {
  readonly #runtime: Engine;
  #wakeCount = 0;
  #isWoken = false;
  /** @internal */
  protected readonly cx = new Context({
    wake: () => {
      this.#wakeCount++;
      this.#isWoken = true;
    },
  });

  constructor(options: SpawnMockOptions) {
    this.#runtime =
      options.runtime ??
      currentRuntime() ??
      new Runtime({
        name: "the runtime of a mock",
        startPaused: true,
        autoAdvance: false,
        rngSeed: 1,
        warnings: false,
      });
  }

  /** Whether it was woken since it was last polled. False before the first poll. */
  get isWoken(): boolean {
    return this.#isWoken;
  }

  /** How often its waker was called. */
  get wakeCount(): number {
    return this.#wakeCount;
  }

  /**
   * Calls `fn` with what it is polled with: the context whose waker counts, and its runtime current. For what is polled by calling a method,
   * such as `leaf.poll(cx)`.
   */
  enter<R>(fn: (cx: Context) => R): R {
    return within(this.#runtime, () => fn(this.cx));
  }

  /** Moves the paused clock of its runtime, and wakes what is due by then. */
  advance(duration: Duration): void {
    const { clock, timers } = this.#runtime;
    clock.advance(toMilliseconds(duration, "advance the clock"));
    timers.clockChanged();
  }

  /** @internal */
  protected pollRoot<T>(root: MockRoot<T>): Poll<T> {
    this.#isWoken = false;
    return within(this.#runtime, () => root.poll());
  }

  /** @internal */
  protected cut(root: MockRoot<unknown>): void {
    within(this.#runtime, () => root.cut());
  }

  /** Drops it: cleanups run. Throws what one of them threw. One that awaits is gone on with by polls. */
  abstract drop(): void;

  [Symbol.dispose](): void {
    this.drop();
  }
}

// Of one wait: a future that needs more has a loop that never ends.
const MOST_POLLS = 10_000;

/** One future, polled by hand. See {@link spawnMock}. */
export class SpawnMock<T> extends Mock {
  readonly #root: MockRoot<T>;

  /** @internal */
  constructor(future: Future<T>, options: SpawnMockOptions) {
    super(options);
    this.#root = new MockRoot(future, this.cx.waker);
  }

  /** Whether it has given its value or its error. */
  get isFinished(): boolean {
    return this.#root.isOver && !this.#root.isCut;
  }

  /** Whether it was dropped and its cleanups are over. */
  get dropped(): boolean {
    return this.#root.isOver && this.#root.isCut;
  }

  /**
   * One poll, whether or not it was woken.
   *
   * @returns the value, or `PENDING`
   * @throws what the future throws; AbortedError when one that was dropped has unwound; HeddleError `future.completed` after the end
   */
  poll(): Poll<T> {
    if (this.#root.isOver)
      throw new HeddleError(
        "future.completed",
        `Cannot poll a mock again: it ${this.dropped ? "was dropped" : "has given its outcome"}`,
        { help: "make a new one of a new future" },
      );
    return this.pollRoot(this.#root);
  }

  /**
   * Polls it, and again as long as it was woken meanwhile, as a runtime would that has nothing else to do.
   *
   * @returns the value, or `PENDING` once nobody has woken it
   * @throws as {@link poll}; AssertionError if it is still woken after 10,000 polls
   */
  pollUntilIdle(): Poll<T> {
    for (let polls = 0; polls < MOST_POLLS; polls++) {
      const value = this.poll();
      if (value !== PENDING || !this.isWoken) return value;
    }
    return failAssertion(
      this,
      "pollUntilIdle",
      "the future must come to wait for something",
      `it was woken again by each of ${MOST_POLLS} polls`,
    );
  }

  drop(): void {
    this.cut(this.#root);
  }

  /**
   * Polls it, and fails the test unless it is pending.
   *
   * @throws AssertionError that gives the value or the error that came instead
   */
  assertPending(): void {
    const fact = this.#pollForFact();
    if (fact !== PENDING)
      failAssertion(this, "assertPending", "the future must be pending", fact.text, { actual: fact.value });
  }

  /**
   * Polls it, and fails the test unless it is ready with `expected`, or with anything if that is left out. Compares all the way down.
   *
   * @returns the value
   * @throws AssertionError that says what came instead; of a pending future, where it stands
   */
  assertReady(...expected: [expected?: T]): T {
    const rule = `the future must be ready${expected.length > 0 ? ` with ${show(expected[0])}` : ""}`;
    const fact = this.#pollForFact();
    if (fact === PENDING) failAssertion(this, "assertReady", rule, this.#standing());
    const { text, value } = fact;
    if (fact.isError || (expected.length > 0 && !isSame(value, expected[0])))
      failAssertion(this, "assertReady", rule, text, { expected: expected[0], actual: value });
    return value as T;
  }

  /**
   * Polls it, and fails the test unless it throws what is expected, or anything if that is left out.
   *
   * @param expected a class, the `code` of an error of heddle, a pattern of the message, fields, or a function that decides
   * @returns the error
   * @throws AssertionError that says what came instead
   */
  assertThrows(expected?: ExpectedError): unknown {
    const rule = `the future must throw${expected === undefined ? "" : ` ${showExpected(expected)}`}`;
    const fact = this.#pollForFact();
    if (fact === PENDING) failAssertion(this, "assertThrows", rule, this.#standing());
    if (!fact.isError || (expected !== undefined && !isExpected(fact.value, expected)))
      failAssertion(this, "assertThrows", rule, fact.text, { actual: fact.value });
    return fact.value;
  }

  #pollForFact(): typeof PENDING | { isError: boolean; value: unknown; text: string } {
    // Refused because it is over: that is the test's mistake, and no outcome.
    if (this.#root.isOver) void this.poll();
    let value: Poll<T>;
    try {
      value = this.poll();
    } catch (error) {
      return { isError: true, value: error, text: `it threw ${show(error)}` };
    }
    return value === PENDING ? PENDING : { isError: false, value, text: `it is ready with ${show(value)}` };
  }

  #standing(): string {
    return `it is pending\n${awaitText(dumpStack(this.#root), "    ")}`;
  }
}

/** A stream or receiver whose values a test takes by hand. See {@link spawnMock}. */
export class SpawnMockNexts<T> extends Mock {
  // One root for all waits, as the task would be: what the source keeps there lasts from one value to the next.
  readonly #root: MockRoot<never>;
  readonly #taker: Taker<T>;

  /** @internal */
  constructor(source: Nexts<T>, options: SpawnMockOptions) {
    super(options);
    this.#taker = new Taker();
    this.#root = new MockRoot(this.#taker.take(source), this.cx.waker);
  }

  /** Whether it was dropped, and the cleanups of the wait that it had begun are over. */
  get dropped(): boolean {
    return this.#root.isOver;
  }

  /**
   * One poll of the wait for the next value. The first poll after a value begins a new wait.
   *
   * @returns the value, `END`, or `PENDING`
   * @throws what the wait throws
   */
  pollNext(): Poll<T | typeof END> {
    if (this.dropped)
      throw new HeddleError("future.completed", "Cannot poll a mock again: it was dropped", { help: "make a new one" });
    this.#taker.isWanted = true;
    this.pollRoot(this.#root);
    return this.#taker.given();
  }

  drop(): void {
    this.cut(this.#root);
  }
}

/** Takes one value after the other, each when it is wanted. */
class Taker<T> {
  isWanted = false;
  #outcome: { value: T | typeof END } | { error: unknown } | null = null;

  *take(source: Nexts<T>): Generator<Pending, never> {
    for (;;) {
      // Never wakes: whoever wants the next value polls.
      yield* pollFn(() => (this.isWanted ? true : PENDING));
      try {
        this.#outcome = { value: yield* source.next() };
      } catch (error) {
        this.#outcome = { error };
      }
      this.isWanted = false;
    }
  }

  /** What came, once. */
  given(): Poll<T | typeof END> {
    const outcome = this.#outcome;
    this.#outcome = null;
    if (outcome === null) return PENDING;
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }
}

/**
 * Makes a future pollable by hand, one poll at a time, with a waker that counts: for tests of what `poll` answers and whom it wakes. Unlike a
 * pinned future, it polls whenever it is told to, woken or not.
 *
 * Of a stream or a receiver it makes a mock with `pollNext()`.
 *
 * @throws TypeError if it is given neither
 *
 * @example
 * ```ts
 * import { async, sleep } from "heddle";
 * import { spawnMock } from "heddle/test";
 *
 * const nap = async(function* () {
 *   yield* sleep(10);
 *   return "rested";
 * });
 * const mock = spawnMock(nap());
 * mock.assertPending();
 * mock.advance(9);
 * console.log(mock.isWoken);
 * mock.advance(1);
 * console.log(mock.isWoken, mock.assertReady("rested"));
 * // prints: false
 * // prints: true rested
 * ```
 */
export function spawnMock<T>(future: Future<T>, options?: SpawnMockOptions): SpawnMock<T>;
export function spawnMock<T>(source: Nexts<T>, options?: SpawnMockOptions): SpawnMockNexts<T>;
export function spawnMock<T>(
  what: Future<T> | Nexts<T>,
  options: SpawnMockOptions = {},
): SpawnMock<T> | SpawnMockNexts<T> {
  if (typeof (what as Partial<Future<T>> | null | undefined)?.[Symbol.iterator] === "function")
    return new SpawnMock(what as Future<T>, options);
  if (typeof (what as Partial<Nexts<T>> | null | undefined)?.next === "function")
    return new SpawnMockNexts(what as Nexts<T>, options);
  throw new TypeError(
    `Cannot mock what is neither a future nor has next(): received ${quote(what)}\nhelp: spawnMock(call()) or spawnMock(receiver)`,
  );
}
