/**
 * Operation and Lane: a read, a write, a flush under way, and the direction of an object that serves one of them at a time.
 *
 * | lane       | poll of an operation                           | wake()                 | drop()  |
 * | ---------- | ---------------------------------------------- | ---------------------- | ------- |
 * | free       | takes the lane, tries; ready or failed: free   | nothing                |         |
 * | held by it | keeps the newest waker, tries again            | its waker: poll again  | free    |
 * | held by    | BusyError                                      | the holder's           | nothing |
 * | another    |                                                |                        |         |
 *
 * An operation holds its lane only while it is pending: one that was made and never polled is in nobody's way.
 */
import { HeddleError } from "../base/errors.js";
import type { Resource } from "../base/resource.js";
import type { Context, Waker } from "../future/context.js";
import { current, type Services } from "../future/current.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Poll } from "../future/poll.js";
import { busy } from "./failures.js";

/** One direction of an object that bytes go through. */
export class Lane {
  /** What is done here, for messages: `read`. */
  readonly verb: string;
  /** What tasks share through it, and those who watch see touched; null if it is the host at the other end. */
  readonly shared: Resource | null;
  /** @internal What is pending here. `Operation` alone writes it. */
  holder: Operation<any> | null = null;

  constructor(verb: string, shared: Resource | null) {
    this.verb = verb;
    this.shared = shared;
  }

  /** Says that the pending operation, if there is one, may go on. */
  wake(): void {
    // The waker stays where it is: the holder is still at it, and a second wake before its poll does nothing.
    this.holder?.waker!.wake();
  }

  /** As {@link wake}, in an event of the host's: see `Executor.wakeInEvent`. */
  wakeInEvent(mayWait: boolean): void {
    this.holder?.wakeInEvent(mayWait);
  }
}

/** Something done in a {@link Lane}. A subclass says how it is tried, and what becomes of it when it is over. */
export abstract class Operation<T> extends Leaf<T> {
  readonly #lane: Lane;
  /** @internal Of whoever awaits it, while it is pending. */
  waker: Waker | null = null;
  /** The runtime that was told that it waits for something outside. */
  #services: Services | null = null;

  constructor(lane: Lane) {
    super();
    this.#lane = lane;
  }

  /** As messages and dumps call it: `read()`. */
  get label(): string {
    return `${this.#lane.verb}()`;
  }

  /** @internal For dumps; undefined where the host is at the other end. */
  get resource(): Resource | undefined {
    return this.#lane.shared ?? undefined;
  }

  /** Does what can be done now. Answers PENDING only if somebody will wake the lane. */
  protected abstract attempt(): Poll<T>;

  /** It is over, one way or another: nothing more is expected of it. `wasHolder`: not dropped before its first poll. */
  protected over(_wasHolder: boolean): void {}

  /** It has given its outcome, and may be used again for the next one. Not called of one that was dropped: who lost a `select` may be awaited once more. */
  protected given(): void {}

  poll(cx: Context): Poll<T> {
    const lane = this.#lane;
    if (lane.shared !== null) lane.shared.touch(true);
    if (lane.holder !== null && lane.holder !== this) throw busy(lane.verb);
    // Register before you look: a source may call back while it is asked.
    lane.holder = this;
    this.waker = cx.waker;
    let answer;
    try {
      answer = this.attempt();
    } catch (error) {
      this.#end(lane);
      this.given();
      throw error;
    }
    if (answer !== PENDING) {
      this.#end(lane);
      this.given();
    } else if (lane.shared === null && this.#services === null && current.services !== null) {
      // It is the host that will wake it: a paused clock may wait for that.
      this.#services = current.services;
      this.#services.timers.outsideBegins();
    }
    return answer;
  }

  /** @internal See `Lane.wakeInEvent`. */
  wakeInEvent(mayWait: boolean): void {
    if (this.#services === null) this.waker!.wake();
    else this.#services.wakeInEvent(this.waker!, mayWait);
  }

  override drop(): void {
    const lane = this.#lane;
    if (lane.shared !== null) lane.shared.touch(true);
    this.#end(lane);
  }

  #end(lane: Lane): void {
    const wasHolder = lane.holder === this;
    if (wasHolder) lane.holder = null;
    this.waker = null;
    const services = this.#services;
    if (services !== null) {
      this.#services = null;
      services.timers.outsideEnds();
    }
    this.over(wasHolder);
  }
}

/** An operation was awaited again after its end. @param verb `read` */
export function completed(verb: string): HeddleError {
  return new HeddleError("future.completed", `Cannot await the future of ${verb}() again: it is over`, {
    help: `call ${verb}() again for a new future`,
  });
}
