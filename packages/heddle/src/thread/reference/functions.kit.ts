/**
 * Functions that the tests of this folder refer to: all that a module can export, and some that it does not.
 */
import { async, sleep } from "../../index.js";
import { task } from "./task.js";

export function fib(n: number): number {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

export const double = async(function* (n: number) {
  yield* sleep(1);
  return n * 2;
});

export const native = async_(2);
function async_(k: number) {
  return async (n: number): Promise<number> => n ** k;
}

export function* generator(n: number) {
  yield* sleep(1);
  return n + 1;
}

// What one function made has one text and stands at one place.
const adder = (k: number) => (n: number) => n + k;
export const addOne = adder(1);
export const addTen = adder(10);

function inner(n: number): number {
  return -n;
}
export { inner as renamed };

// Their names and texts are the same, their places are not.
const first = { twin: (n: number) => n };
const second = { twin: (n: number) => n };
const [leftTwin, rightTwin] = [first.twin, second.twin];
export { leftTwin, rightTwin };

export const told = task(import.meta, (n: number) => n + 0.5);

const base = 100;
export function same(n: number): number {
  return n + base;
}

function hidden(n: number): number {
  return n;
}
const hiddenAsync = async(function* (n: number) {
  return n;
});
class Animal {
  speak(): void {}
  static count(): void {}
}

/** Functions that the module does not export, by what they are. */
export const notExported = {
  hidden,
  hiddenAsync,
  method: new Animal()["speak"],
  static: Animal["count"],
  // Its name and text are those of an export, but not its surroundings.
  same: ((base: number) => {
    function same(n: number): number {
      return n + base;
    }
    return same;
  })(1),
  inline: (n: number): number => n,
  capturing: (
    (database: string, port: number) => () =>
      `${database}:${port}`
  )("db", 1),
};

/** Functions that no module can export as what they are. */
export const unnameable = {
  class: Animal,
  bound: fib.bind(null, 1),
  native: Math.max,
  stream: async function* () {},
  // oxlint-disable-next-line typescript/no-implied-eval
  evaluated: new Function("return 1"),
};
