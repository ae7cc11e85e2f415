/**
 * A module that ends the thread which loads it, after a while.
 */
import { setImmediate } from "node:timers/promises";
import { isMainThread } from "node:worker_threads";
import { task } from "../thread.js";

if (!isMainThread) {
  for (let turns = 0; turns < 200; turns++) await setImmediate();
  process.exit(1);
}

export const first = <T>(value: T): T => value;
// HOST: Bun and Deno do not tell of which module a function is.
if ("Bun" in globalThis || "Deno" in globalThis) task(import.meta, first, "first");
