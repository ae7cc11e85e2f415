/**
 * What is left of a handle when it was sent away: an object of its class that says so, whatever it is asked.
 */
import { ClosedError } from "../../base/errors.js";

/** For each class, what takes the place of its prototype. */
const ghosts = new Map<object, object>();

const HARMLESS = new Set<PropertyKey>(["constructor", "close", Symbol.dispose, Symbol.asyncDispose]);

/**
 * Makes `handle` refuse everything but to be closed, which does nothing.
 *
 * @param what reads `the receiver of an mpsc channel`. The same for all of a class
 */
export function retire(handle: object, what: string): void {
  const prototype = Object.getPrototypeOf(handle) as object;
  let ghost = ghosts.get(prototype);
  if (ghost === undefined) ghosts.set(prototype, (ghost = ghostOf(prototype, what)));
  Object.setPrototypeOf(handle, ghost);
}

function ghostOf(prototype: object, what: string): object {
  const refuse = (): never => {
    throw new ClosedError("channel.moved", `Cannot use ${what}: it was sent to another thread`, {
      help: "use it there; to have one on both sides, send a clone",
    });
  };
  const ghost = Object.create(prototype) as object;
  for (let at = prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const key of Reflect.ownKeys(at)) {
      if (Object.hasOwn(ghost, key)) continue;
      if (HARMLESS.has(key)) {
        if (key !== "constructor") Object.defineProperty(ghost, key, { value: () => undefined });
        continue;
      }
      const { value } = Object.getOwnPropertyDescriptor(at, key)!;
      Object.defineProperty(ghost, key, typeof value === "function" ? { value: refuse } : { get: refuse });
    }
  }
  return ghost;
}
