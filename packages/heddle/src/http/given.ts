/**
 * What a function of the user's gives, whichever kind of function it is, as something to await.
 */
import { Frame } from "../future/frame.js";
import { fromPromise } from "../future/from-promise.js";
import { map } from "../future/gather-one.js";
import type { Future } from "../future/poll.js";
import { ready } from "../future/ready.js";

/** A future of what was given: a future, a promise, or the value itself. */
export function awaited<T>(given: T | PromiseLike<T> | Future<T>): Future<T> {
  // As a rule, and with nothing to be looked up.
  if (given instanceof Frame) return given;
  if (given instanceof Promise) return fromPromise<T>(given);
  const { [Symbol.iterator]: iterator, [Symbol.toStringTag]: tag, then } = Object(given);
  // A plain generator gets a frame of its own, so that its cleanups may await.
  if (tag === "Generator") return map(given as Future<T>, same);
  // What can be unwound has `return`; the iterators of strings, lists and maps have not. Those are values.
  if (typeof iterator === "function" && typeof iterator.call(given).return === "function") return given as Future<T>;
  return typeof then === "function" ? fromPromise(given as PromiseLike<T>) : ready(given as T);
}

const same = <T>(value: T): T => value;
