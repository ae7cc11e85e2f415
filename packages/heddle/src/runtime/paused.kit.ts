/**
 * Runtimes whose clock stands still, for tests that run a future of their own: the same seed each time.
 */
import { Runtime, type RuntimeOptions } from "../index.js";

export const paused = (options: RuntimeOptions = {}): Runtime =>
  new Runtime({ startPaused: true, rngSeed: 1, ...options });

/** For what leaves futures or errors behind on purpose. */
export const pausedQuietly = (): Runtime => paused({ warnings: false });
