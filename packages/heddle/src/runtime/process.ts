/**
 * The end of the process: what must be said before it, and the program that can never go on.
 *
 * HOST: `process` exists on Node, Bun and Deno, not in pages. It is looked up, never imported.
 */
import { dumpOf } from "./dump.js";
import type { Engine } from "./engine.js";
import { house } from "./house.js";

interface HostProcess {
  exitCode?: number | string | undefined;
  on(event: string, listener: (...args: any[]) => void): void;
  off(event: string, listener: (...args: any[]) => void): void;
  exit(code: number): never;
}

/** The host's process, if it has one. */
export function hostProcess(): HostProcess | undefined {
  const { process } = globalThis as { process?: HostProcess };
  return typeof process?.on === "function" ? process : undefined;
}

/** The exit code of a program whose main can never be woken again; Node uses it for top-level awaits that never settle. */
export const STUCK = 13;

/** The runtimes of this thread that were not shut down. */
const runtimes = /* @__PURE__ */ new Set<Engine>();
const hooked = /* @__PURE__ */ new Set<HostProcess>();

/** Signals that the program has listened for itself, with `heddle/signal`. Once it did, it is so for the rest of the process. */
const taken = /* @__PURE__ */ new Set<string>();

/** From now on, a signal is the program's own to act on: `main` does not. */
export function takeSignal(signal: string): void {
  taken.add(signal);
}

/** Whether a signal is the program's own to act on. */
export function isTaken(signal: string): boolean {
  return taken.has(signal);
}

/** What is to be done before the process ends by itself: nothing keeps it alive any more. What these begin, it waits for. */
const lastThings = /* @__PURE__ */ new Set<() => void>();

/** Has `fn` called whenever the process is about to end by itself. */
export function beforeEnd(fn: () => void): void {
  lastThings.add(fn);
  hook();
}

/** What is to be ended with `main`, besides the tasks of its runtime. */
const endings = /* @__PURE__ */ new Set<() => Promise<void>>();

/** Has `fn` called when `main` is over, and `main` wait for what it returns. */
export function endWithMain(fn: () => Promise<void>): void {
  endings.add(fn);
  house.mustEnd = true;
}

/** Ends what is to be ended with `main`. */
export async function endAll(): Promise<void> {
  await Promise.all([...endings].map((fn) => fn()));
}

/** From now on, the end of the process asks this runtime for what is left to say. */
export function watchProcess(runtime: Engine): void {
  runtimes.add(runtime);
  house.mustEnd = true;
  hook();
}

function hook(): void {
  const process = hostProcess();
  if (process === undefined || hooked.has(process)) return;
  hooked.add(process);
  process.on("beforeExit", () => {
    for (const watched of runtimes) if (watched.isStuck) reportStuck(watched);
    for (const fn of lastThings) fn();
  });
  process.on("exit", () => {
    for (const watched of runtimes) watched.sayLastWords();
  });
}

/** The runtimes of this thread that were not shut down, as far as they are watched. */
export function watchedRuntimes(): readonly Engine[] {
  return [...runtimes];
}

export function unwatchProcess(runtime: Engine): void {
  runtimes.delete(runtime);
}

/** Those of which it was said that they can never go on: the process may take several attempts to end. */
const reported = /* @__PURE__ */ new WeakSet<Engine>();

function reportStuck(runtime: Engine): void {
  if (reported.has(runtime)) return;
  reported.add(runtime);
  const dump = dumpOf(runtime);
  // A cycle brings its own advice.
  const help =
    dump.cycles.length > 0
      ? ""
      : "\nhelp: look for a lost wake-up, a channel whose other end is gone, or a lock that is never released";
  console.error(
    `heddle: Cannot go on: ${runtime.name} waits for what can never happen, and nothing else is left to do\n${dump}${help}`,
  );
  const process = hostProcess();
  if (process !== undefined) process.exitCode = STUCK;
}
