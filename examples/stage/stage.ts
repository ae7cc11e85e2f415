/**
 * The stage: what the examples use besides heddle. Where they print, how fast their time goes, and what they measure with.
 *
 * Examples are played one at a time, so there is one stage, and `example.ts` sets it.
 */
import { readdirSync, readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { RuntimeOptions } from "heddle";
import { Instant } from "heddle/time";

/** Who is told of what a runtime does. */
export type Probe = NonNullable<RuntimeOptions["probe"]>;

/** How an example is to be played. */
export interface Setting {
  /** Factor on all times: 1 is the full length. */
  readonly scale: number;
  /** Whether things have to be over within a time, and meet there. Not where the machine may be busy with others. */
  readonly isTimed: boolean;
  /** Options for every runtime that the play makes. */
  readonly runtime: RuntimeOptions;
  print(line: string): void;
  /** All lines so far. */
  printed(): string[];
  /** From now on lines have times, if they have none yet. */
  begin(): void;
  /** Gives a lane of a timeline, if there is one. */
  lane?: (name: string) => Probe;
}

let setting: Setting = { scale: 1, isTimed: true, runtime: {}, print: console.log, printed: () => [], begin: () => {} };

/** Plays on another setting. Answers how to go back. */
export function setStage(next: Setting): () => void {
  const before = setting;
  setting = next;
  return () => void (setting = before);
}

/** What the example has to say. */
export function print(line: string): void {
  setting.print(line);
}

/** The lines printed so far. */
export function printed(): string[] {
  return setting.printed();
}

/** Whether exactly these lines were printed so far, in this order. */
export function hasPrinted(...lines: string[]): boolean {
  return setting.printed().join("\n") === lines.join("\n");
}

/** A time of the program, in milliseconds, at the speed of this play; never below `atLeast`, or below itself if that is shorter. */
export function scaled(milliseconds: number, atLeast = 0): number {
  return Math.max(milliseconds * setting.scale, Math.min(milliseconds, atLeast));
}

/** How many, in this play: less than `count` only where times are a tenth or less. */
export function scaledCount(count: number): number {
  return Math.ceil(count * Math.min(1, setting.scale * 10));
}

/** Options for a runtime of the example's own: whoever plays it may want to watch. */
export function ownRuntime(options: RuntimeOptions = {}): RuntimeOptions {
  return { ...setting.runtime, ...options };
}

/** Starts to measure: what it returns answers the milliseconds since, by the clock of the runtime. */
export function stopwatch(): () => number {
  setting.begin();
  const start = Instant.now();
  return () => start.elapsed();
}

/** Whether this play asks for what holds only where the machine has time for it. */
export function isTimed(): boolean {
  return setting.isTimed;
}

/** Whether something was over in less than `limit` milliseconds, if this play asks for that. */
export function within(milliseconds: number, limit: number): boolean {
  return !setting.isTimed || milliseconds < limit;
}

/** A duration as people read it: `141 ms`, `2.03 s`. */
export function text(milliseconds: number): string {
  return milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${(milliseconds / 1000).toFixed(2)} s`;
}

/** How many times `unit`: `×4.1`. */
export function times(milliseconds: number, unit: number): string {
  return `×${(milliseconds / unit).toFixed(1)}`;
}

/**
 * HOST: Bun 1.4 and Deno 2.9 start threads now and then to compile, to collect garbage, to read files. They have names of their own, or none, which is that of
 * the main thread; those that run programs have others. Node's are all there from the beginning.
 */
const HOSTS_OWN =
  "Bun" in globalThis || "Deno" in globalThis
    ? /^(JITWorker|JSCWarmUp|HeapHelper|mi-scavenger|.*Signal Sender|.*ollector Thread|Bun Pool.*|File Watcher|HTTP Client|V8 DefaultWorke|tokio-runtime-w)$/
    : null;

/** The threads of this process, but for those that the host starts for itself; undefined where the system does not tell. */
export function threadCount(): number | undefined {
  try {
    const threads = readdirSync("/proc/self/task");
    if (HOSTS_OWN === null) return threads.length;
    const main = nameOf(String(process.pid));
    return 1 + threads.map(nameOf).filter((name) => name !== main && name !== "" && !HOSTS_OWN.test(name)).length;
  } catch {
    return undefined;
  }
}

/**
 * Counts the threads: what it returns answers how many there are more since; undefined where the system does not tell. Those of the program that was played
 * before may be about to end, and are not missed.
 */
export function threadWatch(): () => number | undefined {
  const before = threadCount();
  return () => (before === undefined ? undefined : Math.max(0, (threadCount() ?? before) - before));
}

/** What the system calls a thread of this process; nothing if it has ended meanwhile. */
function nameOf(thread: string): string {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, "utf8").trimEnd();
  } catch {
    return "";
  }
}

let drawings = 0;

/**
 * Draws in the timeline what another thread does: a row in a lane of that thread's, a line while it waits, a bar while it has the thread for itself.
 * On one lane there is one bar at a time.
 */
export function draw(lane: string, name: string): { begins(): void; ends(): void } {
  const probe = setting.lane?.(lane);
  const task = { id: ++drawings, name };
  let begun = false;
  probe?.spawned?.(task);
  return {
    begins() {
      begun = true;
      probe?.pollBegins?.(task);
    },
    ends() {
      if (begun) probe?.pollEnds?.(task);
      probe?.ended?.(task);
    },
  };
}

let gc: (() => void) | undefined;

/** Makes the engine look for what is no longer used. */
export function collectGarbage(): void {
  if (gc === undefined) {
    // HOST: Bun has a collector to call, the others must be told to have one.
    const { Bun } = globalThis as { Bun?: { gc(isSynchronous: boolean): void } };
    if (Bun !== undefined) gc = () => Bun.gc(true);
    else {
      setFlagsFromString("--expose-gc");
      gc = runInNewContext("gc") as () => void;
    }
  }
  gc();
}
