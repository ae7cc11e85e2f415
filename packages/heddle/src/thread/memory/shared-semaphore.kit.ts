/**
 * Threads that take permits of a shared semaphore, for the explorer.
 */
import assert from "node:assert/strict";
import { type Explored, exploreSteps, type Model, type ModelledThread } from "./explorer.kit.js";
import { here } from "./here.js";
import { SharedSemaphore } from "./shared-semaphore.js";

interface Shared {
  readonly semaphore: SharedArrayBuffer;
  readonly inside: Int32Array;
}

const PERMITS = 2;
const THREADS = 3;

const setup: Model<Shared>["setup"] = () => {
  const semaphore = new SharedSemaphore(PERMITS).buffer;
  const inside = new Int32Array(new SharedArrayBuffer(THREADS * 4));
  return { buffers: [semaphore, inside.buffer], context: { semaphore, inside } };
};

/** Nobody may be in here with more than there is. A word for each thread, for what one that has died had does not count. */
function critical({ inside }: Shared, count: number): void {
  const me = here.id - 1;
  Atomics.store(inside, me, count);
  for (let other = 0; other < THREADS; other++) {
    if (other === me || here.isOver(other + 1)) continue;
    assert.ok(Atomics.load(inside, other) + count <= PERMITS, "too many are inside");
  }
  Atomics.store(inside, me, 0);
}

export const blocking =
  (count: number) =>
  (shared: Shared, thread: ModelledThread): void => {
    const permit = SharedSemaphore.from(shared.semaphore).acquireBlocking(count);
    thread.at("has permits");
    critical(shared, count);
    permit.release();
    thread.at("has released");
  };

export const task =
  (count: number) =>
  (shared: Shared, thread: ModelledThread): void => {
    thread.await(SharedSemaphore.from(shared.semaphore).acquire(count), (permit) => {
      thread.at("has permits");
      critical(shared, count);
      permit.release();
      thread.at("has released");
    });
  };

const conserved = ({ semaphore }: Shared, notes: readonly unknown[]): void => {
  if (notes.includes(null)) return;
  const now = SharedSemaphore.from(semaphore);
  assert.equal(now.availablePermits, PERMITS);
  assert.equal(now.tryAcquire(PERMITS)?.count, PERMITS, "a head was left behind");
};

export const explored = (threads: Model<Shared>["threads"], more: Partial<Model<Shared>> = {}): Explored =>
  exploreSteps({ setup, threads, check: conserved, ...more });
