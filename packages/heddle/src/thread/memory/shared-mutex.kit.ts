/**
 * Threads that lock a shared mutex, for the explorer.
 */
import assert from "node:assert/strict";
import type { HeddleError } from "../../base/errors.js";
import { type Explored, exploreSteps, type Model, type ModelledThread } from "./explorer.kit.js";
import { SharedMutex } from "./shared-mutex.js";

export interface Shared {
  readonly mutex: SharedArrayBuffer;
  readonly inside: Int32Array;
}

export const setup: Model<Shared>["setup"] = () => {
  const mutex = new SharedMutex().buffer;
  const inside = new Int32Array(new SharedArrayBuffer(4));
  return { buffers: [mutex, inside.buffer], context: { mutex, inside } };
};

/** Nobody else may be in here. */
function critical({ inside }: Shared): void {
  assert.equal(Atomics.add(inside, 0, 1), 0, "two are inside");
  Atomics.sub(inside, 0, 1);
}

export const blocking =
  (rounds = 1, from = (buffer: SharedArrayBuffer): SharedMutex => SharedMutex.from(buffer)) =>
  (shared: Shared, thread: ModelledThread): void => {
    const mutex = from(shared.mutex);
    for (let round = 0; round < rounds; round++) {
      const guard = mutex.lockBlocking();
      thread.at("has locked");
      critical(shared);
      guard.release();
      thread.note("in");
      thread.at("has released");
    }
  };

/** Gives up when its wait comes to its limit. */
export const impatient = (shared: Shared, thread: ModelledThread): void => {
  try {
    const guard = SharedMutex.from(shared.mutex).lockBlocking({ timeout: 1 });
    thread.at("has locked");
    critical(shared);
    guard.release();
    thread.note("in");
  } catch (error) {
    if ((error as HeddleError).code !== "shared.elapsed") throw error;
    thread.note("gave up");
  }
};

export const task = (shared: Shared, thread: ModelledThread): void => {
  const mutex = SharedMutex.from(shared.mutex);
  thread.await(mutex.lock(), (guard) => {
    thread.at("has locked");
    critical(shared);
    guard.release();
    thread.note("in");
    thread.at("has released");
  });
};

/** Two tasks in one thread, the first of which is dropped when something has happened. */
export const dropped = (shared: Shared, thread: ModelledThread): void => {
  const mutex = SharedMutex.from(shared.mutex);
  const drop = thread.await(mutex.lock(), (guard) => {
    critical(shared);
    guard.release();
    thread.note("in");
  });
  thread.await(mutex.lock(), (guard) => {
    critical(shared);
    guard.release();
    thread.note("in");
  });
  // A step, so that the drop comes at any moment.
  Atomics.load(shared.inside, 0);
  drop();
};

/** As `blocking`, but puts right what a thread that died has left behind. */
export const survivor = (shared: Shared, thread: ModelledThread): void => {
  const mutex = SharedMutex.from(shared.mutex);
  for (;;) {
    let guard;
    try {
      guard = mutex.lockBlocking();
    } catch (error) {
      assert.equal((error as HeddleError).code, "lock.poisoned");
      guard = mutex.recover();
      if (guard === undefined) continue;
      Atomics.store(shared.inside, 0, 0);
      thread.note("recovered");
    }
    critical(shared);
    guard.release();
    thread.note("in");
    return;
  }
};

export function free({ mutex }: Shared, notes: readonly unknown[]): void {
  if (!notes.includes(null)) assert.equal(SharedMutex.from(mutex).isLocked, false);
}

export const explored = (threads: Model<Shared>["threads"], more: Partial<Model<Shared>> = {}): Explored =>
  exploreSteps({ setup, threads, check: free, ...more });
