/**
 * What the tests of threads have other threads do.
 */
import { threadId, workerData } from "node:worker_threads";
import { async, fromPromise, Runtime, sleep, spawn } from "../index.js";
import type { mpsc } from "../sync.js";
import { countModules } from "./here.js";
import { blockOn, move, type SharedMutex, spawnBlocking, task, thread } from "../thread.js";

export const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

export const same = <T>(...values: T[]): T[] => values;

export const first = <T>(value: T): T => value;

export const nothing = (): void => {};

export const whoAmI = (): { id: number; name: string } => ({ id: threadId, name: thread.name });

export const add = async(function* (a: number, b: number) {
  yield* sleep(1);
  return a + b;
});

export const addSizes = async(function* (buffer: ArrayBuffer, set: Set<unknown>) {
  yield* sleep(0);
  return buffer.byteLength + set.size;
});

export async function addNatively(a: number, b: number): Promise<number> {
  await Promise.resolve();
  return a + b;
}

export function* addPlainly(a: number, b: number) {
  yield* sleep(1);
  return a + b;
}

/** Says that it began, waits, and says how it ended: bit 0, 1 and 2 of `marks`. */
export const waitThere = async(function* waitThere(marks: Int32Array, milliseconds: number) {
  try {
    Atomics.or(marks, 0, 1);
    Atomics.notify(marks, 0);
    yield* sleep(milliseconds);
    Atomics.or(marks, 0, 2);
  } finally {
    yield* sleep(1);
    Atomics.or(marks, 0, 4);
    Atomics.notify(marks, 0);
  }
});

/** Says that it began, and blocks until it is told to go on. */
export function block(gate: Int32Array): number {
  Atomics.add(gate, 1, 1);
  Atomics.notify(gate, 1);
  Atomics.wait(gate, 0, 0);
  return threadId;
}

/** Says where it is, and stays there until it is aborted. */
export const stay = async(function* stay(where: Int32Array) {
  Atomics.store(where, 0, threadId);
  Atomics.notify(where, 0);
  yield* sleep(600_000);
});

/** Says where it is, waits until it is told to go on, and then does as `block`: its thread has something to do already when that blocks it. */
export const waitAndBlock = async(function* waitAndBlock(go: Int32Array, gate: Int32Array) {
  const told = Atomics.waitAsync(go, 0, 0).value as Promise<string>;
  Atomics.store(go, 1, threadId);
  Atomics.notify(go, 1);
  yield* fromPromise(told);
  return block(gate);
});

/** Is as good as loading a module until it is told to go on. */
export async function loadAWhile(go: Int32Array): Promise<number> {
  countModules(1);
  const told = Atomics.waitAsync(go, 0, 0).value as Promise<string>;
  Atomics.store(go, 1, threadId);
  Atomics.notify(go, 1);
  await told;
  countModules(-1);
  return threadId;
}

export async function firstNatively<T>(value: T): Promise<T> {
  return value;
}

/** Says at once that it was called. */
export async function markNatively(mark: Int32Array): Promise<number> {
  Atomics.store(mark, 0, 1);
  Atomics.notify(mark, 0);
  return threadId;
}

export const whereIAm = (value: unknown): number => (value === undefined ? 0 : threadId);

let calls = 0;
/** The how manieth call of it this is on its thread. */
export const countHere = (value: unknown): number => (value === undefined ? -1 : calls++);

/** Blocks until as many calls do as `count` says, and answers which thread it was. */
export function meet(gate: Int32Array, count: number): number {
  if (Atomics.add(gate, 0, 1) + 1 === count) Atomics.notify(gate, 0);
  for (let now = Atomics.load(gate, 0); now < count; now = Atomics.load(gate, 0)) Atomics.wait(gate, 0, now);
  return threadId;
}

export function fail(message: string): never {
  throw new RangeError(message);
}

export const failLater = async(function* (message: string) {
  yield* sleep(1);
  throw new RangeError(message);
});

export const exit = (code: number): never => process.exit(code);

