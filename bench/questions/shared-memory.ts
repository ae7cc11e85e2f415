/** What does it cost to share memory with other threads: a lock, an object, a queue of records? */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, timed, type Question } from "../harness.js";

/** What one writes by hand: Drepper's mutex of three states, which does not know who has it. */
class Futex {
  readonly #words = new Int32Array(new SharedArrayBuffer(4));

  lock(): void {
    let state = Atomics.compareExchange(this.#words, 0, 0, 1);
    if (state === 0) return;
    if (state !== 2) state = Atomics.exchange(this.#words, 0, 2);
    while (state !== 0) {
      Atomics.wait(this.#words, 0, 2);
      state = Atomics.exchange(this.#words, 0, 2);
    }
  }

  unlock(): void {
    if (Atomics.exchange(this.#words, 0, 0) === 2) Atomics.notify(this.#words, 0, 1);
  }
}

const sink = (ring: SharedArrayBuffer | null): Worker => {
  const worker = new Worker(new URL("../workers/sink.js", import.meta.url), { workerData: { ring } });
  worker.unref();
  return worker;
};

export const questions: Question[] = [
  {
    name: "shared-mutex/free",
    about: "a thread locks a mutex that others could lock, and releases it, again and again; a lock",
    count: 3_000_000,
    figures: { total: { goals: { native: 1.75 } } },
    peers: {
      async heddle(count) {
        const { SharedMutex } = await import("heddle/thread");
        return timed(count, async () => {
          const mutex = new SharedMutex();
          let total = 0;
          for (let i = 0; i < count; i++) {
            const guard = mutex.lockBlocking();
            total++;
            guard.release();
          }
          expect("the number of locks", total, count);
        });
      },

      native(count) {
        return timed(count, async () => {
          const mutex = new Futex();
          let total = 0;
          for (let i = 0; i < count; i++) {
            mutex.lock();
            total++;
            mutex.unlock();
          }
          expect("the number of locks", total, count);
        });
      },
    },
  },
  {
    name: "shared-struct",
    about: "reads two fields of an object in shared memory and writes a third; all three",
    count: 10_000_000,
    figures: { total: { goals: { native: 2.5 } } },
    peers: {
      async heddle(count) {
        const { sharedStruct } = await import("heddle/thread");
        const Point = sharedStruct({ x: "f64", y: "f64", sum: "f64" });
        return timed(count, async () => {
          const point = new Point({ x: 1, y: 2 });
          for (let i = 0; i < count; i++) point.sum += point.x + point.y;
          expect("the sum", point.sum, 3 * count);
        });
      },

      native(count) {
        return timed(count, async () => {
          const point = new Float64Array(new SharedArrayBuffer(24));
          point[0] = 1;
          point[1] = 2;
          for (let i = 0; i < count; i++) point[2]! += point[0]! + point[1]!;
          expect("the sum", point[2], 3 * count);
        });
      },
    },
  },
  {
    name: "shared-ring",
    about: "records of 16 bytes, from one thread to another that blocks for them; a record",
    count: 200_000,
    figures: { total: { goals: { native: 0.5 } } },
    peers: {
      async heddle(count) {
        const { SharedRing } = await import("heddle/thread");
        const ring = new SharedRing({ capacity: 1024, recordBytes: 16 });
        const worker = sink(ring.buffer);
        const record = new Uint8Array(16);
        return timed(count, async () => {
          worker.ref();
          for (let i = 0; i < count; i++) ring.pushBlocking(record);
          ring.pushBlocking(new Uint8Array(0));
          const [found] = await once(worker, "message");
          worker.unref();
          expect("the number of records", found, count);
        });
      },

      native(count) {
        const worker = sink(null);
        const record = new Uint8Array(16);
        return timed(count, async () => {
          worker.ref();
          for (let i = 0; i < count; i++) worker.postMessage(record);
          worker.postMessage(null);
          const [found] = await once(worker, "message");
          worker.unref();
          expect("the number of records", found, count);
        });
      },
    },
  },
];
