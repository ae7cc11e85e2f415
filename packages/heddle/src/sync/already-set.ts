/**
 * What is said to those who set a value that is set once.
 */
import { HeddleError } from "../base/errors.js";

/** @param kind what was to be set: `set-once` */
export function alreadySet(kind: string): HeddleError {
  return new HeddleError("once.set", `Cannot set the value of a ${kind} again: it has one`, {
    help: "look at isSet before, or use get()",
  });
}
