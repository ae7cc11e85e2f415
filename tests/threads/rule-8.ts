/**
 * What the tests of rule 8 have threads do.
 */
import { async, type CancellationToken, END, type JoinHandle } from "heddle";
import type { mpsc } from "heddle/sync";
import { task } from "heddle/thread";

/** A variable of this module. */
export const box = { count: 0 };

export const count = (): number => ++box.count;

export const append = (list: number[], item: number): number => list.push(item);

export const add = (memory: Int32Array): number => Atomics.add(memory, 0, 1);

/** Sends each number on, doubled, until there are no more; then waits to be told to stop, and joins a task of another thread. */
export const work = async(function* (
  numbers: mpsc.Receiver<number>,
  doubles: mpsc.Sender<number>,
  token: CancellationToken,
  handle: JoinHandle<string>,
) {
  for (let n; (n = yield* numbers.recv()) !== END;) yield* doubles.send(2 * n);
  doubles.close();
  yield* token.cancelled();
  return `stopped, and ${yield* handle}`;
});

export const same = <T>(value: T): T => value;

// HOST: Bun and Deno do not tell of which module a function is; Deno takes one that was compiled for one of its source.
if ("Bun" in globalThis || "Deno" in globalThis)
  for (const [name, fn] of Object.entries({ count, append, add, work, same }))
    task(import.meta, fn as (...args: any[]) => unknown, name);
