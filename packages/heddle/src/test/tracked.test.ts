import assert from "node:assert/strict";
import { test } from "node:test";
import { observeResources, type Resource } from "../lowlevel.js";
import { tracked } from "../test.js";

/** What is touched while `use` runs: `r1` reads the first thing that was ever touched, `w2` writes the second. */
function touchesOf(use: () => void): string {
  const numbers = new Map<Resource, number>();
  const touches: string[] = [];
  const restore = observeResources({
    touched: (resource, write) => {
      if (!numbers.has(resource)) numbers.set(resource, numbers.size + 1);
      touches.push(`${write ? "w" : "r"}${numbers.get(resource)}`);
    },
  });
  try {
    use();
  } finally {
    restore();
  }
  return touches.join(" ");
}

test("tracked() says of each property when it is read and written", () => {
  const account = tracked({ owner: "ada", balance: 10 });
  const touches = touchesOf(() => {
    account.balance += 5;
    assert.equal(account.owner, "ada");
    assert.equal(account.balance, 15);
  });
  assert.equal(touches, "r1 w1 r2 r1");
});

test("tracked() counts new and deleted keys, and looks at all keys, as one thing more", () => {
  const map = tracked<Record<string, number>>({ a: 1 });
  const touches = touchesOf(() => {
    map["b"] = 2; // writes the shape, as a key and as a new one
    delete map["a"];
    assert.deepEqual(Reflect.ownKeys(map), ["b"]);
    assert.equal("c" in map, false);
  });
  assert.equal(touches, "w1 w1 w2 w1 r1 r1");
});

test("tracked() sees arrays grow, and each item change", () => {
  const list = tracked([1, 2]);
  assert.equal(
    touchesOf(() => (list[0] = 3)),
    "w1",
  );
  assert.ok(touchesOf(() => list.push(4)).includes("w"));
  assert.equal(
    touchesOf(() => assert.equal(list.length, 3)),
    "r1",
  );
  assert.deepEqual([...list], [3, 2, 4]);
});

test("tracked() tracks what is inside, and what is put there later", () => {
  const bank = tracked<{ accounts: { balance: number }[] }>({ accounts: [{ balance: 1 }] });
  const inner = bank.accounts[0]!;
  assert.equal(
    touchesOf(() => (inner.balance = 2)),
    "w1",
  );
  bank.accounts.push({ balance: 5 });
  const added = bank.accounts[1]!;
  assert.equal(
    touchesOf(() => added.balance++),
    "r1 w1",
  );
  assert.equal(bank.accounts[0], inner, "the same object is the same proxy");
  assert.equal(tracked(bank), bank, "a proxy is tracked already");
});

test("tracked() tracks maps and sets as a whole, and what they hold", () => {
  const map = tracked(new Map([["a", { n: 1 }]]));
  const set = tracked(new Set<string>());
  assert.equal(
    touchesOf(() => {
      map.get("a");
      map.set("b", { n: 2 });
      assert.equal(map.size, 2);
      for (const [key] of map) assert.ok(key);
      map.delete("b");
    }),
    "r1 w1 r1 r1 w1",
  );
  const inner = map.get("a")!;
  assert.equal(
    touchesOf(() => inner.n++),
    "r1 w1",
  );
  assert.equal(set.add("x"), set, "what returns itself returns the proxy");
  assert.equal(
    touchesOf(() => set.has("x")),
    "r1",
  );
});

test("tracked() sees what getters and setters do with the object", () => {
  const account = tracked({
    cents: 100,
    get euros() {
      return this.cents / 100;
    },
    set euros(value: number) {
      this.cents = value * 100;
    },
  });
  const touches = touchesOf(() => {
    account.euros = 2;
    assert.equal(account.euros, 2);
    assert.equal(account.cents, 200);
  });
  assert.equal(touches, "w1 w2 r1 r2 r2");
});

test("tracked() leaves frozen objects and those of classes inside as they are", () => {
  class Point {
    x = 1;
  }
  const point = new Point();
  const frozen = Object.freeze({ inner: { n: 1 } });
  const box = tracked({ point, frozen });
  assert.equal(box.point, point);
  assert.equal(box.frozen.inner.n, 1);
});

test("tracked() refuses what cannot be tracked", () => {
  class Account {}
  assert.throws(() => tracked(new Account()), {
    name: "TypeError",
    message:
      "Cannot track this as 'object' must be a plain object, an array, a Map or a Set: received an instance of Account\n" +
      "help: extend Resource of heddle/lowlevel, and call touch(…) before each access",
  });
});
