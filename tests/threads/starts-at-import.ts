/** A program that makes the usual mistake: it starts threads when it is loaded, and threads load it. */
import { thread } from "heddle/thread";

export const double = (n: number): number => 2 * n;

console.log(
  await thread.spawn(double, 4).then(
    (value) => `gave ${value}`,
    (error: Error) => `${error.name}: ${error.message}`,
  ),
);
