/**
 * The laws of cancellation (see `cancellation-laws.ts`), over many programs. A failure prints the seed and the smallest program.
 */
import { test } from "node:test";
import fc from "fast-check";
import { LAWS } from "./cancellation-laws.js";

for (const { name, property } of LAWS) {
  test(name, async () => {
    await fc.assert(property, { numRuns: 500 });
  });
}
