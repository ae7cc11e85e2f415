/**
 * Random trees of joins, with calls that fail, against what one thread makes of them.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../../index.js";
import { parJoin } from "../../thread.js";
import { type Tree, walk } from "./work.kit.js";

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.record({
    value: fc.nat(99),
    fails: fc.integer({ min: 0, max: 19 }).map((n) => n === 0),
    children: fc.option(fc.tuple(tie("tree"), tie("tree")), { nil: undefined, maxDepth: 7 }),
  }),
}));

/** What a call gives, or the message of its error. */
function expected({ value, fails, children }: Tree): { value: string } | { error: string } {
  const inside = (children ?? []).map(expected);
  for (const each of inside) if ("error" in each) return each;
  if (fails) return { error: `no ${value}` };
  return { value: `${value}(${inside.map((each) => ("value" in each ? each.value : "")).join(",")})` };
}

function sizeOf({ children }: Tree): number {
  return 1 + (children ?? []).reduce((sum, child) => sum + sizeOf(child), 0);
}

test("parJoin() makes all calls of a tree once, and gives what one thread would", async () => {
  await fc.assert(
    fc.asyncProperty(tree, tree, async (first, second) => {
      const counter = new Int32Array(new SharedArrayBuffer(4));
      const outcomes = [first, second].map(expected);
      const failed = outcomes.find((each) => "error" in each);
      const result = run(parJoin([walk, first, counter], [walk, second, counter]));
      if (failed === undefined)
        assert.deepEqual(
          await result,
          outcomes.map((each) => (each as { value: string }).value),
        );
      else await assert.rejects(result, { name: "RangeError", message: failed.error });
      assert.equal(counter[0], sizeOf(first) + sizeOf(second), "those beside a call that fails included");
    }),
    { numRuns: 200 },
  );
});
