/**
 * ExitStatus: how a process ended.
 */

/** How a process ended: with an exit code, or by a signal. One of the two is null. */
export class ExitStatus {
  /** What it ended with of its own will: 0 to 255, and 0 means success. */
  readonly code: number | null;
  /** What ended it: `"SIGKILL"`. */
  readonly signal: NodeJS.Signals | null;

  /** @internal */
  constructor(code: number | null, signal: NodeJS.Signals | null) {
    this.code = code;
    this.signal = signal;
  }

  /** Whether it ended with 0. */
  get success(): boolean {
    return this.code === 0;
  }

  /** For people: `exit code 1`, `signal SIGKILL`. */
  toString(): string {
    return this.signal === null ? `exit code ${this.code}` : `signal ${this.signal}`;
  }
}
