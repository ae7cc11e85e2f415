/**
 * SharedRwLock: many threads read, or one writes.
 *
 *     read:    my slot + 1 ──► no writer? in. A writer? my slot − 1, ring, wait for the writer to go
 *     write:   the writer's word: 0 ──► my name ──► every slot 0 (or its thread over)? ──► my name + WRITING: in ──► 0, ring
 *
 * Each thread that reads has a slot, which it alone writes: its id, and how many guards it has. So readers do not compete for a word, and a reader that
 * has died holds nobody up. Reader and writer each write, then look at what the other has written; one of them sees the other (Dekker).
 */
import { HeddleError } from "../../base/errors.js";
import type { Settled } from "../../future/framed.js";
import type { Future } from "../../future/poll.js";
import { Bell } from "./bell.js";
import { checkBuffer, type SharedValue } from "./buffers.js";
import { Deadline } from "./deadline.js";
import { LockGuard, type SharedGuard, whileHeld, whileHeldBlocking } from "./guard.js";
import { here } from "./here.js";
import {
  POISONED,
  RW_BELL,
  RW_COUNT_BITS,
  RW_COUNT_MASK,
  RW_SLOT,
  RW_SLOT_WORDS,
  RW_SLOTS,
  RW_USED,
  LOCK_OWNER,
  WRITING,
} from "./layout.js";
import { Pump, SharedWait } from "./pump.js";
import { type BlockingOptions, checkCount, checkFunction, ownLock, poisoned } from "./refusals.js";
import { SharedLock } from "./shared-lock.js";
import { arrives } from "./shared-thing.js";

const THREADS = 64;

/** What a thread has while it reads. */
export interface SharedReadGuard<T> extends SharedGuard {
  /** What the lock protects. Change nothing in it, and do not keep it beyond the release. */
  readonly value: T;
}

/** What a thread has while it writes. */
export interface SharedWriteGuard<T> extends SharedGuard {
  /** What the lock protects. Do not keep it beyond the release. */
  readonly value: T;
  /** Makes it a guard to read, without anybody writing in between. This one is released. */
  downgrade(): SharedReadGuard<T>;
}

class ReadGuard<T extends SharedValue> extends LockGuard<T, SharedRwLock<T>> implements SharedReadGuard<T> {
  protected giveBack(): void {
    this.lock.leaveRead();
  }
}

class WriteGuard<T extends SharedValue> extends LockGuard<T, SharedRwLock<T>> implements SharedWriteGuard<T> {
  downgrade(): SharedReadGuard<T> {
    this.mustHold("downgrade a guard");
    this.lock.enterReadAsWriter();
    this.release();
    return new ReadGuard(this.lock);
  }

  protected giveBack(): void {
    this.lock.leaveWrite();
  }
}

/** How far a writer has come. */
interface Claim {
  isClaimed: boolean;
}

class Read<T extends SharedValue> extends SharedWait<SharedReadGuard<T>> {
  declare private readonly lock: SharedRwLock<T>;

  constructor(lock: SharedRwLock<T>) {
    super(lock.pump);
    this.lock = lock;
  }

  get label(): string {
    return "sharedRwLock.read()";
  }

  protected attempt(): boolean {
    return this.lock.tryEnterRead();
  }

  protected outcome(): SharedReadGuard<T> {
    return new ReadGuard(this.lock);
  }

  protected undo(isGranted: boolean): void {
    if (isGranted) this.lock.leaveRead();
  }
}

class Write<T extends SharedValue> extends SharedWait<SharedWriteGuard<T>> implements Claim {
  declare private readonly lock: SharedRwLock<T>;
  declare isClaimed: boolean;

  constructor(lock: SharedRwLock<T>) {
    super(lock.pump);
    this.lock = lock;
    this.isClaimed = false;
  }

  get label(): string {
    return "sharedRwLock.write()";
  }

  protected attempt(): boolean {
    return this.lock.tryEnterWrite(this);
  }

