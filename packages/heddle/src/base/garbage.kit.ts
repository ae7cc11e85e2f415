/**
 * What tests of forgotten things share: a collector that comes when it is called.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Makes the engine look for what is no longer used. HOST: Bun has a collector to call, the others must be told to have one. */
export const collectGarbage: () => void = (() => {
  const { Bun } = globalThis as { Bun?: { gc(isSynchronous: boolean): void } };
  if (Bun !== undefined) return () => Bun.gc(true);
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
})();
