/**
 * SetOnce: a value that is set once, and waited for by any number.
 */
import { quote } from "../base/errors.js";
import { Resource } from "../base/resource.js";
import { keepShape } from "../base/shapes.js";
import type { Context } from "../future/context.js";
import { current } from "../future/current.js";
import type { Film, Unpolled } from "../future/diagnostics.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { Waiter, WaitList } from "../future/wait-list.js";
import { alreadySet } from "./already-set.js";

const NEW = 0;
const WATCHED = 1;
const POLLED = 2;

const film: Film = { photos: 64 };

class Wait<T> extends Waiter<T> implements Unpolled {
  declare private readonly cell: SetOnce<T>;
  declare private state: number;

  constructor(cell: SetOnce<T>) {
    super();
    this.cell = cell;
    this.state = NEW;
  }

  get label(): string {
    const { name } = this.cell;
    return name === undefined ? "setOnce.wait()" : `set-once ${quote(name)} wait()`;
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.cell;
  }

  poll(cx: Context): Poll<T> {
    if (this.state === WATCHED) current.diagnostics.unwatch(this);
    this.state = POLLED;
    const answer = this.cell.ask(this);
    if (answer === PENDING) this.waker = cx.waker;
    return answer;
  }

  override drop(): void {
    if (this.state === WATCHED) current.diagnostics.unwatch(this);
    this.state = POLLED;
    this.waker = null;
    this.cell.leave(this);
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
 * A value that is set once. Who needs it before waits.
 *
 * @example
 * ```ts
 * import { async, run, spawn } from "heddle";
 * import { SetOnce } from "heddle/sync";
 *
 * const port = new SetOnce<number>();
 * const client = async(function* () {
 *   return `connected to ${yield* port.wait()}`;
 * });
 * const main = async(function* () {
 *   const connected = spawn(client());
 *   port.set(8080);
 *   return yield* connected;
 * });
 * console.log(await run(main()));
 * // prints: connected to 8080
 * ```
 */
export class SetOnce<T> extends Resource {
  #isSet = false;
  #value: T | undefined = undefined;
  readonly #queue = new WaitList<Wait<T>>();

  constructor(options?: { readonly name?: string | undefined }) {
    super(options?.name);
  }

  get kind(): string {
    return "set-once";
  }

  /** How many wait. */
  get waiting(): number {
    this.touch(false);
    return this.#queue.size;
  }

  get isSet(): boolean {
    this.touch(false);
    return this.#isSet;
  }

  /** The value; undefined while there is none. */
  get(): T | undefined {
    this.touch(false);
    return this.#value;
  }

  /**
   * Sets the value: all who wait go on.
   *
   * @throws HeddleError `once.set` if it has one
   */
  set(value: T): void {
    this.touch(true);
    if (this.#isSet) throw alreadySet(this.kind);
    this.#isSet = true;
    this.#value = value;
    for (const wait of this.#queue.drain()) wait.wake();
  }

  /**
   * Waits for the value. Ready at once if it is set.
   *
   * **Cancel safety**: nothing to lose.
   */
  wait(): Future<T> {
    const wait = new Wait<T>(this);
    if (current.warnings !== null) current.diagnostics.born(wait, film);
    return wait;
  }

  /** @internal */
  ask(wait: Wait<T>): Poll<T> {
    this.touch(true);
    if (this.#isSet) return this.#value as T;
    if (!this.#queue.has(wait)) this.#queue.push(wait);
    return PENDING;
  }

  /** @internal Gives up a place in the queue. */
  leave(wait: Wait<T>): void {
    this.touch(true);
    this.#queue.remove(wait);
  }
}

keepShape(new Wait(new SetOnce()));