  protected outcome(): SharedWriteGuard<T> {
    return new WriteGuard(this.lock);
  }

  protected undo(): void {
    this.lock.giveUpWrite(this);
  }
}

const askToRead = <T extends SharedValue>(lock: SharedRwLock<T>) => lock.read();
const askToWrite = <T extends SharedValue>(lock: SharedRwLock<T>) => lock.write();

/**
 * A read-write lock that threads share, around a value in shared memory or around nothing.
 *
 * **Fairness**: a writer that has come first keeps readers out that come later, and waits for those that are in; among writers there is no order. So
 * readers do not starve writers, and writers that follow each other closely may starve readers. A thread that reads, and reads again while a writer waits,
 * waits for itself.
 *
 * **Death**: a thread that dies while it writes poisons the lock, as with a {@link SharedMutex}; one that reads, or waits, holds nobody up.
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { sharedArray, SharedRwLock } from "heddle/thread";
 *
 * const table = new SharedRwLock(sharedArray("f64", [1, 2, 3]));
 * await run(table.withWrite((values) => values.fill(5)));
 * console.log(table.withReadBlocking((values) => values.join()));
 * // prints: 5,5,5
 * ```
 */
export class SharedRwLock<T extends SharedValue = undefined> extends SharedLock<T, SharedWriteGuard<T>> {
  /** @internal */
  readonly pump: Pump;
  readonly #bell: Bell;
  /** The word of this thread's slot; 0 as long as it has not read. */
  #slot = 0;

