/**
 * A module that takes a while to load, as large ones do.
 */
import { setTimeout } from "node:timers/promises";
import { task } from "../thread.js";

await setTimeout(150);

export const first = <T>(value: T): T => value;
// HOST: Bun and Deno do not tell of which module a function is.
if ("Bun" in globalThis || "Deno" in globalThis) task(import.meta, first, "first");
