/**
 * Barrier: lets nobody on before a number of them have come, again and again.
 */
import { HeddleError, quote } from "../base/errors.js";
import { Resource } from "../base/resource.js";
import { keepShape } from "../base/shapes.js";
import type { Context } from "../future/context.js";
import { current } from "../future/current.js";
import type { Film, Unpolled } from "../future/diagnostics.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { Waiter, WaitList } from "../future/wait-list.js";

const NEW = 0;
const WATCHED = 1;
const WAITING = 2;
const LET_ON = 3;
const OVER = 4;

const film: Film = { photos: 64 };

/** What waiting at a {@link Barrier} gives. */
export interface BarrierResult {
  /** Of exactly one of those who go on together: the one that came last. */
  readonly isLeader: boolean;
}

const LEADER: BarrierResult = /* @__PURE__ */ Object.freeze({ isLeader: true });
const FOLLOWER: BarrierResult = /* @__PURE__ */ Object.freeze({ isLeader: false });

class Arrival extends Waiter<BarrierResult> implements Unpolled {
  declare private readonly barrier: Barrier;
  declare private state: number;

  constructor(barrier: Barrier) {
    super();
    this.barrier = barrier;
    this.state = NEW;
  }

  get label(): string {
    const { name } = this.barrier;
    return name === undefined ? "barrier.wait()" : `barrier ${quote(name)} wait()`;
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.barrier;
  }

  poll(cx: Context): Poll<BarrierResult> {
    const { barrier, state } = this;
    barrier.touch(true);
    if (state <= WATCHED) {
      if (state === WATCHED) current.diagnostics.unwatch(this);
      this.state = OVER;
      if (barrier.arrive()) return LEADER;
      barrier.queue.push(this);
      this.state = WAITING;
    } else if (state === LET_ON) {
      this.state = OVER;
      return FOLLOWER;
    } else if (state === OVER)
      throw new HeddleError("future.completed", `Cannot await ${this.label} again: it is over`);
    this.waker = cx.waker;
    return PENDING;
  }

  /** @internal */
  letOn(): void {
    this.state = LET_ON;
  }

  // It has come, and counts: who goes away keeps nobody waiting.
  override drop(): void {
    if (this.state === WATCHED) current.diagnostics.unwatch(this);
    if (this.state === WAITING) {
      this.barrier.touch(true);
      this.barrier.queue.remove(this);
    }
    this.state = OVER;
    this.waker = null;
  }

  /** @internal */
  get film(): Film {
    return film;
  }

  /** @internal */
  isUnpolled(): boolean {
    return this.state === NEW;
  }

  /** @internal */
  watched(): void {
    this.state = WATCHED;
  }

  /** @internal */
  closeUnpolled(): void {
    this.drop();
  }
}

/**
 * Holds tasks up until `size` of them have come; then all go on, and the next ones are held up.
 *
 * @example
 * ```ts
 * import { async, joinAll, run } from "heddle";
 * import { Barrier } from "heddle/sync";
 *
 * const start = new Barrier(3);
 * const runner = async(function* (name: string) {
 *   console.log(`${name} is ready`);
 *   const { isLeader } = yield* start.wait();
 *   if (isLeader) console.log("go");
 * });
 * await run(joinAll(["ada", "alan", "grace"].map(runner)));
 * // prints: ada is ready
 * // prints: alan is ready
 * // prints: grace is ready
 * // prints: go
 * ```
 */
export class Barrier extends Resource {
  /** How many go on together: at least 1. */
  readonly size: number;
  /** @internal */
  readonly queue = new WaitList<Arrival>();
  #arrived = 0;

  /**
   * @param size how many are to come, an integer from 0; 0 is taken for 1
   * @throws RangeError, TypeError if it is not
   */
  constructor(size: number, options?: { readonly name?: string | undefined }) {
    if (!Number.isSafeInteger(size) || size < 0)
      throw new (typeof size === "number" ? RangeError : TypeError)(
        `Cannot create a barrier as 'size' must be an integer >= 0: received ${quote(size)}`,
      );
    super(options?.name);
    this.size = Math.max(size, 1);
  }

  get kind(): string {
    return "barrier";
  }

  override get fullness(): string {
    return `${this.#arrived} of ${this.size} there`;
  }

  /** How many have come and wait, or did before they went away. */
  get arrived(): number {
    this.touch(false);
    return this.#arrived;
  }

  /**
   * Comes, and waits until `size` have. The one that comes last does not wait.
   *
   * **Cancel safety**: none. Who has come counts, and who is dropped while it waits goes on counting: the others go on without it.
   */
  wait(): Future<BarrierResult> {
    const arrival = new Arrival(this);
    if (current.warnings !== null) current.diagnostics.born(arrival, film);
    return arrival;
  }

  /** @internal Counts one more. True if it is the last: the others have been let on. */
  arrive(): boolean {
    if (++this.#arrived < this.size) return false;
    this.#arrived = 0;
    const waiting = this.queue.drain();
    for (const arrival of waiting) arrival.letOn();
    for (const arrival of waiting) arrival.wake();
    return true;
  }
}

keepShape(new Arrival(new Barrier(1)));
