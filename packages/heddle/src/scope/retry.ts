/**
 * `retry`: tries again, later and later.
 */
import { type Duration, toMilliseconds } from "../base/duration.js";
import { quote, suppress } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import { randomOf } from "../base/random.js";
import { Alarm } from "../future/alarm.js";
import { async } from "../future/async.js";
import type { Context } from "../future/context.js";
import { servicesFor } from "../future/current.js";
import { Leaf } from "../future/leaf.js";
import type { Future, Poll } from "../future/poll.js";
import { raceOf } from "../future/race.js";
import { owned } from "./deferred.js";
import { Limit, type TimeLimit } from "./limit.js";

/** How long to wait before the next attempt: `initial` × `factor`ⁿ after n + 1 failures, at most `max`, less a random part. */
export interface Backoff {
  /** 100 ms by default. */
  initial?: Duration | undefined;
  /** 2 by default; 1 waits equally long each time. */
  factor?: number | undefined;
  /** 30 s by default. */
  max?: Duration | undefined;
  /** Which part of the wait is random, from 0 to 1, so that many that failed together do not come back together. 0.5 by default. */
  jitter?: number | undefined;
}

export interface RetryOptions extends TimeLimit {
  /** How many attempts there are in all: an integer of at least 1, or Infinity. 3 by default. */
  attempts?: number | undefined;
  backoff?: Backoff | undefined;
  /** Whether an error is worth another attempt. Every one is by default. */
  when?: ((error: any, attempt: number) => boolean) | undefined;
}

/** How many errors of earlier attempts are kept: the latest. */
const KEPT = 10;

/** Options that have been looked at. */
class Plan {
  readonly attempts: number;
  readonly limit: Limit;
  readonly #when: ((error: any, attempt: number) => boolean) | undefined;
  readonly #initial: number;
  readonly #factor: number;
  readonly #max: number;
  readonly #jitter: number;

  constructor(options: RetryOptions) {
    const { attempts = 3, backoff = {}, when } = options;
    const { initial = 100, factor = 2, max = 30_000, jitter = 0.5 } = backoff;
    demand(
      typeof attempts === "number",
      attempts >= 1 && (attempts === Infinity || attempts % 1 === 0),
      "attempts",
      attempts,
      "an integer >= 1",
    );
    demand(typeof factor === "number", factor >= 1, "factor", factor, "a number >= 1");
    demand(typeof jitter === "number", jitter >= 0 && jitter <= 1, "jitter", jitter, "a number from 0 to 1");
    demand(when === undefined || typeof when === "function", true, "when", when, "a function");
    this.attempts = attempts;
    this.limit = new Limit(options, "retry");
    this.#when = when;
    this.#initial = toMilliseconds(initial, "retry", "initial");
    this.#factor = factor;
    this.#max = toMilliseconds(max, "retry", "max");
    this.#jitter = jitter;
  }

  /** Whether there is another attempt after `attempt` failed. */
  goesOn(error: unknown, attempt: number): boolean {
    if (attempt >= this.attempts) return false;
    try {
      return this.#when === undefined || this.#when(error, attempt);
    } catch (mistake) {
      throw suppress(mistake, error);
    }
  }

  /** The wait after `attempt` failed. */
  delayAfter(attempt: number): number {
    const whole = Math.min(this.#initial * this.#factor ** (attempt - 1), this.#max);
    if (this.#jitter === 0) return whole;
    return whole * (1 - this.#jitter * randomOf(servicesFor("retry")).next());
  }
}

function demand(isType: boolean, isInRange: boolean, name: string, value: unknown, rule: string): void {
  if (isType && isInRange) return;
  throw new (isType ? RangeError : TypeError)(`Cannot retry as '${name}' must be ${rule}: received ${quote(value)}`);
}

const OVER = Symbol("heddle.over");

/** Ready when its time has come. */
class Wait extends Leaf<typeof OVER> {
  readonly label: string;
  readonly #alarm: Alarm;

  constructor(length: number, label: string) {
    super();
    this.label = label;
    this.#alarm = new Alarm(length);
  }

  poll(cx: Context): Poll<typeof OVER> {
    const isOver = this.#alarm.poll(cx);
    return isOver === undefined ? OVER : isOver;
  }

  override drop(): void {
    this.#alarm.cancel();
  }
}

const runAttempts = async(function* retryLoop<T>(fn: (attempt: number) => Future<T>, plan: Plan) {
  const { clock } = servicesFor("retry");
  const start = clock.now();
  const length = plan.limit.lengthFrom(start);
  const end = start + length;
  const errors: unknown[] = [];
  for (let attempt = 1; ; attempt++) {
    let value: T | typeof OVER;
    try {
      const future = owned(fn(attempt), "retry as 'fn' must give a future");
      value =
        end === Infinity
          ? yield* future
          : yield* raceOf([future, new Wait(end - clock.now(), "the end of all attempts")]);
    } catch (error) {
      const delay = plan.delayAfter(attempt);
      // Do not wait for an attempt that there will be no time for.
      if (!plan.goesOn(error, attempt) || clock.now() + delay >= end) throw errors.reduce(suppress, error);
      errors.push(error);
      if (errors.length > KEPT) errors.shift();
      yield* new Wait(delay, `attempt ${attempt + 1}`);
      continue;
    }
    if (value !== OVER) return value;
    throw errors.reduce(suppress, plan.limit.error(`attempt ${attempt}`, length, errors.at(-1)));
  }
});

/**
 * Awaits what `fn` gives, and if it fails calls `fn` again, after a wait that grows from one attempt to the next.
 *
 * To limit each attempt, wrap it: `retry(() => timeout(load(), 1_000))`. `timeout` and `deadline` limit the whole: the attempt that is running then
 * is dropped.
 *
 * **Cancel safety**: dropping it drops the attempt that is running, or the wait for the next.
 *
 * @param fn called for each attempt with its number, from 1
 * @throws the last attempt's error, with those before it (the latest ten) on its `suppressed`, oldest first: when the attempts are used up, `when`
 * says no, or the next attempt would come too late
 * @throws ElapsedError when time is over while an attempt is running; its `cause` is the last error
 * @throws TypeError or RangeError for options that are none
 *
 * @example
 * ```ts
 * import { async, retry, run } from "heddle";
 *
 * const load = async(function* (attempt: number) {
 *   console.log(`attempt ${attempt}`);
 *   if (attempt < 3) throw new Error("busy");
 *   return "loaded";
 * });
 * console.log(await run(retry(load, { attempts: 5, backoff: { initial: 1 }, when: (error) => error.message === "busy" })));
 * // prints: attempt 1
 * // prints: attempt 2
 * // prints: attempt 3
 * // prints: loaded
 * ```
 */
export function retry<T>(fn: (attempt: number) => Future<T>, options: RetryOptions = {}): Future<T> {
  if (typeof fn !== "function")
    throw new TypeError(
      `Cannot retry as 'fn' must be a function: received ${quote(fn)}\nhelp: a future is awaited once; pass a function that makes one`,
    );
  checkOptions(options, "retry", "{ attempts: 5 }");
  return runAttempts(fn, new Plan(options)) as Future<T>;
}
