/**
 * OnceCell: a value that the first who needs it makes, and the others wait for.
 *
 * | state  | meaning                              | getOrInit()      | set()     | take()   |
 * | ------ | ------------------------------------ | ---------------- | --------- | -------- |
 * | EMPTY  | no value, and nobody makes one       | BUSY: makes it   | SET       | nothing  |
 * | BUSY   | somebody makes it; the others queue. | waits            | refused   | nothing  |
 * |        | Made: SET, all go on. Failed or      |                  |           |          |
 * |        | dropped: the next one's turn, or     |                  |           |          |
 * |        | EMPTY if nobody waits                |                  |           |          |
 * | SET    | there is a value                     | gives it         | refused   | EMPTY    |
 */
import { BusyError, quote } from "../base/errors.js";
import type { Needs } from "../base/needs.js";
import { type Holder, Resource } from "../base/resource.js";
import { keepShape } from "../base/shapes.js";
import { async } from "../future/async.js";
import type { Context } from "../future/context.js";
import { framed } from "../future/framed.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { Waiter, WaitList } from "../future/wait-list.js";
import { currentTask } from "../task/current-task.js";
import { alreadySet } from "./already-set.js";

const EMPTY = 0;
const BUSY = 1;
const SET = 2;

/** Waits until there is a value (false), or until it is its turn to make one (true). */
class Turn extends Waiter<boolean> {
  declare private readonly cell: OnceCell<any>;
  /** Who awaits it. */
  declare task: Holder | null;
  declare private isGranted: boolean;

  constructor(cell: OnceCell<any>) {
    super();
    this.cell = cell;
    this.task = null;
    this.isGranted = false;
  }

  get label(): string {
    const { name } = this.cell;
    return name === undefined ? "onceCell.getOrInit(…)" : `once-cell ${quote(name)} getOrInit(…)`;
  }

  /** @internal What it waits for, for dumps to say who holds it. */
  get resource(): Resource {
    return this.cell;
  }

  /** @internal For those who look for deadlocks. */
  needs(): Needs | null {
    return this.isGranted ? null : this.cell.needs();
  }

  poll(cx: Context): Poll<boolean> {
    const { cell } = this;
    cell.touch(true);
    this.task = currentTask();
    if (this.isGranted) return true;
    const answer = cell.ask(this);
    if (answer === PENDING) this.waker = cx.waker;
    return answer;
  }

  /** @internal */
  grant(): void {
    this.isGranted = true;
    this.wake();
  }

  override drop(): void {
    this.cell.touch(true);
    this.waker = null;
    if (this.isGranted) this.cell.passOn();
    else this.cell.leave(this);
  }
}

const initialize = /* @__PURE__ */ async(function* (cell: OnceCell<any>, init: () => unknown) {
  if (!(yield* new Turn(cell))) return cell.get();
  let isMade = false;
  try {
    const value: unknown = yield* framed(init());
    isMade = true;
    cell.fill(value);
    return value;
  } finally {
    if (!isMade) cell.passOn();
  }
});

/**
 * A value that is made once, by the first who asks for it, while the others wait. If making it fails or is dropped, the next one who waits
 * makes it, with a function of its own.
 *
 * @example
 * ```ts
 * import { async, joinAll, run, sleep } from "heddle";
 * import { OnceCell } from "heddle/sync";
 *
 * const config = new OnceCell<string>();
 * const load = async(function* () {
 *   console.log("loading");
 *   yield* sleep(1);
 *   return "loaded";
 * });
 * const user = async(function* () {
 *   return yield* config.getOrInit(() => load());
 * });
 * console.log(await run(joinAll([user(), user(), user()])));
 * // prints: loading
 * // prints: [ 'loaded', 'loaded', 'loaded' ]
 * ```
 */
export class OnceCell<T> extends Resource {
  #state = EMPTY;
  #value: T | undefined = undefined;
  #maker: Holder | null = null;
  readonly #queue = new WaitList<Turn>();

  constructor(options?: { readonly name?: string | undefined }) {
    super(options?.name);
  }

  get kind(): string {
    return "once-cell";
  }

  /** Who makes the value now. */
  override get holders(): readonly Holder[] {
    return this.#maker === null ? [] : [this.#maker];
  }

  /** @internal What those need who wait: that the value is made, or not. */
  needs(): Needs {
    return { each: false, of: [{ task: this.#maker, until: "release", by: 0 }] };
  }

  /** How many wait. */
  get waiting(): number {
    this.touch(false);
    return this.#queue.size;
  }

  get isSet(): boolean {
    this.touch(false);
    return this.#state === SET;
  }

  /** The value; undefined while there is none. */
  get(): T | undefined {
    this.touch(false);
    return this.#value;
  }

  /**
   * The value, which `init` makes if there is none and nobody makes it already. Inside `init` do not ask the same cell: it would wait for
   * itself.
   *
   * **Cancel safety**: dropped while it waits, it gives up its place in the queue; while `init` runs, that is dropped, and the next one who
   * waits makes the value.
   *
   * @param init a function, a generator function, or an async one of either kind
   * @throws what `init` throws; TypeError if it is not a function
   */
  getOrInit<R extends T | Future<T> | PromiseLike<T>>(init: () => R): Future<T> {
    if (typeof init !== "function")
      throw new TypeError(
        `Cannot initialize a cell as 'init' must be a function: received ${quote(init)}\nhelp: pass a function that makes the value`,
      );
    return initialize(this, init) as Future<T>;
  }

  /**
   * Sets the value.
   *
   * @throws HeddleError `once.set` if there is one; BusyError `once.busy` while somebody makes one
   */
  set(value: T): void {
    this.touch(true);
    if (this.#state === SET) throw alreadySet(this.kind);
    if (this.#state === BUSY)
      throw new BusyError("once.busy", `Cannot set the value of a ${this.kind}: it is being made`, {
        help: "await getOrInit(…), which gives the value that is made",
      });
    this.fill(value);
  }

  /** Takes the value out: the cell is empty then. Undefined if there is none. */
  take(): T | undefined {
    this.touch(true);
    if (this.#state !== SET) return undefined;
    const value = this.#value;
    this.#state = EMPTY;
    this.#value = undefined;
    return value;
  }

  /** @internal Whether it is this one's turn to make the value; false if there is one. */
  ask(turn: Turn): Poll<boolean> {
    if (this.#state === SET) return false;
    if (this.#state === EMPTY) {
      this.#state = BUSY;
      this.#maker = turn.task;
      return true;
    }
    if (!this.#queue.has(turn)) this.#queue.push(turn);
    return PENDING;
  }

  /** @internal Gives up a place in the queue. */
  leave(turn: Turn): void {
    this.#queue.remove(turn);
  }

  /** @internal Nothing was made: it is the next one's turn. */
  passOn(): void {
    this.touch(true);
    const next = this.#queue.shift();
    if (next === null) {
      this.#state = EMPTY;
      this.#maker = null;
    } else {
      this.#maker = next.task;
      next.grant();
    }
  }

  /** @internal Here it is: all who wait may have it. */
  fill(value: T): void {
    this.touch(true);
    this.#state = SET;
    this.#value = value;
    this.#maker = null;
    for (const turn of this.#queue.drain()) turn.wake();
  }
}

keepShape(new Turn(new OnceCell()));
