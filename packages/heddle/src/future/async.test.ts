import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { async, spawn, yieldNow } from "../index.js";
import { testWith } from "../test.js";

const test = testWith(nodeTest, { seed: 1 });

nodeTest("async() keeps the name and the number of parameters of its function", () => {
  const named = async(function* theName(_a: number, _b: string) {});
  assert.deepEqual([named.name, named.length], ["theName", 2]);
});

test("async() passes `this` and all arguments, at the call and not later", function* () {
  const collect = async(function* (this: { tag: string }, first: number, ...rest: number[]) {
    yield* yieldNow();
    return [this.tag, first, ...rest];
  });
  const numbers = [1, 2, 3] as const;
  const future = collect.call({ tag: "this" }, ...numbers);
  assert.deepEqual(yield* future, ["this", 1, 2, 3]);
});

test("async() makes independent futures: each call has its own state", function* () {
  const count = async(function* (by: number) {
    let sum = 0;
    for (let i = 0; i < 3; i++) {
      sum += by;
      yield* yieldNow();
    }
    return sum;
  });
  const handles = [1, 10, 100].map((by) => spawn(count(by)));
  const sums: number[] = [];
  for (const handle of handles) sums.push(yield* handle);
  assert.deepEqual(sums, [3, 30, 300]);
});

test("@async makes a method, which has the object it is called on as `this`, also when it is inherited", function* () {
  class Counter {
    count = 0;
    @async *add(n: number) {
      yield* yieldNow();
      return (this.count += n);
    }
    @async static *make() {
      yield* yieldNow();
      return new this();
    }
  }
  class Loud extends Counter {}
  const counter = yield* Loud.make();
  yield* counter.add(2);
  const handle = spawn(counter.add(40));
  assert.deepEqual([counter instanceof Loud, yield* handle, handle.name], [true, 42, "add"]);
});

test("async() may be recursive, and mutually so", function* () {
  const isEven: (n: number) => Generator<any, boolean, any> | any = async(function* (
    n: number,
  ): Generator<any, boolean, any> {
    return n === 0 ? true : yield* isOdd(n - 1);
  });
  const isOdd = async(function* (n: number): Generator<any, boolean, any> {
    yield* yieldNow();
    return n === 0 ? false : yield* isEven(n - 1);
  });
  assert.equal(yield* isEven(10), true);
  assert.equal(yield* isEven(7), false);
});
