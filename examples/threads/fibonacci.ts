/**
 * What A1 and A7 have threads do. It is a file of its own because a thread loads the module of its function: whatever stands at the top level
 * there, the thread does as well. Here that is nothing.
 */
import { task } from "heddle/thread";

export function fibonacci(n: number): number {
  return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

/** A call that fails. */
export function fibonacciOf(text: string): number {
  const n = Number(text);
  if (!Number.isInteger(n)) throw new RangeError(`There is no Fibonacci number ${JSON.stringify(text)}`);
  return fibonacci(n);
}

// HOST: Node finds out which module exports a function. Bun and Deno are told.
for (const fn of [fibonacci, fibonacciOf]) task(import.meta, fn as (...args: any[]) => number);
