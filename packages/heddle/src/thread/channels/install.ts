/**
 * How a class of a lower floor learns to cross to other threads: it is given the methods from here, when `heddle/thread` is loaded.
 */
import { CHECK, SEND, type Sent } from "../sendable.js";

/**
 * Makes the objects of a class {@link Sendable}.
 *
 * @param check throws if the object cannot be sent now
 * @param send packs it
 */
export function sendableAs<H extends object>(
  prototype: H,
  check: (handle: H) => void,
  send: (handle: H) => Sent,
): void {
  Object.defineProperty(prototype, CHECK, {
    configurable: true,
    value(this: H) {
      check(this);
    },
  });
  Object.defineProperty(prototype, SEND, {
    configurable: true,
    value(this: H) {
      return send(this);
    },
  });
}
