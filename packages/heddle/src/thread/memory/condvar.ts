/**
 * Condvar: waits, with a shared mutex released meanwhile, until another thread says that something has changed.
 *
 *     wait:    announce, note the count of rings ──► release the mutex ──► sleep until the count is another ──► lock it again
 *     notify:  ring the bell (`bell.ts`), which counts
 *
 * Who waits has announced itself before it releases the mutex. So whoever changes the state under the mutex behind it, and notifies, reaches it.
 */
import { async } from "../../future/async.js";
import { type Duration, toMilliseconds } from "../../base/duration.js";
import { ElapsedError, quote } from "../../base/errors.js";
import type { Future } from "../../future/poll.js";
import { timeout } from "../../time/timeout.js";
import { Bell } from "./bell.js";
import { checkBuffer } from "./buffers.js";
import { Deadline } from "./deadline.js";
import { CONDVAR_ALLS, CONDVAR_BELL, CONDVAR_WORDS, ONE_RING, PUMPS, SLEEPERS } from "./layout.js";
import { Pump, SharedWait } from "./pump.js";
import { type BlockingOptions, checkFunction } from "./refusals.js";
import { MutexGuard, type SharedMutexGuard } from "./shared-mutex.js";
import { arrives, SharedThing } from "./shared-thing.js";

const FLAGS = SLEEPERS | PUMPS;

/** A task's wait to be notified. It releases the guard once it is in the queue. */
class Notified extends SharedWait<void> {
  declare private readonly condvar: Condvar;
  declare private readonly guard: MutexGuard<any>;
  /** The count of rings, and of those for all, when it announced itself. */
  declare private since: number;
  declare private alls: number;

  constructor(condvar: Condvar, guard: MutexGuard<any>) {
    super(condvar.pump);
    this.condvar = condvar;
    this.guard = guard;
    this.since = 0;
    this.alls = 0;
  }

  get label(): string {
    return "condvar.wait()";
  }

  protected override begin(): void {
    this.guard.mustHold("wait for a condvar");
    const { bell } = this.condvar;
    this.alls = Atomics.load(bell.words, CONDVAR_ALLS);
    this.since = bell.announce(PUMPS) & ~FLAGS;
    if (this.pump.isEmpty) this.condvar.taken = this.since;
  }

  protected override registered(): void {
    this.guard.release();
  }

  protected attempt(): boolean {
    return this.condvar.takes(this.since, this.alls);
  }

  protected outcome(): void {}

  // Notified, but gone before it knew: somebody else is to know.
  protected undo(isGranted: boolean): void {
    if (isGranted) this.condvar.notifyOne();
  }
}

const wait = /* @__PURE__ */ async(function* (condvar: Condvar, guard: MutexGuard<any>) {
  yield* condvar.notified(guard);
  yield* guard.lock.relock(guard);
});

const waitWhile = /* @__PURE__ */ async(function* (
  condvar: Condvar,
  guard: MutexGuard<any>,
  fn: (value: any) => boolean,
) {
  while (fn(guard.value)) {
    yield* condvar.notified(guard);
    yield* guard.lock.relock(guard);
  }
});

const waitTimeout = /* @__PURE__ */ async(function* (condvar: Condvar, guard: MutexGuard<any>, limit: number) {
  let isNotified = true;
  try {
    yield* timeout(condvar.notified(guard), limit);
  } catch (error) {
    if (!(error instanceof ElapsedError)) throw error;
    isNotified = false;
  }
  yield* guard.lock.relock(guard);
  return isNotified;
});

/**
 * A condition variable that threads share: waits until another thread has changed what a {@link SharedMutex} protects, and said so.
 *
 * Change the state with the lock held, then notify, with it or without. A wait may end without a notification, and somebody else may come first: look
 * again, or use {@link waitWhile}, which does.
 *
 * **Fairness**: of blocked threads {@link notifyOne} wakes the one that waits longest; beside it the task that waits longest in each thread in which tasks
 * wait. So it wakes at least one, if anybody waits. They then lock the mutex, which is not fair.
 *
 * @example Two tasks that take turns; two threads do it with `waitWhileBlocking`
 * ```ts
 * import { async, join, run } from "heddle";
 * import { Condvar, sharedStruct, SharedMutex } from "heddle/thread";
 *
 * const Turn = sharedStruct({ isFull: "bool", value: "i32" });
 * const mutex = new SharedMutex(new Turn());
 * const changed = new Condvar();
 * const put = async(function* (value: number) {
 *   const guard = yield* mutex.lock(); // or: using guard = yield* mutex.lock();
 *   yield* changed.waitWhile(guard, (turn) => turn.isFull);
 *   guard.value.isFull = true;
 *   guard.value.value = value;
 *   guard.release();
 *   changed.notifyOne();
 * });
 * const take = async(function* () {
 *   const guard = yield* mutex.lock();
 *   yield* changed.waitWhile(guard, (turn) => !turn.isFull);
 *   guard.value.isFull = false;
 *   const { value } = guard.value;
 *   guard.release();
 *   changed.notifyOne();
 *   return value;
 * });
 * const [first] = await run(join(take(), put(7)));
 * console.log(first);
 * // prints: 7
 * ```
 */
