/**
 * Threads that wait for a condvar, and that notify it, for the explorer.
 */
import assert from "node:assert/strict";
import { Condvar } from "./condvar.js";
import { type Explored, exploreSteps, type Model, type ModelledThread } from "./explorer.kit.js";
import { type MutexGuard, SharedMutex } from "./shared-mutex.js";

interface Shared {
  readonly mutex: SharedArrayBuffer;
  readonly condvar: SharedArrayBuffer;
  /** How many things are there to take. */
  readonly count: Int32Array;
}

const setup: Model<Shared>["setup"] = () => {
  const mutex = new SharedMutex().buffer;
  const condvar = new Condvar().buffer;
  const count = new Int32Array(new SharedArrayBuffer(4));
  return { buffers: [mutex, condvar, count.buffer], context: { mutex, condvar, count } };
};

export const put =
  (things: number, notify: "notifyOne" | "notifyAll") =>
  ({ mutex, condvar, count }: Shared, thread: ModelledThread): void => {
    const lock = SharedMutex.from(mutex);
    const changed = Condvar.from(condvar);
    const guard = lock.lockBlocking();
    thread.at("has locked");
    Atomics.store(count, 0, Atomics.load(count, 0) + things);
    guard.release();
    thread.at("has put");
    changed[notify]();
    thread.note("put");
    thread.at("has notified");
  };

export const take = ({ mutex, condvar, count }: Shared, thread: ModelledThread): void => {
  const guard = SharedMutex.from(mutex).lockBlocking();
  Condvar.from(condvar).waitWhileBlocking(guard, () => {
    thread.at("looks");
    return Atomics.load(count, 0) === 0;
  });
  thread.at("has seen it");
  assert.ok(Atomics.sub(count, 0, 1) > 0);
  guard.release();
  thread.note("took");
};

/** As `take`, as a task, with the leaves that `waitWhile` awaits. */
export const takeAsTask = ({ mutex, condvar, count }: Shared, thread: ModelledThread): void => {
  const lock = SharedMutex.from(mutex);
  const changed = Condvar.from(condvar);
  const locked = (guard: MutexGuard<undefined>): void => {
    thread.at("looks");
    if (Atomics.load(count, 0) === 0) {
      thread.await(changed.notified(guard), () => {
        thread.at("was notified");
        thread.await(lock.relock(guard), locked);
      });
      return;
    }
    Atomics.sub(count, 0, 1);
    guard.release();
    thread.note("took");
  };
  thread.await(lock.lock(), (guard) => locked(guard as MutexGuard<undefined>));
};

export const empty = ({ count }: Shared): void => assert.equal(count[0], 0);

export const explored = (threads: Model<Shared>["threads"], more: Partial<Model<Shared>> = {}): Explored =>
  exploreSteps({ setup, threads, check: empty, ...more });
