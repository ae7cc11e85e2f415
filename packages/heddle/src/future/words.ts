/**
 * What development knows of those who stand on the engine. They add it, in a `development.ts` of their own.
 */
import type { Fault, Keeper } from "./diagnostics.js";

export const words: {
  /** What can be wrong with a future when it is collected, by code. */
  readonly faults: Record<string, Fault>;
  /** Has the photographs of what became a guard. */
  keeper: Keeper | null;
} = {
  faults: {
    "future.never-polled": {
      text: (label) => `The future of ${label} was made and never awaited, so nothing of it has run`,
      help: "await it with yield*, or start it with spawn(…)",
      atExit: true,
      photos: Infinity,
    },
  },
  keeper: null,
};
