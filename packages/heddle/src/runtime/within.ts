/**
 * What is called outside of the turns of a runtime, as if it were within one.
 */
import { current } from "../future/current.js";
import type { Engine } from "./engine.js";

/** Calls `fn` with the runtime current. */
export function within<R>(engine: Engine, fn: () => R): R {
  const { services, warnings } = current;
  current.services = engine;
  current.warnings = engine.warnings;
  try {
    return fn();
  } finally {
    current.services = services;
    current.warnings = warnings;
  }
}
