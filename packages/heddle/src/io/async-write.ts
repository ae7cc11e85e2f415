/**
 * AsyncWrite: where bytes go. The three things a destination of bytes has to do; everything else (`writeAll`, buffers, codecs) is built on them.
 */
import type { Future } from "../future/poll.js";

/** A destination of bytes. */
export interface AsyncWrite {
  /**
   * Takes some of `bytes`, at least one, and waits only while there is no room: this is the back-pressure.
   *
   * - The future gives how many were taken, from the front. 0 means that nothing can be written any more, or that `bytes` was empty.
   * - What was taken is copied or sent: the caller may change `bytes` once the future is over.
   * - One write at a time: a second one before the first is over is a `BusyError`.
   *
   * **Cancel safety**: a write that is dropped has taken nothing.
   *
   * @throws what the destination failed with; `DisconnectedError` once the other side is gone, `ClosedError` after {@link shutdown}
   */
  write(bytes: Uint8Array): Future<number>;

  /**
   * Waits until everything taken so far has left this program's buffers.
   *
   * **Cancel safety**: nothing is lost; flush again.
   */
  flush(): Future<void>;

  /**
   * Flushes, then says that no more will come: the other side reads to its end. What comes from there can still be read.
   *
   * **Cancel safety**: what was taken is still sent, and it may or may not have been closed; shut down again to know. To do so twice is no mistake.
   */
  shutdown(): Future<void>;
}
