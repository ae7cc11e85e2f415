/**
 * Threads that read and write with a shared lock, for the explorer.
 */
import assert from "node:assert/strict";
import type { HeddleError } from "../../base/errors.js";
import { type Explored, exploreSteps, type Model, type ModelledThread } from "./explorer.kit.js";
import { here } from "./here.js";
import type { SharedGuard } from "./guard.js";
import { SharedRwLock } from "./shared-rw-lock.js";

interface Shared {
  readonly lock: SharedArrayBuffer;
  /** 1 for each reader, 2 for a writer. */
  readonly inside: Int32Array;
}

const THREADS = 3;

const setup: Model<Shared>["setup"] = () => {
  const lock = new SharedRwLock(undefined, { threads: THREADS }).buffer;
  const inside = new Int32Array(new SharedArrayBuffer(THREADS * 4));
  return { buffers: [lock, inside.buffer], context: { lock, inside } };
};

/** A word for each thread: 1 while it reads, 2 while it writes. What one that has died was at does not count. */
function critical({ inside }: Shared, weight: number): void {
  const me = here.id - 1;
  Atomics.store(inside, me, weight);
  for (let other = 0; other < THREADS; other++) {
    if (other === me || here.isOver(other + 1)) continue;
    assert.ok(Atomics.load(inside, other) + weight <= 2, "a writer is not alone");
  }
  Atomics.store(inside, me, 0);
}

const inside = (shared: Shared, thread: ModelledThread, weight: number, guard: SharedGuard): void => {
  thread.at("is in");
  critical(shared, weight);
  guard.release();
  thread.at("is out");
};

export const reader = (shared: Shared, thread: ModelledThread): void => {
  inside(shared, thread, 1, SharedRwLock.from(shared.lock).readBlocking());
};
export const writer = (shared: Shared, thread: ModelledThread): void => {
  inside(shared, thread, 2, SharedRwLock.from(shared.lock).writeBlocking());
};
export const readingTask = (shared: Shared, thread: ModelledThread): void => {
  thread.await(SharedRwLock.from(shared.lock).read(), (guard) => inside(shared, thread, 1, guard));
};
export const writingTask = (shared: Shared, thread: ModelledThread): void => {
  thread.await(SharedRwLock.from(shared.lock).write(), (guard) => inside(shared, thread, 2, guard));
};
export const downgrading = (shared: Shared, thread: ModelledThread): void => {
  const guard = SharedRwLock.from(shared.lock).writeBlocking();
  thread.at("writes");
  critical(shared, 2);
  const read = guard.downgrade();
  inside(shared, thread, 1, read);
};

/** Reads, and puts right what a writer has left behind. */
export const survivor = (shared: Shared, thread: ModelledThread): void => {
  const lock = SharedRwLock.from(shared.lock);
  for (;;) {
    try {
      const guard = lock.readBlocking();
      critical(shared, 1);
      guard.release();
      return;
    } catch (error) {
      assert.equal((error as HeddleError).code, "lock.poisoned");
      const guard = lock.recover();
      if (guard === undefined) continue;
      guard.release();
      thread.note("recovered");
    }
  }
};

const free = ({ lock }: Shared, notes: readonly unknown[]): void => {
  if (!notes.includes(null)) assert.ok(SharedRwLock.from(lock).tryWrite() !== undefined);
};

export const explored = (threads: Model<Shared>["threads"], more: Partial<Model<Shared>> = {}): Explored =>
  exploreSteps({ setup, threads, check: free, ...more });

/** As `setup`, with a slot for each thread already: fewer steps. */
export const slotted: typeof setup = () => {
  const { buffers, context } = setup();
  const { id } = here;
  for (here.id = 1; here.id <= THREADS; here.id++) SharedRwLock.from(context.lock).tryRead()!.release();
  here.id = id;
  return { buffers, context };
};
