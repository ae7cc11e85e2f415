/**
 * SharedMutex: lets one at a time have something, of all the threads that share it.
 *
 *     LOCK_OWNER   0 ──lock──► name ──another waits──► name + flag ──release──► 0, and one sleeper and all pumps are woken
 *                                 └── its thread dies ──► POISONED ──recover──► name
 *
 * After Drepper, "Futexes Are Tricky", with the owner's name in the word. A thread that has slept takes the lock with the flag of sleepers set: the flag
 * of those who sleep behind it went when it was woken. A thread that gives up has set the flag in its last look, so its turn is not lost.
 */
import type { Settled } from "../../future/framed.js";
import type { Future } from "../../future/poll.js";
import { ringPumps } from "./bell.js";
import { checkBuffer, type SharedValue } from "./buffers.js";
import { Deadline } from "./deadline.js";
import { LockGuard, type SharedGuard, whileHeld, whileHeldBlocking } from "./guard.js";
import { here } from "./here.js";
import { idIn, LOCK_OWNER, MUTEX_RINGS, MUTEX_WORDS, POISONED, PUMPS, SLEEPERS, SOMEBODY } from "./layout.js";
import { Pump, SharedWait } from "./pump.js";
import { type BlockingOptions, checkFunction, ownLock, poisoned } from "./refusals.js";
import { SharedLock } from "./shared-lock.js";
import { arrives } from "./shared-thing.js";

/** What a thread has while it has locked a {@link SharedMutex}. */
export interface SharedMutexGuard<T> extends SharedGuard {
  /** What the mutex protects. Do not keep it beyond the release. */
  readonly value: T;
}

/** @internal The guard. `Condvar` alone takes it apart and puts it together again. */
export class MutexGuard<T extends SharedValue> extends LockGuard<T, SharedMutex<T>> implements SharedMutexGuard<T> {
  protected giveBack(): void {
    this.lock.unlock();
  }
}

/** A wait for the lock. */
class Lock<T extends SharedValue> extends SharedWait<MutexGuard<T>> {
  declare private readonly mutex: SharedMutex<T>;
  /** The guard to put together again, if there is one. */
  declare private readonly guard: MutexGuard<T> | null;

  constructor(mutex: SharedMutex<T>, guard: MutexGuard<T> | null) {
    super(mutex.pump);
    this.mutex = mutex;
    this.guard = guard;
  }

  get label(): string {
    return "sharedMutex.lock()";
  }

  protected attempt(): boolean {
    return this.mutex.take(0, PUMPS) === 0;
  }

  protected outcome(): MutexGuard<T> {
    const { guard } = this;
    if (guard === null) return new MutexGuard(this.mutex);
    guard.isHeld = true;
    return guard;
  }

  protected undo(isGranted: boolean): void {
    if (isGranted) this.mutex.unlock();
  }
}

const ask = <T extends SharedValue>(mutex: SharedMutex<T>) => mutex.lock();

/**
 * A lock that threads share, around a value in shared memory or around nothing.
 *
 * **Fairness**: none. Who comes while it is free gets it, also before those who were woken for it: that keeps a lock that is wanted much from being
 * handed from thread to thread at the speed of wake-ups. Blocked threads are woken in the order they fell asleep; tasks of one thread get it in the
 * order of asking; one task of each thread competes.
 *
 * **Death**: if a thread dies while it has the lock, the lock is poisoned: everybody who waits or comes gets the error `lock.poisoned` until somebody has
 * called {@link recover} or {@link clearPoison}. It is noticed within half a second, at once by the thread that had started it. That a thread is over is
 * known of those that heddle started; and while the thread that started it is itself blocked, it is not: give it a `timeout`.
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { sharedStruct, SharedMutex } from "heddle/thread";
 *
 * const Account = sharedStruct({ balance: "f64", changes: "i32" });
 * const account = new SharedMutex(new Account({ balance: 100 }));
 * const deposit = account.withLock((value) => {
 *   value.changes++;
 *   return (value.balance += 20);
 * });
 * console.log(await run(deposit));
 * // prints: 120
 * ```
 */
export class SharedMutex<T extends SharedValue = undefined> extends SharedLock<T, SharedMutexGuard<T>> {
  /** @internal */
  readonly pump: Pump;

  /**
   * @param value what it protects: a shared struct, an array or buffer in shared memory, or nothing
   * @throws TypeError if it is not shared memory
   */
  constructor(value?: T, buffer?: SharedArrayBuffer) {
    super("mutex", buffer, MUTEX_WORDS * 4, value as T);
    this.pump = new Pump(this.words, MUTEX_RINGS, null);
  }

  /** The mutex whose `buffer` came from another thread, around the same value. */
  static from<T extends SharedValue = undefined>(buffer: SharedArrayBuffer, value?: T): SharedMutex<T> {
    return new SharedMutex<T>(value, checkBuffer("mutex", buffer));
  }

  /** Whether somebody has it. */
  get isLocked(): boolean {
    return Atomics.load(this.words, LOCK_OWNER) >= SOMEBODY;
  }

  /**
   * Waits for the lock, as a task: the thread goes on. Ready at once if nobody has it.
   *
   * **Cancel safety**: dropping the wait gives up the place; a lock that it had been given already goes back.
   *
   * @throws HeddleError `lock.poisoned`
   */
  lock(): Future<SharedMutexGuard<T>> {
    return new Lock(this, null);
  }

