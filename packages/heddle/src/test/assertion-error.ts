/**
 * AssertionError: an assertion of the kit does not hold. Runners print `expected` and `actual` as a difference.
 */
import { HeddleError } from "../base/errors.js";

/** What was expected, and what is the case. Both may be missing. */
export interface Compared {
  readonly expected?: unknown;
  readonly actual?: unknown;
}

/** An assertion of `heddle/test` does not hold. */
export class AssertionError extends HeddleError {
  readonly expected: unknown;
  readonly actual: unknown;

  /** @param below the function of the kit that the test called: lines from there inward are left out of the stack */
  constructor(message: string, { expected, actual }: Compared, below: Function) {
    super("test.assertion", message);
    this.expected = expected;
    this.actual = actual;
    // HOST: V8 only.
    (Error as { captureStackTrace?(error: Error, below: Function): void }).captureStackTrace?.(this, below);
  }

  override get name(): string {
    return "AssertionError";
  }
}

/**
 * Says what does not hold.
 *
 * @param owner has the assertion as a method
 * @param check its name
 * @param rule reads `the future must be pending`
 * @param fact reads `it is ready with 5`
 */
export function failAssertion<N extends string>(
  owner: { [K in N]: Function },
  check: N,
  rule: string,
  fact: string,
  compared: Compared = {},
): never {
  throw new AssertionError(`Cannot pass ${check}() as ${rule}: ${fact}`, compared, owner[check]);
}
