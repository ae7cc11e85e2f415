/**
 * Deadline: until when a thread blocks, and how it sleeps until then, slice by slice.
 */
import { formatDuration, toMilliseconds } from "../../base/duration.js";
import { ElapsedError } from "../../base/errors.js";
import { postAll } from "../outbox.js";
import { FIRST_SLICE, here, sliceAfter } from "./here.js";
import { type BlockingOptions, cannotBlock } from "./refusals.js";

export class Deadline {
  readonly #verb: string;
  /** In the time of `here`; Infinity if it blocks as long as it takes. */
  readonly #at: number;
  readonly #limit: number;
  #slice = FIRST_SLICE;

  constructor(options: BlockingOptions | undefined, verb: string) {
    const timeout = options?.timeout;
    this.#verb = verb;
    this.#limit = timeout === undefined ? Infinity : toMilliseconds(timeout, verb, "timeout");
    this.#at = this.#limit === Infinity ? Infinity : here.now() + this.#limit;
  }

  /**
   * Blocks the thread while the word has the value, until it is notified, or a slice is over. False, at once, if the deadline has passed.
   *
   * Ask behind the look, not before it: who was woken and gives up has then announced itself again, for those who sleep behind it.
   */
  sleep(words: Int32Array, at: number, value: number): boolean {
    const left = this.#at === Infinity ? Infinity : this.#at - here.now();
    if (left <= 0) return false;
    this.#slice = sliceAfter(this.#slice, block(words, at, value, Math.min(left, this.#slice)));
    return true;
  }

  /** What to throw when it has passed. */
  get error(): ElapsedError {
    const text = `Cannot ${this.#verb} in time: ${formatDuration(this.#limit)} passed`;
    return new ElapsedError("shared.elapsed", text, { help: "raise 'timeout', or do without" });
  }
}

/** False if the time was up. */
function block(words: Int32Array, at: number, value: number, milliseconds: number): boolean {
  // What was sent and waits for the end of the turn may be what the others wait for.
  postAll();
  try {
    return Atomics.wait(words, at, value, milliseconds) !== "timed-out";
  } catch (error) {
    // HOST: the main thread of a page must not block.
    if (error instanceof TypeError) throw cannotBlock(error);
    throw error;
  }
}
