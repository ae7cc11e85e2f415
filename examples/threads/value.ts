/**
 * What A8's two threads do: one updates a value, the other waits for that. They block; what they say goes through a ring, in which it stays in order.
 */
import {
  type AtomicBool,
  type Condvar,
  type SharedMutex,
  type SharedRing,
  sharedStruct,
  task,
  thread,
} from "heddle/thread";

export const Value = sharedStruct({ value: "bool", isNew: "bool" });

/** What the two share. */
export interface Shared {
  readonly mutex: SharedMutex<InstanceType<typeof Value>>;
  readonly changed: Condvar;
  readonly isOver: AtomicBool;
  readonly lines: SharedRing;
}

const bytes = new TextEncoder();

/** Updates the value so many times, and rests before each; then stops the other. */
export function update({ mutex, changed, isOver, lines }: Shared, times: number, rest: number): void {
  for (let n = 0; n < times; n++) {
    thread.sleep(rest);
    const guard = mutex.lockBlocking();
    changed.waitWhileBlocking(guard, (it) => it.isNew);
    const value = n % 2 === 1;
    lines.pushBlocking(bytes.encode(`Updating value to ${value}...`));
    guard.value.value = value;
    guard.value.isNew = true;
    guard.release();
    changed.notifyAll();
  }
  // Under the lock: the other looks at the flag and goes to sleep in one, or hears of it.
  mutex.withLockBlocking(() => isOver.store(true));
  changed.notifyAll();
}
task(import.meta, update);

/** Says each value that comes, until it is stopped. */
export function receive({ mutex, changed, isOver, lines }: Shared): number {
  for (let count = 0; ; count++) {
    const guard = mutex.lockBlocking();
    changed.waitWhileBlocking(guard, (it) => !it.isNew && !isOver.load());
    const { value, isNew } = guard.value;
    guard.value.isNew = false;
    if (isNew) lines.pushBlocking(bytes.encode(`Received value: ${value}`));
    guard.release();
    changed.notifyAll();
    if (!isNew) return count;
  }
}
task(import.meta, receive);
