/**
 * Ranges of numbers.
 */
import { quote } from "../../base/errors.js";

/** Numbers from `from` on, `step` apart, before `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

class Numbers implements Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
  constructor(from: number, to: number, step: number) {
    this.from = from;
    this.to = to;
    this.step = step;
  }
}

/**
 * The numbers from `from` on, `step` apart, up to but not including `to`: something to iterate over in parallel. No list of them is made.
 *
 * @throws RangeError if a bound is not finite, `step` is 0, or the numbers are more than 2⁵³ - 1
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { par, range } from "heddle/thread";
 *
 * console.log(await run(par(range(1, 10, 3)).collect()));
 * // prints: [ 1, 4, 7 ]
 * ```
 */
export function range(from: number, to: number, step = 1): Range {
  for (const [name, value] of Object.entries({ from, to, step }))
    if (!Number.isFinite(value)) throw wrong(`'${name}' must be a finite number: received ${quote(value)}`);
  if (step === 0) throw wrong("'step' must not be 0: received 0");
  const numbers = new Numbers(from, to, step);
  if (!Number.isSafeInteger(lengthOf(numbers))) throw wrong(`it must have at most 2^53 - 1 numbers: ${from} to ${to}`);
  return numbers;
}

function wrong(why: string): RangeError {
  return new RangeError(`Cannot make a range as ${why}`);
}

export function isRange(value: unknown): value is Range {
  return value instanceof Numbers;
}

/** How many numbers there are in a range. */
export function lengthOf({ from, to, step }: Range): number {
  return Math.max(0, Math.ceil((to - from) / step));
}