  /**
   * @param value what it protects: a shared struct, an array or buffer in shared memory, or nothing
   * @param options `threads`: how many threads may ever read at once (64)
   * @throws TypeError, RangeError
   */
  constructor(value?: T, options?: { readonly threads?: number | undefined; readonly buffer?: SharedArrayBuffer }) {
    const { threads = THREADS, buffer } = options ?? {};
    super("rwLock", buffer, bytesFor(threads), value as T);
    // SAFETY: nobody else has the buffer yet; the number never changes.
    if (buffer === undefined) this.words[RW_SLOTS] = threads;
    this.#bell = new Bell(this.words, RW_BELL);
    this.pump = Pump.of(this.#bell);
  }

  /** The lock whose `buffer` came from another thread, around the same value. */
  static from<T extends SharedValue = undefined>(buffer: SharedArrayBuffer, value?: T): SharedRwLock<T> {
    return new SharedRwLock<T>(value, { buffer: checkBuffer("rwLock", buffer) });
  }

  /**
   * Waits until it may read, as a task: the thread goes on.
   *
   * **Cancel safety**: dropping the wait gives back what it had been given.
   *
   * @throws HeddleError `lock.poisoned`, `lock.crowded`
   */
  read(): Future<SharedReadGuard<T>> {
    return new Read(this);
  }

  /** As {@link read}, to write. While it waits for readers to leave, no others come in. */
  write(): Future<SharedWriteGuard<T>> {
    return new Write(this);
  }

  /** The guard, if nobody writes or waits to; else undefined. */
  tryRead(): SharedReadGuard<T> | undefined {
    return this.tryEnterRead() ? new ReadGuard(this) : undefined;
  }

  /** The guard, if nobody reads or writes; else undefined. */
  tryWrite(): SharedWriteGuard<T> | undefined {
    const claim: Claim = { isClaimed: false };
    if (this.tryEnterWrite(claim)) return new WriteGuard(this);
    this.giveUpWrite(claim);
    return undefined;
  }

  /**
   * Blocks the thread until it may read.
   *
   * @throws HeddleError `lock.poisoned`, `lock.crowded`, `thread.cannot-block`; `lock.deadlock` if this thread writes; ElapsedError `shared.elapsed`
   */
  readBlocking(options?: BlockingOptions): SharedReadGuard<T> {
    if (!this.tryEnterRead()) {
      this.#refuseOwn("read", false);
      const deadline = new Deadline(options, "read");
      if (!this.#bell.block(() => this.tryEnterRead(), deadline)) throw deadline.error;
    }
    return new ReadGuard(this);
  }

  /** Blocks the thread until it may write. Throws as {@link readBlocking} does; `lock.deadlock` also if this thread reads. */
  writeBlocking(options?: BlockingOptions): SharedWriteGuard<T> {
    const claim: Claim = { isClaimed: false };
    try {
      if (!this.tryEnterWrite(claim)) {
        this.#refuseOwn("write", claim.isClaimed);
        const deadline = new Deadline(options, "write");
        if (!this.#bell.block(() => this.tryEnterWrite(claim), deadline)) throw deadline.error;
      }
    } catch (error) {
      this.giveUpWrite(claim);
      throw error;
    }
    return new WriteGuard(this);
  }

  /** Runs `fn` with the value while it may read, and releases it whatever becomes of `fn`. **Cancel safety**: as for `SharedMutex.withLock`. */
  withRead<R>(fn: (value: T) => R): Future<Settled<R>> {
    checkFunction(fn, "read with a lock");
    return whileHeld(this, askToRead, fn) as Future<Settled<R>>;
  }

  /** Runs `fn` with the value while it may write, and releases it whatever becomes of `fn`. **Cancel safety**: as for `SharedMutex.withLock`. */
  withWrite<R>(fn: (value: T) => R): Future<Settled<R>> {
    checkFunction(fn, "write with a lock");
    return whileHeld(this, askToWrite, fn) as Future<Settled<R>>;
  }

  /** As {@link withRead}, blocking the thread until it may. */
  withReadBlocking<R>(fn: (value: T) => R, options?: BlockingOptions): R {
    checkFunction(fn, "read with a lock");
    return whileHeldBlocking(this.readBlocking(options), fn);
  }

  /** As {@link withWrite}, blocking the thread until it may. */
  withWriteBlocking<R>(fn: (value: T) => R, options?: BlockingOptions): R {
    checkFunction(fn, "write with a lock");
    return whileHeldBlocking(this.writeBlocking(options), fn);
  }

  /** @internal Becomes a reader, if nobody writes or waits to. */
  tryEnterRead(): boolean {
    const words = this.words;
    // Look first: a slot that is written for nothing has others woken.
    if (this.#mustStayOut()) return false;
    const slot = this.#ownSlot();
    // SAFETY: the slot is this thread's alone to write.
    const mine = Atomics.load(words, slot);
    if ((mine & RW_COUNT_MASK) === RW_COUNT_MASK)
      throw this.#crowded(`this thread has ${RW_COUNT_MASK} guards already`, "release some of them");
    Atomics.store(words, slot, mine + 1);
    // SAFETY: slot, then writer; the writer's word, then the slots. Either it sees us, or we see it.
    if (Atomics.load(words, LOCK_OWNER) === 0) return true;
    Atomics.store(words, slot, mine);
    // It may have seen us, and waits for us to leave.
    if ((mine & RW_COUNT_MASK) === 0) this.#bell.ringAll();
    return false;
  }

  /** @internal Becomes the writer, or comes as near as it can: from the claim on no reader comes in. */
  tryEnterWrite(claim: Claim): boolean {
    const words = this.words;
    if (!claim.isClaimed) {
      if (this.#mustStayOut()) return false;
      if (Atomics.compareExchange(words, LOCK_OWNER, 0, this.me) !== 0) return false;
      claim.isClaimed = true;
    }
    const used = Atomics.load(words, RW_USED);
    for (let n = 0; n < used; n++) {
      const slot = Atomics.load(words, RW_SLOT + n * RW_SLOT_WORDS);
      if ((slot & RW_COUNT_MASK) !== 0 && !here.isOver((slot >>> RW_COUNT_BITS) - 1)) return false;
    }
    // SAFETY: the claim is ours, nobody else writes the word. It says now that what is protected may be half written.
    Atomics.store(words, LOCK_OWNER, this.me | WRITING);
    return true;
  }

  /** @internal */
  leaveRead(): void {
    const words = this.words;
    // SAFETY: the slot is this thread's alone to write; all that it has read is read before this.
    const left = Atomics.load(words, this.#slot) - 1;
    Atomics.store(words, this.#slot, left);
    if ((left & RW_COUNT_MASK) === 0 && Atomics.load(words, LOCK_OWNER) !== 0) this.#bell.ringAll();
  }

  /** @internal */
  leaveWrite(): void {
    // SAFETY: this thread is the writer; whatever it has written is written before this.
    Atomics.store(this.words, LOCK_OWNER, 0);
    this.#bell.ringAll();
  }

  /** @internal */
  giveUpWrite(claim: Claim): void {
    if (claim.isClaimed) this.leaveWrite();
  }

  /** @internal The writer becomes a reader as well. */
  enterReadAsWriter(): void {
    const slot = this.#ownSlot();
    Atomics.store(this.words, slot, Atomics.load(this.words, slot) + 1);
  }

  protected get owned(): number {
    return this.me | WRITING;
  }

  // Whoever wrote had waited for all readers to leave, and none has come in since: who recovers is the writer at once.
  protected legacy(word: number): number {
    return (word & WRITING) === 0 ? 0 : POISONED;
  }

  protected wakeAll(): void {
    this.#bell.ringAll();
  }

  protected guard(): SharedWriteGuard<T> {
    return new WriteGuard(this);
  }

  /** Whether there is a writer. Throws if the lock is poisoned. */
  #mustStayOut(): boolean {
    const word = this.owner();
    if ((word & POISONED) !== 0) throw poisoned(this.what);
    return word !== 0;
  }

  /** The word of this thread's slot: its own, or one that is nobody's. */
  #ownSlot(): number {
    if (this.#slot !== 0) return this.#slot;
    const words = this.words;
    const slots = words[RW_SLOTS]!;
    const id = here.id + 1;
    for (;;) {
      const used = Atomics.load(words, RW_USED);
      let free = -1;
      let had = 0;
      for (let n = 0; n < used; n++) {
        const at = RW_SLOT + n * RW_SLOT_WORDS;
        const word = Atomics.load(words, at);
        // Another object of this thread has come here before.
        if (word >>> RW_COUNT_BITS === id) return (this.#slot = at);
        if (free < 0 && (word === 0 || here.isOver((word >>> RW_COUNT_BITS) - 1))) {
          free = at;
          had = word;
        }
      }
      // SAFETY: id and count are one word, so a slot that is taken over from a thread that is over has no count of that one.
      if (free >= 0) {
        if (Atomics.compareExchange(words, free, had, id << RW_COUNT_BITS) === had) return (this.#slot = free);
      } else if (used === slots)
        throw this.#crowded(`${slots} threads have read it already`, "create it with more, as { threads }");
      else Atomics.compareExchange(words, RW_USED, used, used + 1);
    }
  }

  /** Refuses to wait for a guard, or a wait, of this thread, which cannot end while it is blocked. */
  #refuseOwn(verb: "read" | "write", isClaimed: boolean): void {
    const writer = Atomics.load(this.words, LOCK_OWNER) & ~(WRITING | POISONED);
    if (writer === this.me && !isClaimed) throw ownLock(verb, this.what);
    const reads = this.#slot !== 0 && (Atomics.load(this.words, this.#slot) & RW_COUNT_MASK) !== 0;
    if (verb === "write" && reads) throw ownLock(verb, this.what);
  }

  /** @internal */
  threadEnded(): void {
    this.owner();
    this.#bell.ringAll();
  }

  #crowded(now: string, help: string): HeddleError {
    return new HeddleError("lock.crowded", `Cannot read with ${this.what}: ${now}`, { help });
  }
}

arrives("rwLock", (buffer, value) => SharedRwLock.from(buffer, value));

function bytesFor(threads: number): number {
  checkCount(threads, 1, 4096, "create a shared read-write lock", "threads");
  return (RW_SLOT + threads * RW_SLOT_WORDS) * 4;
}
