/**
 * Programs with threads, as users write them: one file each with its start and the functions that threads run. `threads.slow.test.ts` runs them as
 * processes of their own and looks at what they print and how they end.
 */
import { async, main, sleep } from "heddle";
import { blockOn, Runtime, spawnBlocking, task, thread } from "heddle/thread";

export const print = (...lines: string[]): void => {
  for (const line of lines) console.log(line);
};

export const printMuch = (lines: number): void => {
  for (let i = 0; i < lines; i++) console.log(`line ${i}`);
};

export const printLate = (begun: Int32Array, line: string): void => {
  Atomics.add(begun, 0, 1);
  thread.sleep(50);
  console.log(line);
};

export const slowly = async(function* (milliseconds: number) {
  yield* sleep(milliseconds);
  return "slowly";
});

export const cleanUp = async(function* (begun: Int32Array) {
  try {
    Atomics.add(begun, 0, 1);
    yield* sleep(60_000);
    console.log("never");
  } finally {
    yield* sleep(1);
    console.log("cleaned up");
  }
});

export function leaveAnError(): void {
  setTimeout(() => {
    throw new Error("left behind");
  }, 20);
}

export const fail = (): never => {
  throw new TypeError("there");
};

export const ask = (n: number): number => blockOn(double, n) + 1;
export const double = (n: number): number => 2 * n;

export function fillMemory(): number {
  const all: number[][] = [];
  for (;;) all.push(new Array<number>(10_000).fill(all.length));
}

const programs: Record<string, () => Generator<any, void, any>> = {
  /** What a thread prints before it ends comes out, though nothing waits for it. */
  *output() {
    yield* thread.spawn(print, "from a thread");
    yield* spawnBlocking(print, "from a pool", "twice");
    yield* spawnBlocking(printMuch, 500);
  },

  /** Nobody joins. At the end of main what can be dropped is, and what cannot is waited for. */
  *forgotten() {
    const begun = new Int32Array(new SharedArrayBuffer(4));
    spawnBlocking(printLate, begun, "of a pool").detach();
    thread.spawn(printLate, begun, "of a thread").detach();
    thread.spawn(cleanUp, begun).detach();
    while (begun[0]! < 3) yield* sleep(1);
  },

  /** An idle pool keeps no process alive. */
  *idle() {
    yield* spawnBlocking(double, 1);
    console.log("over");
  },

  *error() {
    yield* spawnBlocking(fail);
  },

  *unjoined() {
    const handle = spawnBlocking(fail);
    while (!handle.isFinished) yield* sleep(1);
  },

  *lost() {
    yield* spawnBlocking(leaveAnError);
    // Until the error has come.
    while (process.exitCode === undefined) yield* sleep(1);
  },

  *nested() {
    console.log(yield* spawnBlocking(ask, 20));
    console.log(blockOn(ask, 1));
  },

  *memory() {
    const small = thread.with({ name: "small", resourceLimits: { maxOldGenerationSizeMb: 16 } });
    try {
      yield* small.spawn(fillMemory);
    } catch (error) {
      console.log((error as Error).message);
    }
    console.log(yield* thread.spawn(double, 4));
  },

  *signal() {
    const runtime = new Runtime({ workerThreads: 1 });
    const handle = runtime.spawnOn(slowly, 60_000);
    console.log("waiting");
    yield* handle;
  },
};

// HOST: Bun and Deno do not tell of which module a function is.
if ("Bun" in globalThis || "Deno" in globalThis)
  for (const [name, fn] of Object.entries({
    print,
    printMuch,
    printLate,
    slowly,
    cleanUp,
    leaveAnError,
    fail,
    ask,
    double,
    fillMemory,
  }))
    task(import.meta, fn as (...args: any[]) => unknown, name);

const program = process.argv[2]!;
main(async(programs[program]!)(), { name: program });
