/**
 * SharedSemaphore: a number of permits that threads share.
 *
 * Each permit is a word with the name of who has it. So permits cannot be miscounted, and those of a thread that has died are there for others: its name
 * says so. Who wants several is the head while it gathers them, and nobody else takes any meanwhile, so that it is not starved.
 *
 *     one:      no head? ──► the first word that is 0, or the name of one that is over ──► its own name
 *     several:  the head: 0 ──► its name ──► permit after permit, as they come ──► the head: 0
 */
import type { Settled } from "../../future/framed.js";
import type { Future } from "../../future/poll.js";
import { Bell } from "./bell.js";
import { checkBuffer } from "./buffers.js";
import { Deadline } from "./deadline.js";
import { Guard, type SharedGuard, whileHeld } from "./guard.js";
import { here } from "./here.js";
import { idIn, nameOf, SEM_BELL, SEM_HEAD, SEM_PERMIT, SEM_SIZE } from "./layout.js";
import { Pump, SharedWait } from "./pump.js";
import { type BlockingOptions, checkCount, checkFunction } from "./refusals.js";
import { arrives, SharedThing } from "./shared-thing.js";

const MOST = 65_536;

/** Permits of a {@link SharedSemaphore} that were taken together. */
export interface SharedPermit extends SharedGuard {
  /** How many it holds. */
  readonly count: number;
}

/** One request for permits, and what it has got of them so far. */
class Request {
  /** Which permits. */
  readonly taken: number[] = [];
  isHead = false;

  constructor(readonly count: number) {}
}

class Permit extends Guard implements SharedPermit {
  declare private readonly semaphore: SharedSemaphore;
  declare private readonly taken: readonly number[];

  constructor(semaphore: SharedSemaphore, { taken }: Request) {
    super();
    this.semaphore = semaphore;
    this.taken = taken;
    this.isHeld = true;
  }

  get count(): number {
    return this.taken.length;
  }

  protected giveBack(): void {
    this.semaphore.giveBack(this.taken);
  }
}

class Acquire extends SharedWait<SharedPermit> {
  declare private readonly semaphore: SharedSemaphore;
  declare private readonly request: Request;

  constructor(semaphore: SharedSemaphore, count: number) {
    super(semaphore.pump);
    this.semaphore = semaphore;
    this.request = new Request(count);
  }

  get label(): string {
    return this.request.count === 1 ? "sharedSemaphore.acquire()" : `sharedSemaphore.acquire(${this.request.count})`;
  }

  protected attempt(): boolean {
    return this.semaphore.attempt(this.request);
  }

  protected outcome(): SharedPermit {
    return new Permit(this.semaphore, this.request);
  }

  protected undo(): void {
    this.semaphore.giveUp(this.request);
  }
}

const ask = (semaphore: SharedSemaphore) => semaphore.acquire();

/**
 * At most so many at once, of all the threads that share it.
 *
 * **Fairness**: none among requests for one permit. A request for several gathers them as they are released, and while it does nobody else takes any: it is
 * not starved, and holds the others up. Tasks of one thread are served in the order of asking.
 *
 * **Death**: permits of a thread that has died are there for others again; nothing is poisoned. It is noticed as for a {@link SharedMutex}.
 *
 * @example
 * ```ts
 * import { async, joinAll, run, sleep } from "heddle";
 * import { SharedSemaphore } from "heddle/thread";
 *
 * const seats = new SharedSemaphore(2);
 * const guest = async(function* () {
 *   const permit = yield* seats.acquire(); // or: using permit = yield* seats.acquire();
 *   yield* sleep(1);
 *   permit.release();
 * });
 * await run(joinAll([guest(), guest(), guest()]));
 * console.log(seats.availablePermits, seats.tryAcquire(2)?.count, seats.tryAcquire());
 * // prints: 2 2 undefined
 * ```
 */
export class SharedSemaphore extends SharedThing {
  /** How many permits there are. */
  readonly size: number;
  /** @internal */
  readonly pump: Pump;
  readonly #bell: Bell;
  readonly #me: number;
  /** Where this thread begins to look for a permit: where it found one last. */
  #hint: number;

