/**
 * JSON in place of a clone: only for values where nobody could tell.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { SEND } from "../sendable.js";
import { jsonOf } from "./json.js";

const ROOM = 2048;

test("whatever has JSON comes out of it as out of a clone", () => {
  const anything = fc.anything({
    withBigInt: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  let taken = 0;
  fc.assert(
    fc.property(fc.oneof(fc.array(anything), fc.dictionary(fc.string(), anything), fc.jsonValue()), (value) => {
      if (typeof value !== "object" || value === null) return;
      const text = jsonOf(value, ROOM);
      if (text === null) return;
      taken++;
      assert.deepStrictEqual(JSON.parse(text), structuredClone(value));
    }),
    { numRuns: 500 },
  );
  assert.ok(taken > 50, `${taken} of 500 had JSON`);
});

test("JSON is refused where it would say less than a clone", () => {
  const shared = { a: 1 };
  const circle: unknown[] = [];
  circle.push(circle);
  const match = /b/.exec("abc")!;
  for (const value of [
    { a: undefined },
    [1, , 2], // oxlint-disable-line no-sparse-arrays
    [NaN],
    [-0],
    [Infinity],
    [1n],
    [shared, shared],
    circle,
    match,
    Object.assign([1], { more: 2 }),
    Object.create(null),
    new (class {
      a = 1;
    })(),
    new (class extends Array {})(),
    { a: new Date(0) },
    { a: () => 1 },
    { toJSON: () => "else" },
    { [SEND]: () => ({ kind: "x", data: 1 }) },
    new Proxy({}, {}),
  ])
    assert.equal(jsonOf(value, ROOM), null);
});

test("JSON is refused where it is longer than the room, without looking at all of it", () => {
  assert.equal(jsonOf({ a: "bc" }, 10), '{"a":"bc"}');
  assert.equal(jsonOf({ a: "bc" }, 9), null);
  assert.equal(jsonOf(["\u0001".repeat(10)], 20), null, "escapes count");
  let looks = 0;
  const long = Array.from({ length: 1000 }, () => ({
    get a() {
      return ++looks;
    },
  }));
  assert.equal(jsonOf({ first: "x".repeat(100), long }, 50), null);
  assert.equal(looks, 0);
});

test("a field called __proto__ is a field", () => {
  const value = JSON.parse('{"__proto__":{"a":1}}') as object;
  assert.equal(jsonOf(value, ROOM), '{"__proto__":{"a":1}}');
});
