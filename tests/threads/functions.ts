/** What `top-level.ts` has threads do. */
import { task } from "heddle/thread";

export const double = (n: number): number => 2 * n;
// HOST: Bun and Deno do not tell of which module a function is.
if ("Bun" in globalThis || "Deno" in globalThis) task(import.meta, double, "double");
