/**
 * `timeout`: gives up on a future when its time is over.
 */
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import { ElapsedError } from "../base/errors.js";
import type { TimerEntry } from "../base/wheel.js";
import { current, servicesFor, type Timers } from "../future/current.js";
import { keepGather } from "../future/gather.js";
import { GatherOne } from "../future/gather-one.js";
import { ready } from "../future/ready.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { knownTick, tickAfter } from "../future/tick.js";
import { tickOf } from "./deadline.js";
import type { Instant } from "./instant.js";

class Timeout<T> extends GatherOne<T> implements TimerEntry {
  /** As `Sleep.when`. */
  declare when: number;
  declare after: TimerEntry | null;
  declare before: TimerEntry | null;
  /** The delay in milliseconds; null with a deadline. */
  declare private readonly delay: number | null;
  declare private timers: Timers | null;

  constructor(future: Future<T>, when: number, delay: number | null) {
    super("timeout(…)", future);
    this.when = when;
    this.after = this.before = null;
    this.delay = delay;
    this.timers = null;
  }

  override get isOpen(): boolean {
    return true;
  }

  protected advance(): Poll<T> {
    // The future first: one that is ready wins even if its time is over.
    const value = this.pollInner();
    if (value !== PENDING) {
      this.finish();
      return value;
    }
    // The timer is looked at whatever is left of the budget: a busy future must not outlive its time.
    if (this.after === null && this.isOver()) {
      const limit = this.delay === null ? "the deadline" : current.diagnostics.duration(this.delay);
      throw new ElapsedError("time.elapsed", `Cannot finish in time: ${limit} passed`);
    }
    return PENDING;
  }

  private isOver(): boolean {
    if (this.timers === null) {
      const services = servicesFor("set a timeout");
      this.timers = services.timers;
      this.when = knownTick(this.when, services.clock);
    }
    if (this.when <= this.timers.now) return true;
    this.timers.insert(this);
    return false;
  }

  fire(): void {
    this.wakeOwner();
  }

  protected override finish(): void {
    if (this.after !== null) this.timers!.remove(this);
    super.finish();
  }

  override unwindFirst(): Future<void> | null {
    if (this.after !== null) this.timers!.remove(this);
    return super.unwindFirst();
  }
}

/**
 * Awaits `future` for at most `duration`. When the time is over the future is dropped, and this fails at once, without
 * waiting for its cleanups. A future that is ready wins, even with no time at all.
 *
 * **Cancel safety**: as the future; dropping it drops the future.
 *
 * @param duration milliseconds, or `{ hours, minutes, seconds, milliseconds }`, counted from the call
 * @throws ElapsedError when the time is over
 *
 * @example
 * ```ts
 * import { pending, run, timeout } from "heddle";
 *
 * await run(timeout(pending(), 5)).catch((error) => console.log(error.name));
 * // prints: ElapsedError
 * ```
 */
export function timeout<T>(future: Future<T>, duration: Duration): Future<T> {
  const delay = clampMilliseconds(toMilliseconds(duration, "set a timeout"));
  return new Timeout(future, tickAfter(delay), delay);
}

/** {@link timeout} at a point in time. */
export function timeoutAt<T>(future: Future<T>, deadline: Instant): Future<T> {
  return new Timeout(future, tickOf(deadline, "set a timeout"), null);
}

keepGather(new Timeout(ready(undefined), 0, 0));
