/**
 * Parallel iterators against arrays: whatever is planned, on whatever threads, both give the same.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../../index.js";
import { both, describeProgram, FINISHES, programs } from "./programs.kit.js";

test("par() gives what arrays give, whatever is planned and on however many threads", async () => {
  const met = new Set<string>();
  await fc.assert(
    fc.asyncProperty(programs, async (program) => {
      const [future, expected] = both(program);
      met.add(program.finish.name);
      assert.deepEqual(await run(future), expected, describeProgram(program));
    }),
    { numRuns: 400 },
  );
  assert.equal(met.size, FINISHES.length, "every end was met");
});