/** Ends its thread by an error that nobody catches, a moment after it has returned. */
export function leaveAnError(): void {
  setTimeout(() => {
    throw new Error("left behind");
  }, 1);
}

export function fillMemory(): number {
  const all: number[][] = [];
  for (;;) all.push(new Array(10_000).fill(all.length));
}

export const give = (value: unknown): unknown => (value === "function" ? () => 1 : value);

/** Has a task of its thread fail, which nobody joins. */
export const failAside = async(function* () {
  spawn(failLater("aside"));
  yield* sleep(5);
});

export const dataOfThread = (): unknown => Object.keys(workerData as object);

/** Says something, and blocks until it is told to go on. */
export function sayAndBlock(tx: mpsc.UnboundedSender<string>, gate: Int32Array): void {
  tx.send("about to");
  tx.send("block");
  Atomics.wait(gate, 0, 0);
}

/** The same as an async function, which blocks by waiting for another thread. */
export const sayAndBlockOn = async(function* (tx: mpsc.UnboundedSender<string>, gate: Int32Array) {
  tx.send("about to");
  tx.send("block");
  blockOn(block, gate);
});

/** The same as an async function, which blocks by waiting for a lock. */
export const sayAndLock = async(function* (tx: mpsc.UnboundedSender<string>, mutex: SharedMutex) {
  tx.send("about to");
  tx.send("block");
  mutex.lockBlocking()[Symbol.dispose]();
});

/** Waits until it may, and prints. */
export function printLater(gate: Int32Array): void {
  Atomics.wait(gate, 0, 0);
  console.log("printed by the thread");
}

/** Has a thread of this one do the same as `waitThere`. */
export const waitElsewhere = async(function* waitElsewhere(marks: Int32Array, milliseconds: number) {
  const handle = spawnBlocking(waitThere, marks, milliseconds);
  try {
    yield* handle;
  } finally {
    handle.abort();
    yield* handle.settled();
  }
});

/** Has a thread of this one give the value back, and blocks until it does. */
export const firstElsewhere = (value: unknown): unknown => blockOn(first<any>, value);

/** The same as an async function. */
export const firstElsewhereLater = async(function* (value: unknown) {
  return (yield* spawnBlocking(first<any>, value)) as unknown;
});

/** Leaves a runtime behind, with a task that never ends by itself. */
export function leaveARuntime(marks: Int32Array): void {
  new Runtime().spawn(waitThere(marks, 60_000));
}

/** Blocks the thread of an async function, which is a mistake. */
export const blockAWhile = async(function* blockAWhile(milliseconds: number) {
  thread.sleep(milliseconds);
  yield* sleep(1);
});

/** Adds to a counter in shared memory. */
export const count = (counter: Int32Array): number => Atomics.add(counter, 0, 1);

/** Functions that are no exports, with what they use. */
export function multiplier(factor: number): (n: number) => string {
  const text = "times";
  return move({ factor, text }, ({ factor, text }, n: number) => `${n} ${text} ${factor} is ${n * factor}`);
}

export function adder(term: number) {
  return move({ term }, function* ({ term }, n: number) {
    yield* sleep(1);
    return term + n;
  });
}

// HOST: Bun and Deno do not tell where a function is from.
for (const [name, fn] of Object.entries({
  fibonacci,
  same,
  first,
  nothing,
  whoAmI,
  add,
  addSizes,
  addNatively,
  addPlainly,
  waitThere,
  block,
  waitAndBlock,
  loadAWhile,
  firstNatively,
  markNatively,
  stay,
  whereIAm,
  countHere,
  meet,
  fail,
  failLater,
  exit,
  leaveAnError,
  fillMemory,
  give,
  failAside,
  dataOfThread,
  sayAndBlock,
  sayAndBlockOn,
  sayAndLock,
  printLater,
  blockAWhile,
  leaveARuntime,
  waitElsewhere,
  firstElsewhere,
  firstElsewhereLater,
  count,
}))
  task(import.meta, fn as (...args: any[]) => unknown, name);
