/**
 * `async`: makes an async function of a generator function.
 */
import { advised, quote } from "../base/errors.js";
import { DEFINITION } from "./definition.js";
import { type AsyncGenerator, call, type Definition, NO_ARGUMENTS, Several } from "./frame.js";
import type { Future, Output } from "./poll.js";

/** What an async function is written as. */
type Body<This, Args extends unknown[], T> = (this: This, ...args: Args) => AsyncGenerator<T>;

const PHOTOS = 8;

/**
 * Makes an async function: `yield*` is its `await`. Calling it runs nothing and returns a {@link Future}.
 *
 * Also a decorator for generator methods: `@async *load() { … }`. Such a method can be awaited as it is.
 *
 * **Cancel safety**: a call that is dropped runs its `finally` blocks and `using` declarations, from the innermost call outward;
 * no `catch` sees it, and nothing after the `yield*` it stood at runs.
 *
 * @param fn the body
 * @returns a function that returns a future
 * @throws TypeError if `fn` is not a generator function
 *
 * @example Await one after the other
 * ```ts
 * import { async, run, sleep } from "heddle";
 *
 * const greet = async(function* (name: string) {
 *   yield* sleep(1);
 *   return `hello ${name}`;
 * });
 * console.log(await run(greet("world")));
 * // prints: hello world
 * ```
 */
export function async<F extends (this: any, ...args: any[]) => Future<any>>(
  method: F,
  context: ClassMethodDecoratorContext,
): F;
export function async<This, Args extends unknown[], T>(
  fn: Body<This, Args, T>,
  context?: undefined,
): (this: This, ...args: Args) => Future<T>;
export function async(fn: Body<any, any[], any>, context?: ClassMethodDecoratorContext): unknown {
  if (typeof fn !== "function" || fn.constructor?.name !== "GeneratorFunction")
    throw new TypeError(
      advised(`Cannot make an async function as it must be a generator function: received ${quote(fn)}`, "async"),
    );
  const name = context === undefined ? fn.name : String(context.name);
  const definition: Definition = { fn, name, place: undefined, site: new Error(), photos: PHOTOS };
  const asyncFunction = function (this: unknown, first: unknown, second: unknown, third: unknown): Future<unknown> {
    switch (arguments.length) {
      case 0:
        return call(definition, this, NO_ARGUMENTS);
      case 1:
        return call(definition, this, first);
      case 2:
        return call(definition, this, new Several([first, second]));
      case 3:
        return call(definition, this, new Several([first, second, third]));
      default:
        return call(definition, this, new Several(Array.prototype.slice.call(arguments)));
    }
  };
  return Object.defineProperties(asyncFunction, {
    name: { value: name, configurable: true },
    length: { value: fn.length, configurable: true },
    [DEFINITION]: { value: definition },
  });
}

/** What awaiting a call of the async function `F` gives. */
export type Awaits<F extends (...args: any[]) => Future<any>> = Output<ReturnType<F>>;
