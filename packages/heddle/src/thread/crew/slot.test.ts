/**
 * Slots: states and values.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Desk, SLOT_TEXT } from "./layout.js";
import {
  countOf,
  entryOf,
  memberOf,
  nextTicket,
  phaseOf,
  putValue,
  Json,
  putValues,
  small,
  slotOfEntry,
  stateOf,
  ticketOf,
  ticketOfEntry,
  valuesOf,
} from "./slot.js";

const MOST_TICKETS = 2 ** 20 - 1;

test("a state is its ticket, its member and its phase", () => {
  for (const ticket of [0, 1, MOST_TICKETS])
    for (const member of [0, 7, 511])
      for (const phase of [0, 3, 6]) {
        const state = stateOf(ticket, member, phase);
        assert.deepEqual([ticketOf(state), memberOf(state), phaseOf(state)], [ticket, member, phase]);
        assert.equal(state, state | 0, "it fits a word");
      }
});

test("an entry is its slot and its ticket", () => {
  for (const slot of [0, 1, 2047])
    for (const ticket of [0, 1, MOST_TICKETS]) {
      const entry = entryOf(slot, ticket);
      assert.deepEqual([slotOfEntry(entry), ticketOfEntry(entry)], [slot, ticket]);
      assert.equal(entry, entry | 0, "it fits a word");
    }
});

test("nextTicket() comes round", () => {
  assert.equal(nextTicket(MOST_TICKETS), 0);
});

test("putValues() keeps what small() takes, each value as it is", () => {
  const desk = new Desk();
  const lists = [
    [],
    [1],
    [-0, NaN, Infinity, -Infinity, 2 ** 53],
    [undefined, null, true, false, 1.5, 0, null, undefined, true],
    ["", "a", "\u0000ÿ", "κόσμε", "😀", "\ud800 alone", 7],
    ["x".repeat(SLOT_TEXT)],
    [{ a: [1, { b: "ü" }], "": null }, "between", [], [[false]]],
  ];
  for (const [slot, values] of lists.entries()) putValues(desk, slot, small(values)!);
  for (const [slot, values] of lists.entries()) {
    assert.deepEqual(valuesOf(desk, slot), values);
    assert.equal(countOf(desk, slot), values.length);
  }
});

test("small() takes a picture of objects, and leaves the list as it was", () => {
  const item = { a: 1 };
  const values = [item, 2];
  const all = small(values);
  item.a = 3;
  assert.deepEqual(all, [new Json('{"a":1}'), 2]);
  assert.equal(values[0], item);
});

test("small() refuses more than there is place for, and what is no small value", () => {
  assert.equal(small(new Array(10).fill(1)), null);
  const half = "x".repeat(SLOT_TEXT / 2);
  for (const values of [["x".repeat(SLOT_TEXT + 1)], [half, half, "x"], [half, [half]]])
    assert.equal(small(values), null);
  for (const value of [1n, new Map(), new Uint8Array(1), Symbol("s"), () => 1, { a: undefined }])
    assert.equal(small([1, value]), null);
});

test("putValue() keeps one value, or says that it cannot", () => {
  const desk = new Desk();
  for (const value of [1.25, undefined, null, true, false, "text", "", { a: ["b"] }, []]) {
    assert.equal(putValue(desk, 2047, value), true);
    assert.deepEqual(valuesOf(desk, 2047), [value]);
  }
  for (const value of [1n, Symbol("s"), () => 1, new Date(), { a: NaN }, "x".repeat(SLOT_TEXT + 1)])
    assert.equal(putValue(desk, 2047, value), false);
});

test("the texts of one slot do not touch those of the next", () => {
  const desk = new Desk(undefined, 3);
  const full = ["a", "b", "c"].map((letter) => letter.repeat(SLOT_TEXT));
  for (const [slot, text] of full.entries()) putValue(desk, slot, text);
  for (const [slot, text] of full.entries()) assert.deepEqual(valuesOf(desk, slot), [text]);
});
