/**
 * SharedOnce: something that is done once, by whichever thread comes first.
 *
 *     ONCE_STATE   0 ──begin──► name ──done──► 1
 *                  ▲            │ it failed, was dropped, or its thread died
 *                  └────────────┘ and the next one begins
 */
import { async } from "../../future/async.js";
import { framed } from "../../future/framed.js";
import type { Future } from "../../future/poll.js";
import { Bell } from "./bell.js";
import { checkBuffer, type SharedValue } from "./buffers.js";
import { Deadline } from "./deadline.js";
import { here } from "./here.js";
import { idIn, nameOf, ONCE_BELL, ONCE_DONE, ONCE_STATE, ONCE_WORDS } from "./layout.js";
import { Pump, SharedWait } from "./pump.js";
import { type BlockingOptions, checkFunction, ownLock } from "./refusals.js";
import { arrives, SharedThing } from "./shared-thing.js";

/** A wait until it is done, or this task is the one to do it. Answers whether it is. */
class Turn extends SharedWait<boolean> {
  declare private readonly once: SharedOnce<any>;
  declare private isMine: boolean;

  constructor(once: SharedOnce<any>) {
    super(once.pump);
    this.once = once;
    this.isMine = false;
  }

  get label(): string {
    return "sharedOnce.call()";
  }

  protected attempt(): boolean {
    this.isMine = this.once.begin();
    return this.isMine || this.once.isDone;
  }

  protected outcome(): boolean {
    return this.isMine;
  }

  protected undo(isGranted: boolean): void {
    if (isGranted && this.isMine) this.once.end(false);
  }
}

const call = /* @__PURE__ */ async(function* (once: SharedOnce<any>, fn: (value: any) => unknown) {
  if (!(yield* new Turn(once))) return once.content;
  let isDone = false;
  try {
    yield* framed(fn(once.content));
    isDone = true;
  } finally {
    once.end(isDone);
  }
  return once.content;
});

/**
 * Does something once, whichever thread comes first, and has the others wait for it; best to fill in what it is around.
 *
 * If it fails, or is dropped, or the thread that does it dies, the next one who waits does it with its own function. Nothing is poisoned. **Fairness**: none.
 *
 * @example
 * ```ts
 * import { join, run } from "heddle";
 * import { sharedArray, SharedOnce } from "heddle/thread";
 *
 * const squares = new SharedOnce(sharedArray("i32", 4));
 * const fill = (values: Int32Array) => {
 *   console.log("once");
 *   values.forEach((_, n) => (values[n] = n * n));
 * };
 * const [first, second] = await run(join(squares.call(fill), squares.call(fill)));
 * console.log(first.join(), second === first);
 * // prints: once
 * // prints: 0,1,4,9 true
 * ```
 */
export class SharedOnce<T extends SharedValue = undefined> extends SharedThing<T> {
  /** @internal */
  readonly pump: Pump;
  readonly #bell: Bell;
  readonly #me: number;

  /**
   * @param value what is to be filled in: a shared struct, an array or buffer in shared memory, or nothing
   * @throws TypeError if it is not shared memory
   */
  constructor(value?: T, buffer?: SharedArrayBuffer) {
    super("once", buffer, ONCE_WORDS * 4, value as T);
    this.#bell = new Bell(this.words, ONCE_BELL);
    this.pump = Pump.of(this.#bell);
    this.#me = nameOf(here.id);
  }

  /** The once whose `buffer` came from another thread, around the same value. */
  static from<T extends SharedValue = undefined>(buffer: SharedArrayBuffer, value?: T): SharedOnce<T> {
    return new SharedOnce<T>(value, checkBuffer("once", buffer));
  }

  /** Whether it is done. */
  get isDone(): boolean {
    return Atomics.load(this.words, ONCE_STATE) === ONCE_DONE;
  }

  /** What was filled in; undefined as long as that is not done. */
  get(): T | undefined {
    return this.isDone ? this.content : undefined;
  }

  /**
   * Has it done, by `fn` or whoever came first, and gives what was filled in.
   *
   * **Cancel safety**: if it is dropped while `fn` runs, `fn` is dropped, and the next one begins.
   *
   * @param fn is given the value. A function, a generator function, or an async one of either kind
   */
  call(fn: (value: T) => unknown): Future<T> {
    checkFunction(fn, "do something once");
    return call(this, fn) as Future<T>;
  }

  /**
   * As {@link call}, blocking the thread while another does it.
   *
   * @throws what `fn` throws; HeddleError `thread.cannot-block`; `lock.deadlock` if this thread does it already; ElapsedError `shared.elapsed`
   */
  callBlocking(fn: (value: T) => void, options?: BlockingOptions): T {
    checkFunction(fn, "do something once");
    const verb = "do something once";
    const deadline = new Deadline(options, verb);
    for (;;) {
      if (this.isDone) return this.content;
      if (this.begin()) break;
      if (Atomics.load(this.words, ONCE_STATE) === this.#me) throw ownLock("wait for", this.what);
      const isMoved = (): boolean => {
        const state = Atomics.load(this.words, ONCE_STATE);
        return state === 0 || state === ONCE_DONE || here.isOver(idIn(state));
      };
      if (!this.#bell.block(isMoved, deadline)) throw deadline.error;
    }
    let isDone = false;
    try {
      fn(this.content);
      isDone = true;
    } finally {
      this.end(isDone);
    }
    return this.content;
  }

  /** @internal Whether the caller is the one to do it. */
  begin(): boolean {
    const words = this.words;
    const state = Atomics.load(words, ONCE_STATE);
    if (state === ONCE_DONE || (state !== 0 && !here.isOver(idIn(state)))) return false;
    return Atomics.compareExchange(words, ONCE_STATE, state, this.#me) === state;
  }

  /** @internal Who does it has ended. */
  end(isDone: boolean): void {
    // SAFETY: the state is ours; whatever was filled in is written before this.
    Atomics.store(this.words, ONCE_STATE, isDone ? ONCE_DONE : 0);
    this.#bell.ringAll();
  }

  /** @internal */
  threadEnded(): void {
    this.#bell.ringAll();
  }
}

arrives("once", (buffer, value) => SharedOnce.from(buffer, value));
