import assert from "node:assert/strict";
import { test } from "node:test";
import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { isSame } from "./same.js";
import { show, showDifference } from "./show.js";

const bytes = (text: string) => new TextEncoder().encode(text);

test("show() gives any value on one line", () => {
  const rows: [unknown, string][] = [
    ["two\nlines", '"two\\nlines"'],
    [-0, "-0"],
    [5n, "5n"],
    [undefined, "undefined"],
    [{ a: [1, "x"], b: { c: null } }, '{ a: [1, "x"], b: { c: null } }'],
    [new Map([[1, new Set([2])]]), "Map { 1 => Set { 2 } }"],
    [
      new (class Point {
        x = 1;
      })(),
      "Point { x: 1 }",
    ],
    [new RangeError("far"), "RangeError: far"],
    [new Date(0), "1970-01-01T00:00:00.000Z"],
    [bytes("GET /"), '"GET /"'],
    [new Uint8Array([0, 255]), "<00 ff>"],
    [[[[[[1]]]]], "[[[[…]]]]"],
    [Array.from({ length: 22 }, () => 0), `[${"0, ".repeat(20)}… 2 more]`],
    ["x".repeat(500), `"${"x".repeat(399)}…`],
    [
      {
        get a() {
          throw new Error("no");
        },
      },
      "an instance of Object",
    ],
  ];
  for (const [value, text] of rows) assert.equal(show(value), text);
});

test("showDifference() marks the first byte that differs", () => {
  assert.equal(
    showDifference(bytes("EHLO example\r\n"), bytes("EHLO exampel")),
    '    expected: "EHLO example\\r\\n"\n' + '    received: "EHLO exampel"\n' + "                         ^ byte 10",
  );
  assert.equal(
    showDifference(new Uint8Array([1, 2, 3]), new Uint8Array([1, 2, 0])),
    "    expected: 01 02 03\n    received: 01 02 00\n                    ^ byte 2",
  );
  assert.equal(
    showDifference(bytes(`${"-".repeat(100)}a${"+".repeat(100)}`), bytes(`${"-".repeat(100)}b`)),
    `    expected: …"${"-".repeat(24)}a${"+".repeat(23)}"…\n` +
      `    received: …"${"-".repeat(24)}b"\n` +
      `              ${" ".repeat(26)}^ byte 100`,
  );
  assert.match(showDifference(bytes("ab"), bytes("abc")), /\n {17}\^ byte 2$/);
});

test("isSame() agrees with the host's deep strict equality", () => {
  const value = fc.anything({ withDate: true, withMap: true, withSet: true, withTypedArray: true, maxDepth: 3 });
  fc.assert(
    fc.property(value, value, (a, b) => {
      // The host tells 0 from -0.
      if (isDeepStrictEqual(a, b)) assert.ok(isSame(a, b));
      else if (!JSON.stringify([show(a), show(b)]).includes("0")) assert.ok(!isSame(a, b));
    }),
    { numRuns: 50 },
  );
  fc.assert(
    fc.property(value, (a) => assert.ok(isSame(a, structuredClone(a)))),
    { numRuns: 50 },
  );
});

test("isSame() compares classes, errors and cycles", () => {
  class A {
    x = 1;
  }
  const cycle = (): object => {
    const self: Record<string, unknown> = { n: 1 };
    self["self"] = self;
    return self;
  };
  const rows: [unknown, unknown, boolean][] = [
    [new A(), new A(), true],
    [new A(), { x: 1 }, false],
    [NaN, NaN, true],
    [0, -0, true],
    [new Error("a"), new Error("a"), true],
    [new Error("a"), new Error("b"), false],
    [new Error("a"), new TypeError("a"), false],
    [/a/g, /a/g, true],
    [/a/g, /a/, false],
    [new Date(1), new Date(2), false],
    [new Set([{ a: 1 }]), new Set([{ a: 1 }]), true],
    [new Set([1]), new Set([2]), false],
    [new Map([["a", [1]]]), new Map([["a", [1]]]), true],
    [new Map([["a", [1]]]), new Map([["b", [1]]]), false],
    [[1, undefined], [1], false],
    [{ a: undefined }, {}, false],
    [cycle(), cycle(), true],
  ];
  for (const [a, b, same] of rows) assert.equal(isSame(a, b), same, `${show(a)} and ${show(b)}`);
});