  /**
   * @param permits how many there are, an integer from 1 to 65,536
   * @throws RangeError, TypeError if it is not
   */
  constructor(permits: number, buffer?: SharedArrayBuffer) {
    super("semaphore", buffer, bytesFor(permits), undefined);
    // SAFETY: nobody else has the buffer yet; the size never changes.
    if (buffer === undefined) this.words[SEM_SIZE] = permits;
    this.size = this.words[SEM_SIZE]!;
    this.#bell = new Bell(this.words, SEM_BELL);
    this.pump = Pump.of(this.#bell);
    this.#me = nameOf(here.id);
    // Threads that begin at different places do not take each other's cache lines.
    this.#hint = (here.id * 16) % this.size;
  }

  /** The semaphore whose `buffer` came from another thread. */
  static from(buffer: SharedArrayBuffer): SharedSemaphore {
    return new SharedSemaphore(1, checkBuffer("semaphore", buffer));
  }

  /** How many nobody has. */
  get availablePermits(): number {
    let count = 0;
    for (let n = 0; n < this.size; n++) {
      const word = Atomics.load(this.words, SEM_PERMIT + n);
      if (word === 0 || here.isOver(idIn(word))) count++;
    }
    return count;
  }

  /**
   * Waits for `count` permits, as a task: the thread goes on.
   *
   * **Cancel safety**: dropping the wait gives back what it had gathered.
   *
   * @throws RangeError, TypeError if `count` is not an integer from 1 to {@link size}
   */
  acquire(count = 1): Future<SharedPermit> {
    checkCount(count, 1, this.size, "acquire permits", "count");
    return new Acquire(this, count);
  }

  /** The permits, if they are there now; else undefined. */
  tryAcquire(count = 1): SharedPermit | undefined {
    checkCount(count, 1, this.size, "acquire permits", "count");
    const request = new Request(count);
    if (this.attempt(request)) return new Permit(this, request);
    this.giveUp(request);
    return undefined;
  }

  /**
   * Blocks the thread until it has `count` permits.
   *
   * @throws RangeError, TypeError, HeddleError `thread.cannot-block`, ElapsedError `shared.elapsed`
   */
  acquireBlocking(count = 1, options?: BlockingOptions): SharedPermit {
    checkCount(count, 1, this.size, "acquire permits", "count");
    const request = new Request(count);
    try {
      if (!this.attempt(request)) {
        const deadline = new Deadline(options, "acquire permits");
        if (!this.#bell.block(() => this.attempt(request), deadline, this.size > 16)) throw deadline.error;
      }
    } catch (error) {
      this.giveUp(request);
      throw error;
    }
    return new Permit(this, request);
  }

  /**
   * Runs `fn` while it has a permit, and gives it back whatever becomes of `fn`.
   *
   * **Cancel safety**: as for {@link acquire} while it waits; then `fn` is dropped, and the permit given back behind its cleanups.
   */
  withPermit<R>(fn: () => R): Future<Settled<R>> {
    checkFunction(fn, "run with a permit");
    return whileHeld(this, ask, fn) as Future<Settled<R>>;
  }

  /** @internal Takes what is there. True if that was enough; else what it has got stays with the request. */
  attempt(request: Request): boolean {
    const { taken, count } = request;
    if (!request.isHead) {
      const head = Atomics.load(this.words, SEM_HEAD);
      if (head !== 0 && !this.#bury(head)) return false;
      if (count === 1) {
        const permit = this.#takeOne();
        if (permit < 0) return false;
        taken.push(permit);
        return true;
      }
      if (Atomics.compareExchange(this.words, SEM_HEAD, 0, this.#me) !== 0) return false;
      request.isHead = true;
    }
    while (taken.length < count) {
      const permit = this.#takeOne();
      if (permit < 0) return false;
      taken.push(permit);
    }
    this.#leaveHead(request);
    return true;
  }

  /** @internal Gives back what a request has, which is not to be granted any more. */
  giveUp(request: Request): void {
    if (request.taken.length > 0) this.giveBack(request.taken);
    if (request.isHead) this.#leaveHead(request);
  }

  /** @internal */
  giveBack(permits: readonly number[]): void {
    // SAFETY: they are this thread's; nobody else writes them.
    for (const permit of permits) Atomics.store(this.words, SEM_PERMIT + permit, 0);
    // A head may wait among others, and only it can use what came.
    if (permits.length === 1 && Atomics.load(this.words, SEM_HEAD) === 0) this.#bell.ringOne();
    else this.#bell.ringAll();
  }

  #leaveHead(request: Request): void {
    request.isHead = false;
    Atomics.store(this.words, SEM_HEAD, 0);
    this.#bell.ringAll();
  }

  #takeOne(): number {
    const words = this.words;
    for (let n = 0; n < this.size; n++) {
      const permit = this.#hint + n < this.size ? this.#hint + n : this.#hint + n - this.size;
      const word = Atomics.load(words, SEM_PERMIT + permit);
      if (word !== 0 && !here.isOver(idIn(word))) continue;
      if (Atomics.compareExchange(words, SEM_PERMIT + permit, word, this.#me) !== word) continue;
      this.#hint = permit;
      return permit;
    }
    return -1;
  }

  /** A head that is over goes. Whether it has gone. */
  #bury(head: number): boolean {
    if (!here.isOver(idIn(head))) return false;
    if (Atomics.compareExchange(this.words, SEM_HEAD, head, 0) === head) this.#bell.ringAll();
    return true;
  }

  /** @internal */
  threadEnded(): void {
    this.#bell.ringAll();
  }
}

arrives("semaphore", (buffer) => SharedSemaphore.from(buffer));

function bytesFor(permits: number): number {
  checkCount(permits, 1, MOST, "create a shared semaphore", "permits");
  return (SEM_PERMIT + permits) * 4;
}
