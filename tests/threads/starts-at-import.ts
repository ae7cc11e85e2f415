/** A program that makes the usual mistake: it starts threads when it is loaded, and threads load it. */
import { task, thread } from "heddle/thread";

export const double = (n: number): number => 2 * n;
// HOST: Bun and Deno do not tell of which module a function is.
if ("Bun" in globalThis || "Deno" in globalThis) task(import.meta, double, "double");

console.log(
  await thread.spawn(double, 4).then(
    (value) => `gave ${value}`,
    (error: Error) => `${error.name}: ${error.message}`,
  ),
);
