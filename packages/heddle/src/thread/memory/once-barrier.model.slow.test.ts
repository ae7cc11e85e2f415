/**
 * The once and the barrier under the interleavings of the atomic steps of two threads: see `explorer.kit.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { exploreSteps, type Model, type ModelledThread } from "./explorer.kit.js";
import { SharedBarrier } from "./shared-barrier.js";
import { SharedOnce } from "./shared-once.js";

interface Shared {
  readonly buffer: SharedArrayBuffer;
  readonly done: Int32Array;
}

const setupOf =
  (make: () => { buffer: SharedArrayBuffer }): Model<Shared>["setup"] =>
  () => {
    const { buffer } = make();
    const done = new Int32Array(new SharedArrayBuffer(4));
    return { buffers: [buffer, done.buffer], context: { buffer, done } };
  };
const once = setupOf(() => new SharedOnce());
const barrier = setupOf(() => new SharedBarrier(2));

const doing = ({ buffer, done }: Shared, thread: ModelledThread): void => {
  SharedOnce.from(buffer).callBlocking(() => void Atomics.add(done, 0, 1));
  assert.ok(Atomics.load(done, 0) > 0, "it goes on before it is done");
  thread.note("done");
};

test("SharedOnce does it once, and the other waits for it", () => {
  const check = ({ done }: Shared): void => assert.equal(done[0], 1);
  exploreSteps({ setup: once, threads: [doing, doing], check });
  exploreSteps({ setup: once, threads: [doing, doing, doing], check, interruptions: 1 });
});

test("SharedOnce has another do it when the thread that does it dies, at any step", () => {
  const counts = new Set<number>();
  exploreSteps({ setup: once, threads: [doing, doing], mortal: [0], check: ({ done }) => counts.add(done[0]!) });
  assert.deepEqual(counts, new Set([1, 2]));
});

const coming =
  (rounds: number) =>
  ({ buffer }: Shared, thread: ModelledThread): void => {
    const at = SharedBarrier.from(buffer);
    for (let round = 0; round < rounds; round++) {
      thread.note(at.waitBlocking().isLeader);
      thread.at("goes on");
    }
  };

const comingAsTask = ({ buffer }: Shared, thread: ModelledThread): void => {
  const at = SharedBarrier.from(buffer);
  thread.await(at.wait(), (first) => {
    thread.note(first.isLeader);
    thread.await(at.wait(), (second) => thread.note(second.isLeader));
  });
};

test("SharedBarrier lets both go on, again and again, one of them as the leader", () => {
  const check = (_: Shared, notes: readonly (readonly unknown[] | null)[]): void => {
    for (const round of [0, 1]) assert.equal(notes.filter((each) => each![round] === true).length, 1);
  };
  exploreSteps({ setup: barrier, threads: [coming(2), coming(2)], check, interruptions: 2 });
  exploreSteps({ setup: barrier, threads: [comingAsTask, coming(2)], check, interruptions: 1 });
});