  /** @internal Waits for the lock to put a guard together again. */
  relock(guard: MutexGuard<T>): Future<MutexGuard<T>> {
    return new Lock(this, guard);
  }

  /** The guard, if nobody has the lock; else undefined. Throws as {@link lock} does. */
  tryLock(): SharedMutexGuard<T> | undefined {
    // SAFETY: the exchange from 0 to this thread's name makes it the owner; it sees all that the owner before had written before its own.
    if (Atomics.compareExchange(this.words, LOCK_OWNER, 0, this.me) === 0) return new MutexGuard(this);
    return this.take(0, 0) === 0 ? new MutexGuard(this) : undefined;
  }

  /**
   * Blocks the thread until it has the lock: nothing else runs on it meanwhile, no task and no timer.
   *
   * @throws HeddleError `lock.poisoned`, `thread.cannot-block`; `lock.deadlock` if this thread has it; ElapsedError `shared.elapsed`
   *
   * @example
   * ```ts
   * import { SharedMutex, sharedArray } from "heddle/thread";
   *
   * const table = new SharedMutex(sharedArray("i32", 4));
   * const guard = table.lockBlocking({ timeout: { seconds: 1 } }); // or: using guard = table.lockBlocking();
   * guard.value[0] = 7;
   * guard.release();
   * console.log(table.withLockBlocking((values) => values[0]));
   * // prints: 7
   * ```
   */
  lockBlocking(options?: BlockingOptions): SharedMutexGuard<T> {
    // SAFETY: as in `tryLock`.
    if (Atomics.compareExchange(this.words, LOCK_OWNER, 0, this.me) !== 0) this.blockFor(options);
    return new MutexGuard(this);
  }

  /** Runs `fn` with the value while it has the lock, blocking the thread until then, and releases it whatever becomes of `fn`. */
  withLockBlocking<R>(fn: (value: T) => R, options?: BlockingOptions): R {
    checkFunction(fn, "run with a lock");
    return whileHeldBlocking(this.lockBlocking(options), fn);
  }

  /**
   * Runs `fn` with the value while it has the lock, and releases it whatever becomes of `fn`.
   *
   * **Cancel safety**: as for {@link lock} while it waits; then `fn` is dropped, its cleanups run, and the lock is released behind them.
   *
   * @param fn a function, a generator function, or an async one of either kind
   */
  withLock<R>(fn: (value: T) => R): Future<Settled<R>> {
    checkFunction(fn, "run with a lock");
    return whileHeld(this, ask, fn) as Future<Settled<R>>;
  }

  /**
   * @internal Takes the lock, or says in its word that somebody waits for it.
   *
   * @param flags what the word gets beside the name
   * @returns 0 if it is taken, else the word as it is now
   * @throws HeddleError `lock.poisoned`
   */
  take(flags: number, waiting: number): number {
    const { words } = this;
    for (;;) {
      const word = this.owner();
      if ((word & POISONED) !== 0) throw poisoned(this.what);
      if (word < SOMEBODY) {
        // SAFETY: as in `tryLock`. Without an owner and poison, the word has no flags: whoever released it has taken them.
        if (Atomics.compareExchange(words, LOCK_OWNER, word, this.me | flags) === word) return 0;
      } else {
        if ((word & waiting) === waiting) return word;
        const marked = word | waiting;
        if (Atomics.compareExchange(words, LOCK_OWNER, word, marked) === word) return marked;
      }
    }
  }

  /** @internal Blocks until the lock is this thread's. */
  blockFor(options: BlockingOptions | undefined): void {
    const { words } = this;
    const deadline = new Deadline(options, "lock a shared mutex");
    if ((Atomics.load(words, LOCK_OWNER) & ~(SLEEPERS | PUMPS | POISONED)) === this.me)
      throw ownLock("lock", this.what);
    for (let spin = here.spins; spin > 0; spin--) {
      if (Atomics.load(words, LOCK_OWNER) === 0 && this.take(0, 0) === 0) return;
    }
    let flags = 0;
    for (;;) {
      const word = this.take(flags, SLEEPERS);
      if (word === 0) return;
      if (!deadline.sleep(words, LOCK_OWNER, word)) throw deadline.error;
      flags = SLEEPERS;
    }
  }

  /** @internal Gives the lock back, and wakes those who wait for it. */
  unlock(): void {
    // SAFETY: this thread is the owner; whatever it has written is written before this, and whoever takes the lock next sees it.
    const word = Atomics.exchange(this.words, LOCK_OWNER, 0);
    if (word !== this.me) this.#wake(word, 1);
  }

  #wake(word: number, sleepers: number): void {
    const { words } = this;
    if ((word & PUMPS) !== 0) ringPumps(words, MUTEX_RINGS);
    if ((word & SLEEPERS) !== 0) Atomics.notify(words, LOCK_OWNER, sleepers);
  }

  protected get owned(): number {
    return this.me;
  }

  protected legacy(): number {
    return POISONED;
  }

  protected wakeAll(word: number): void {
    this.#wake(word, Infinity);
  }

  protected guard(): SharedMutexGuard<T> {
    return new MutexGuard(this);
  }

  /** @internal */
  threadEnded(id: number): void {
    const word = Atomics.load(this.words, LOCK_OWNER);
    if (word >= SOMEBODY && idIn(word) === id) this.bury(word);
    // It may have died after it was woken, and before it took the lock.
    else this.#wake(SLEEPERS | PUMPS, 1);
  }
}

arrives("mutex", (buffer, value) => SharedMutex.from(buffer, value));
