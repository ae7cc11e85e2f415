/**
 * heddle/signal: waiting for the system's signals.
 */
export type { SignalKind } from "./signal/kind.js";
export { ctrlC, type Signal, signal } from "./signal/signal.js";
