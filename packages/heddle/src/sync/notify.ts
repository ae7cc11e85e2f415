/**
 * Notify: wakes those who wait for something to happen; without a value, and with at most one notification kept for later.
 *
 * A `Notified` as it is awaited:
 *
 * | state  | meaning                                            | poll()         | drop()                            |
 * | ------ | -------------------------------------------------- | -------------- | --------------------------------- |
 * | NEW    | in no queue                                        | DONE or QUEUED | nothing                           |
 * | QUEUED | waits for a notification                           | pending        | NEW, leaves the queue             |
 * | FIRST  | got one from `notifyOne`, and was not polled since | DONE           | NEW, hands it on by `notifyOne`   |
 * | LAST   | got one from `notifyLast`, likewise                | DONE           | NEW, hands it on by `notifyLast`  |
 * | DONE   | was ready, or was notified with all others         | ready          | nothing: there is nothing to lose |
 */
import { Resource } from "../base/resource.js";
import { keepShape } from "../base/shapes.js";
import type { Context } from "../future/context.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { Waiter, WaitList } from "../future/wait-list.js";

const NEW = 0;
const QUEUED = 1;
const FIRST = 2;
const LAST = 3;
const DONE = 4;

/** The future of a notification. Once it was ready it stays so. */
export interface Notified extends Future<void> {
  /**
   * Joins the queue now instead of when it is awaited, so that no notification is missed between a look at what one waits for and the
   * `yield*`. Await it then, or dispose of it: whoever stays in the queue takes a notification.
   *
   * @returns whether it has its notification already
   */
  enable(): boolean;
  /** Leaves the queue. A notification from `notifyOne` or `notifyLast` that was not awaited goes to another. */
  [Symbol.dispose](): void;
}

class Notification extends Waiter<void> implements Notified {
  declare private readonly notify: Notify;
  /** How often all had been notified when it was made. */
  declare private readonly round: number;
  declare private state: number;

  constructor(notify: Notify, round: number) {
    super();
    this.notify = notify;
    this.round = round;
    this.state = NEW;
  }

  get label(): string {
    const { name } = this.notify;
    return name === undefined ? "notify.notified()" : `notify ${JSON.stringify(name)} notified()`;
  }

  /** @internal For dumps. */
  get resource(): Resource {
    return this.notify;
  }

  poll(cx: Context): Poll<void> {
    if (this.enable()) return undefined;
    this.waker = cx.waker;
    return PENDING;
  }

  enable(): boolean {
    const { notify } = this;
    notify.touch(true);
    if (this.state === NEW) {
      // Notified with all others, it leaves a notification that is kept to those who come later.
      if (this.round !== notify.round || notify.takeKept()) this.state = DONE;
      else {
        notify.queue.push(this);
        this.state = QUEUED;
      }
    }
    if (this.state === QUEUED) return false;
    this.state = DONE;
    return true;
  }

  /** @internal */
  give(state: typeof FIRST | typeof LAST | typeof DONE): void {
    this.state = state;
  }

  override drop(): void {
    const { state, notify } = this;
    this.waker = null;
    if (state === NEW || state === DONE) return;
    this.state = NEW;
    if (state === FIRST) notify.notifyOne();
    else if (state === LAST) notify.notifyLast();
    else {
      notify.touch(true);
      notify.queue.remove(this);
    }
  }

  [Symbol.dispose](): void {
    this.drop();
  }
}

/**
 * Wakes tasks that wait for something to happen. The state that they wait for is yours: change it, then notify.
 *
 * @example A queue of one's own
 * ```ts
 * import { async, run, spawn } from "heddle";
 * import { Notify } from "heddle/sync";
 *
 * const items: string[] = [];
 * const added = new Notify();
 * const take = async(function* () {
 *   while (items.length === 0) yield* added.notified();
 *   return items.shift();
 * });
 * const main = async(function* () {
 *   const taker = spawn(take());
 *   items.push("first");
 *   added.notifyOne();
 *   return yield* taker;
 * });
 * console.log(await run(main()));
 * // prints: first
 * ```
 */
export class Notify extends Resource {
  /** @internal */
  readonly queue = new WaitList<Notification>();
  /** @internal How often all were notified. */
  round = 0;
  #isKept = false;

  constructor(options?: { readonly name?: string | undefined }) {
    super(options?.name);
  }

  get kind(): string {
    return "notify";
  }

  /** How many wait. */
  get waiting(): number {
    this.touch(false);
    return this.queue.size;
  }

  /**
   * Waits for a notification, or takes the one that was kept. It stands in the queue from its first poll, or from `enable()`, on;
   * {@link notifyWaiters} reaches it from now on.
   *
   * **Cancel safety**: dropping the wait gives up the place in the queue; a notification from {@link notifyOne} or {@link notifyLast} that
   * it had got goes to another.
   *
   * @example Look, and wait, without missing what happens in between
   * ```ts
   * import { async, run, spawn } from "heddle";
   * import { Notify } from "heddle/sync";
   *
   * const changed = new Notify();
   * let isOpen = false;
   * const opened = async(function* () {
   *   for (;;) {
   *     const next = changed.notified();
   *     if (isOpen) return "open";
   *     yield* next;
   *   }
   * });
   * const main = async(function* () {
   *   const waiting = spawn(opened());
   *   isOpen = true;
   *   changed.notifyWaiters();
   *   return yield* waiting;
   * });
   * console.log(await run(main()));
   * // prints: open
   * ```
   */
  notified(): Notified {
    this.touch(false);
    return new Notification(this, this.round);
  }

  /** Wakes the one that waits longest. If nobody waits, the next one to wait does not; more than one notification is not kept. */
  notifyOne(): void {
    this.touch(true);
    this.#give(this.queue.shift(), FIRST);
  }

  /** As {@link notifyOne}, but wakes the one that came last. */
  notifyLast(): void {
    this.touch(true);
    this.#give(this.queue.pop(), LAST);
  }

  #give(notified: Notification | null, state: typeof FIRST | typeof LAST): void {
    if (notified === null) this.#isKept = true;
    else {
      notified.give(state);
      notified.wake();
    }
  }

  /** Wakes all who wait, and all `notified()` futures made before, polled or not. Nothing is kept for those made later. */
  notifyWaiters(): void {
    this.touch(true);
    this.round++;
    const waiting = this.queue.drain();
    for (const notified of waiting) notified.give(DONE);
    for (const notified of waiting) notified.wake();
  }

  /** @internal */
  takeKept(): boolean {
    const isKept = this.#isKept;
    this.#isKept = false;
    return isKept;
  }
}

keepShape(new Notification(new Notify(), 0));
