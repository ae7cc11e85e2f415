/**
 * AsyncRead: where bytes come from. The one thing a source of bytes has to do; everything else (`readExact`, lines, codecs) is built on it.
 */
import type { Future } from "../future/poll.js";

/** A source of bytes. */
export interface AsyncRead {
  /**
   * Reads what is there, at least one byte, at most as many as `into` holds, and waits only if nothing is there.
   *
   * - The future gives how many bytes were written to the front of `into`. 0 means the end, now and ever after; with an empty `into` it
   *   means nothing, and is given at once.
   * - `into` is the reader's until the future is over: neither look at it nor change it before.
   * - One read at a time: a second one before the first is over is a `BusyError`.
   *
   * **Cancel safety**: nothing is lost. Bytes are taken from the source only in the poll that gives them; a read that is dropped has
   * taken none.
   *
   * @throws what the source failed with; a source that failed goes on failing
   */
  read(into: Uint8Array): Future<number>;
}
