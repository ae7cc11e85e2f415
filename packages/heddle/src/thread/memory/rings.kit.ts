/**
 * Threads that write to rings and read from them, for the explorer.
 */
import assert from "node:assert/strict";
import type { HeddleError } from "../../base/errors.js";
import { SharedByteRing } from "./byte-ring.js";
import { type Explored, exploreSteps, type Model, type ModelledThread } from "./explorer.kit.js";
import { SharedRing } from "./record-ring.js";

export interface Shared {
  readonly ring: SharedArrayBuffer;
}

type Thread = (shared: Shared, thread: ModelledThread) => void;

/** Pushes records of two equal bytes: one that is torn shows. */
export const pusher =
  (...values: number[]): Thread =>
  ({ ring }, thread) => {
    const to = SharedRing.from(ring);
    for (const value of values) {
      to.pushBlocking(Uint8Array.of(value, value));
      thread.at(`has pushed ${value}`);
    }
  };

export const popper =
  (count: number): Thread =>
  ({ ring }, thread) => {
    const from = SharedRing.from(ring);
    for (let n = 0; n < count; n++) {
      const record = from.popBlocking();
      if (record === undefined) thread.note("end");
      else {
        assert.equal(record[0], record[1], "the record is torn");
        thread.note(record[0]);
      }
      thread.at(`has popped ${n}`);
    }
  };

/** Pushes, unless the ring is closed by then. */
export const latecomer =
  (value: number): Thread =>
  (shared, thread) => {
    try {
      pusher(value)(shared, thread);
    } catch (error) {
      if ((error as HeddleError).code !== "channel.closed") throw error;
    }
  };

export const closer: Thread = ({ ring }) => SharedRing.from(ring).close();

export const exploredRing = (
  capacity: number,
  threads: readonly Thread[],
  more: Partial<Model<Shared>> = {},
): Explored => {
  const setup: Model<Shared>["setup"] = () => {
    const ring = new SharedRing({ capacity, recordBytes: 2 }).buffer;
    return { buffers: [ring], context: { ring } };
  };
  return exploreSteps({ setup, threads, ...more });
};

export const writer =
  (...chunks: number[][]): Thread =>
  ({ ring }, thread) => {
    const to = SharedByteRing.from(ring).writer();
    for (const [n, chunk] of chunks.entries()) {
      to.writeBlocking(Uint8Array.from(chunk));
      thread.at(`has written ${n}`);
    }
    to.close();
  };

export const reader: Thread = ({ ring }, thread) => {
  const from = SharedByteRing.from(ring).reader();
  const into = new Uint8Array(2);
  try {
    for (let count; (count = from.readBlocking(into)) > 0;) {
      for (const byte of into.subarray(0, count)) thread.note(byte);
      thread.at("has read");
    }
    thread.note("end");
  } catch (error) {
    assert.equal((error as HeddleError).code, "channel.disconnected");
    thread.note("gone");
  }
};

export const exploredBytes = (
  capacity: number,
  threads: readonly Thread[],
  more: Partial<Model<Shared>> = {},
): Explored => {
  const setup: Model<Shared>["setup"] = () => {
    const ring = new SharedByteRing(capacity).buffer;
    return { buffers: [ring], context: { ring } };
  };
  return exploreSteps({ setup, threads, ...more });
};