export class Condvar extends SharedThing {
  /** @internal */
  readonly bell: Bell;
  /** @internal */
  readonly pump: Pump;
  /** @internal The last ring that a task of this thread has taken for itself. */
  taken = 0;

  constructor(buffer?: SharedArrayBuffer) {
    super("condvar", buffer, CONDVAR_WORDS * 4, undefined);
    this.bell = new Bell(this.words, CONDVAR_BELL);
    this.pump = Pump.of(this.bell);
  }

  /** The condvar whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): Condvar {
    return new Condvar(checkBuffer("condvar", buffer));
  }

  /** How many tasks of this thread wait. */
  get waiting(): number {
    return this.pump.size;
  }

  /** Wakes one that waits, or some: see **Fairness** above. For where any of them can use it. Nothing is kept for those who come later. */
  notifyOne(): void {
    this.bell.ringOne();
  }

  /** Wakes all that wait. */
  notifyAll(): void {
    Atomics.add(this.bell.words, CONDVAR_ALLS, 1);
    this.bell.ringAll();
  }

  /**
   * Releases the guard, waits to be notified, and locks the mutex again, as a task. The guard holds it again then.
   *
   * **Cancel safety**: the guard is released if the wait is dropped. A notification that it had got goes to another.
   *
   * @throws HeddleError `lock.poisoned`, `lock.released`
   */
  wait(guard: SharedMutexGuard<any>): Future<void> {
    return wait(this, checkGuard(guard));
  }

  /**
   * Waits as long as `fn` says, looking at what the mutex protects; not at all if it says no at once.
   *
   * **Cancel safety**: as {@link wait}.
   */
  waitWhile<T>(guard: SharedMutexGuard<T>, fn: (value: T) => boolean): Future<void> {
    checkFunction(fn, "wait for a condvar");
    return waitWhile(this, checkGuard(guard), fn);
  }

  /**
   * As {@link wait}, but not longer than `limit`; the mutex is locked again in either case.
   *
   * **Cancel safety**: as {@link wait}.
   *
   * @returns whether it was notified
   */
  waitTimeout(guard: SharedMutexGuard<any>, limit: Duration): Future<boolean> {
    return waitTimeout(this, checkGuard(guard), toMilliseconds(limit, "wait for a condvar", "limit"));
  }

  /**
   * As {@link wait}, blocking the thread. With a `timeout`, the wait for the notification ends then; the mutex is locked again in either case.
   *
   * @returns whether it was notified
   * @throws HeddleError `lock.poisoned`, `lock.released`, `thread.cannot-block`
   */
  waitBlocking(guard: SharedMutexGuard<any>, options?: BlockingOptions): boolean {
    return this.#waitBlocking(checkGuard(guard), new Deadline(options, "wait for a condvar"));
  }

  /**
   * As {@link waitWhile}, blocking the thread.
   *
   * @returns false if `fn` still says so when the timeout has passed
   */
  waitWhileBlocking<T>(guard: SharedMutexGuard<T>, fn: (value: T) => boolean, options?: BlockingOptions): boolean {
    checkFunction(fn, "wait for a condvar");
    const held = checkGuard(guard);
    const deadline = new Deadline(options, "wait for a condvar");
    while (fn(guard.value)) if (!this.#waitBlocking(held, deadline)) return !fn(guard.value);
    return true;
  }

  #waitBlocking(guard: MutexGuard<any>, deadline: Deadline): boolean {
    guard.mustHold("wait for a condvar");
    const { words, at } = this.bell;
    let state = this.bell.announce(SLEEPERS);
    const since = state & ~FLAGS;
    guard.release();
    let isNotified = false;
    while (!isNotified && deadline.sleep(words, at, state)) {
      // Rung since, for this one or another; or somebody only set a flag.
      state = this.bell.announce(SLEEPERS);
      isNotified = (state & ~FLAGS) !== since;
    }
    guard.lock.blockFor(undefined);
    guard.isHeld = true;
    return isNotified;
  }

  /** @internal Releases the guard, and waits to be notified. */
  notified(guard: MutexGuard<any>): Future<void> {
    return new Notified(this, guard);
  }

  /** @internal Whether a task that has waited since then was notified: one for each ring, in the order they came. */
  takes(since: number, alls: number): boolean {
    const { words, at } = this.bell;
    if (Atomics.load(words, CONDVAR_ALLS) !== alls) return true;
    const now = Atomics.load(words, at) & ~FLAGS;
    const from = (this.taken - since) | 0;
    const last = from > 0 ? this.taken : since;
    if (((now - last) | 0) <= 0) return false;
    this.taken = (last + ONE_RING) | 0;
    return true;
  }

  /** @internal Who died may have been notified instead of another. */
  threadEnded(): void {
    this.bell.ringAll();
  }
}

arrives("condvar", (buffer) => Condvar.from(buffer));

function checkGuard(guard: SharedMutexGuard<any>): MutexGuard<any> {
  if (guard instanceof MutexGuard) return guard;
  throw new TypeError(
    `Cannot wait for a condvar as 'guard' must be that of a shared mutex: received ${quote(guard)}\nhelp: pass what lock() or lockBlocking() gave`,
  );
}
