import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseReplay, replayText } from "./schedule.js";

test("replayText() counts runs of one task", () => {
  assert.equal(replayText({ seed: 1, ids: [1, 2, 2, 2, 1] }), "1:1.2*3.1");
  assert.equal(replayText({ seed: "a:b", ids: [12] }), "a:b:12");
});

test("parseReplay() reads what replayText() wrote", () => {
  const ids = fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(fc.string(), ids, (seed, steps) => {
      assert.deepEqual(parseReplay(replayText({ seed, ids: steps })), { seed, ids: steps });
    }),
  );
});

test("parseReplay() refuses anything else", () => {
  for (const text of ["", "1", "1:", "1:a", "1:1.", "1:1**2", "1:1*9999999"])
    assert.throws(() => parseReplay(text), /Cannot explore as 'replay' must be what a failed exploration printed/);
});
