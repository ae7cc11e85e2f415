/**
 * RwLock: many may read at once, or one may write, in the order of asking.
 *
 * A pool of as many permits as there may be readers. To read takes one, to write takes all: so a writer that waits keeps later readers from
 * overtaking it, and a writer that downgrades gives back all but one.
 */
import { quote } from "../base/errors.js";
import { keepShape } from "../base/shapes.js";
import type { Film } from "../future/diagnostics.js";
import type { Settled } from "../future/framed.js";
import type { Future } from "../future/poll.js";
import { holding } from "./holding.js";
import { type Guard, Hold, PermitPool } from "./permit-pool.js";

// As many as Tokio's.
const MOST_READERS = 2 ** 29 - 1;

const film: Film = { photos: 64, perTurn: 4 };

/** What a task has while it reads. */
export interface ReadGuard<T> extends Guard {
  readonly value: T;
}

/** What a task has while it writes. */
export interface WriteGuard<T> extends Guard {
  value: T;
  /**
   * Goes on as a reader, without letting a writer in between. This guard is released then.
   *
   * @throws HeddleError `lock.released` if it was released
   */
  downgrade(): ReadGuard<T>;
}

class Read<T> extends Hold<ReadGuard<T>> implements ReadGuard<T> {
  declare readonly pool: RwLock<T>;

  get label(): string {
    return this.pool.labelOf("read()");
  }

  get film(): Film {
    return film;
  }

  get value(): T {
    this.mustHold("read the value of a lock");
    return this.pool.content;
  }
}

class Write<T> extends Hold<WriteGuard<T>> implements WriteGuard<T> {
  declare readonly pool: RwLock<T>;

  get label(): string {
    return this.pool.labelOf("write()");
  }

  get film(): Film {
    return film;
  }

  get value(): T {
    this.mustHold("read the value of a lock");
    return this.pool.content;
  }

  set value(value: T) {
    this.mustHold("set the value of a lock");
    this.pool.content = value;
  }

  downgrade(): ReadGuard<T> {
    this.mustHold("downgrade a guard");
    const read = new Read<T>(this.pool, 1).inherit();
    this.end(this.count - 1);
    return read;
  }
}

export interface RwLockOptions {
  readonly name?: string | undefined;
  /** How many may read at once, an integer from 1; 2^29 - 1 unless said. */
  readonly maxReaders?: number | undefined;
}

/**
 * A lock around a value that many may read at once, or one may write. First come, first served: behind a writer that waits, readers wait
 * too. So a task that reads and reads again may wait for itself.
 *
 * @example
 * ```ts
 * import { async, joinAll, run, sleep } from "heddle";
 * import { RwLock } from "heddle/sync";
 *
 * const config = new RwLock({ version: 1 });
 * const reader = async(function* () {
 *   const guard = yield* config.read(); // or: using guard = yield* config.read();
 *   try {
 *     yield* sleep(1);
 *     return guard.value.version;
 *   } finally {
 *     guard.release();
 *   }
 * });
 * const writer = config.withWrite((guard) => {
 *   guard.value = { version: guard.value.version + 1 };
 * });
 * console.log(await run(joinAll([reader(), reader(), writer, reader()])));
 * // prints: [ 1, 1, undefined, 2 ]
 * ```
 */
export class RwLock<T = void> extends PermitPool {
  /** @internal What it protects. Guards alone touch it. */
  content: T;
  /** How many may read at once. */
  readonly maxReaders: number;

  /**
   * @param value what it protects, if it is to protect a value
   * @throws RangeError, TypeError if `maxReaders` is not an integer from 1
   */
  constructor(value?: T, options?: RwLockOptions) {
    const maxReaders = options?.maxReaders ?? MOST_READERS;
    if (!Number.isInteger(maxReaders) || maxReaders < 1 || maxReaders > MOST_READERS)
      throw new (typeof maxReaders === "number" ? RangeError : TypeError)(
        `Cannot create a lock as 'maxReaders' must be an integer from 1 to ${MOST_READERS}: received ${quote(maxReaders)}`,
      );
    super(maxReaders, options?.name);
    this.content = value as T;
    this.maxReaders = maxReaders;
  }

  get kind(): string {
    return "rwlock";
  }

  /**
   * Waits until it may read. Ready at once if nobody writes, nobody waits, and fewer than `maxReaders` read.
   *
   * **Cancel safety**: dropping the wait gives up the place in the queue; a lock that was handed over already goes to the next.
   *
   * @returns the guard: release it, best with `using`
   */
  read(): Future<ReadGuard<T>> {
    return new Read<T>(this, 1).noted();
  }

  /**
   * Waits until it may write. Ready at once if nobody has the lock and nobody waits.
   *
   * **Cancel safety**: dropping the wait gives up the place in the queue, and the readers behind it may go; a lock that was handed over
   * already goes to the next.
   *
   * @returns the guard: release it, best with `using`
   */
  write(): Future<WriteGuard<T>> {
    return new Write<T>(this, this.maxReaders).noted();
  }

  /** A guard to read, if that needs no waiting; else undefined. */
  tryRead(): ReadGuard<T> | undefined {
    const read = new Read<T>(this, 1);
    return read.tryTake() ? read : undefined;
  }

  /** The guard to write, if that needs no waiting; else undefined. */
  tryWrite(): WriteGuard<T> | undefined {
    const write = new Write<T>(this, this.maxReaders);
    return write.tryTake() ? write : undefined;
  }

  /**
   * Runs `fn` while it may read, and releases the guard whatever becomes of `fn`.
   *
   * **Cancel safety**: as for {@link read} while it waits; then `fn` is dropped, its cleanups run, and the guard is released behind them. A
   * native promise cannot be stopped: the guard is released when it has settled.
   *
   * @param fn a function, a generator function, or an async one of either kind
   * @throws what `fn` throws; TypeError if it is not a function
   */
  withRead<R>(fn: (guard: ReadGuard<T>) => R): Future<Settled<R>> {
    return holding("run with a lock", () => this.read(), fn);
  }

  /** As {@link withRead}, while it may write. */
  withWrite<R>(fn: (guard: WriteGuard<T>) => R): Future<Settled<R>> {
    return holding("run with a lock", () => this.write(), fn);
  }
}

keepShape(new Read(new RwLock(), 1));
keepShape(new Write(new RwLock(), 1));
