/** What threads compute. */
import { parJoinBlocking } from "heddle/thread";

export const fibonacci = (n: number): number => (n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2));

/** Divided as far as it is worth it. */
export function dividedFibonacci(n: number): number {
  if (n < 20) return fibonacci(n);
  const [a, b] = parJoinBlocking([dividedFibonacci, n - 1], [dividedFibonacci, n - 2]);
  return a + b;
}

export const add = (a: number, b: number): number => a + b;

export const wave = (x: number): number => Math.sqrt(x) * Math.sin(x);
