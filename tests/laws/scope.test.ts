/**
 * The laws of scopes (see `scope-laws.ts`), some programs each, new ones every time; the slow test takes many. A failure prints the seed and the
 * smallest program.
 */
import { test } from "node:test";
import fc from "fast-check";
import { LAWS } from "./scope-laws.js";

for (const { name, property } of LAWS) {
  test(name, async () => {
    await fc.assert(property, { numRuns: 8 });
  });
}
