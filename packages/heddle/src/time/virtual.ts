/**
 * `pause`, `resume`, `advance`: the clock of the current runtime, by hand. For tests.
 *
 * While the clock is paused and nothing can run, the runtime jumps to the next deadline by itself, once the host has looked at its sockets
 * and promises. `reactor/` does that; here is only what a test says.
 */
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import { HeddleError, NoRuntimeError } from "../base/errors.js";
import type { Context } from "../future/context.js";
import { current } from "../future/current.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import type { Film, Unpolled } from "../future/diagnostics.js";
import { currentRuntime } from "../runtime/run.js";
import type { Engine } from "../runtime/engine.js";

const film: Film = { photos: 16 };

function runtimeFor(verb: string): Engine {
  const runtime = currentRuntime();
  if (runtime === null) throw new NoRuntimeError(verb);
  return runtime;
}

/**
 * Stops the clock of the current runtime. From now on time passes only by {@link advance}, and by jumps to the next deadline when nothing can
 * run, so that a test that sleeps for an hour takes no time. What waits for the host instead, for a promise say, does not hold a jump back unless
 * the runtime was made with `waitForHost`.
 *
 * @throws HeddleError `clock.paused` if it stands still already
 * @throws NoRuntimeError outside of a runtime
 *
 * @example
 * ```ts
 * import { async, run, sleep } from "heddle";
 * import { Instant, pause } from "heddle/time";
 *
 * const main = async(function* () {
 *   pause();
 *   const start = Instant.now();
 *   yield* sleep({ hours: 1 });
 *   console.log(Math.round(start.elapsed() / 60_000), "minutes");
 * });
 * await run(main());
 * // prints: 60 minutes
 * ```
 */
export function pause(): void {
  const runtime = runtimeFor("pause the clock");
  runtime.clock.pause();
  runtime.timers.clockChanged();
}

/**
 * Lets the clock of the current runtime run on from where it stands.
 *
 * @throws HeddleError `clock.running` if it runs already
 * @throws NoRuntimeError outside of a runtime
 */
export function resume(): void {
  const runtime = runtimeFor("resume the clock");
  runtime.clock.resume();
  runtime.timers.clockChanged();
}

const NEW = 0;
const WATCHED = 1;
const MOVED = 2;
const OVER = 3;

class Advance extends Leaf<void> implements Unpolled {
  readonly #milliseconds: number;
  #state = NEW;

  constructor(milliseconds: number) {
    super();
    this.#milliseconds = milliseconds;
    if (current.warnings !== null) current.diagnostics.born(this, film);
  }

  poll(cx: Context): Poll<void> {
    if (this.#state === OVER)
      throw new HeddleError("future.completed", `Cannot await the future of ${this.label} again: it is over`, {
        help: "call advance(…) again for a new future",
      });
    if (this.#state === MOVED) {
      this.#state = OVER;
      return undefined;
    }
    this.closeUnpolled();
    this.#state = MOVED;
    const runtime = runtimeFor("advance the clock");
    runtime.clock.advance(this.#milliseconds);
    // Wakes what is due, so that it runs before this goes on.
    runtime.timers.clockChanged();
    cx.waker.wake();
    return PENDING;
  }

  override drop(): void {
    this.closeUnpolled();
  }

  get label(): string {
    return "advance(…)";
  }

  get film(): Film {
    return film;
  }

  isUnpolled(): boolean {
    return this.#state === NEW;
  }

  watched(): void {
    this.#state = WATCHED;
  }

  /** A combinator ended before it came to this one: that is no mistake. */
  closeUnpolled(): void {
    if (this.#state === WATCHED) current.diagnostics.unwatch(this);
    this.#state = OVER;
  }
}

/**
 * Moves a paused clock forward, in one jump: whoever reads it in between sees only the end. Timers it passes fire in the order of their
 * deadlines. It yields once: the tasks that it woke have run once when it is ready, but what they do after that is not waited for.
 *
 * **Cancel safety**: the clock has moved once it was polled.
 *
 * @param duration milliseconds, fractions too, or `{ hours, minutes, seconds, milliseconds }`
 * @throws HeddleError `clock.running` if the clock is not paused
 * @throws NoRuntimeError outside of a runtime
 *
 * @example
 * ```ts
 * import { async, Runtime } from "heddle";
 * import { advance, Instant } from "heddle/time";
 *
 * const runtime = new Runtime({ startPaused: true });
 * const main = async(function* () {
 *   const start = Instant.now();
 *   yield* advance(1.5);
 *   console.log(start.elapsed());
 * });
 * await runtime.run(main());
 * // prints: 1.5
 * ```
 */
export function advance(duration: Duration): Future<void> {
  return new Advance(clampMilliseconds(toMilliseconds(duration, "advance the clock")));
}
