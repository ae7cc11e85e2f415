/**
 * Slots: states and values.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Desk } from "./layout.js";
import {
  countOf,
  entryOf,
  fits,
  memberOf,
  nextTicket,
  phaseOf,
  putValue,
  putValues,
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

test("putValues() keeps what fits() takes, each value as it is", () => {
  const desk = new Desk();
  const lists = [
    [],
    [1],
    [-0, NaN, Infinity, -Infinity, 2 ** 53],
    [undefined, null, true, false, 1.5, 0, null, undefined, true],
  ];
  for (const [slot, values] of lists.entries()) {
    assert.equal(fits(values), true);
    putValues(desk, slot, values);
  }
  for (const [slot, values] of lists.entries()) {
    assert.deepEqual(valuesOf(desk, slot), values);
    assert.equal(countOf(desk, slot), values.length);
  }
});

test("fits() refuses more values than there is place for, and what is no small value", () => {
  assert.equal(fits(new Array(10).fill(1)), false);
  for (const value of ["a", 1n, {}, [], Symbol("s"), () => 1]) assert.equal(fits([1, value]), false);
});

test("putValue() keeps one value, or says that it cannot", () => {
  const desk = new Desk();
  for (const value of [1.25, undefined, null, true, false]) {
    assert.equal(putValue(desk, 2047, value), true);
    assert.deepEqual(valuesOf(desk, 2047), [value]);
  }
  assert.equal(putValue(desk, 2047, "text"), false);
});
