/**
 * Patience: how long to look before one sleeps. The protocol of doors is explored in `crew.model.slow.test.ts`.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Patience } from "./door.js";

test("one looks longer while it comes in that time, up to the most", () => {
  const patience = new Patience(16, 40);
  const looks = Array.from({ length: 4 }, () => {
    const now = patience.next();
    patience.heard(true);
    return now;
  });
  assert.deepEqual(looks, [16, 32, 40, 40]);
});

test("one looks ever shorter while it does not come, then hardly ever, and as before once it does", () => {
  const patience = new Patience(16, 40);
  const looks = Array.from({ length: 200 }, () => {
    const now = patience.next();
    patience.heard(false);
    return now;
  });
  assert.deepEqual(looks.slice(0, 7), [16, 8, 4, 2, 1, 1, 1]);
  assert.deepEqual(new Set(looks.slice(5)), new Set([1, 16]));
  assert.equal(looks.slice(5).filter((now) => now > 1).length, 3);
  patience.heard(true);
  assert.equal(patience.next(), 16);
});
