import assert from "node:assert/strict";
import { test } from "node:test";
import { Random, randomSeed } from "./random.js";

const draw = (random: Random, count = 5) => Array.from({ length: count }, () => random.below(1000));

test("Random gives the same choices for the same seed, today and in later versions", () => {
  // These figures are a promise: a seed someone wrote down must go on meaning what it meant.
  assert.deepEqual(draw(new Random(1)), [806, 659, 811, 94, 307]);
  assert.deepEqual(draw(new Random("tuesday")), [473, 637, 697, 168, 263]);
});

test("Random takes a number, its text and a bigint as the same seed, and prints what it was given", () => {
  assert.deepEqual(draw(new Random(42)), draw(new Random("42")));
  assert.deepEqual(draw(new Random(42)), draw(new Random(42n)));
  assert.deepEqual([new Random(42).seed, new Random("x").seed, new Random(42n).seed], [42, "x", "42"]);
});

test("Random chooses a seed itself that repeats the run", () => {
  const random = new Random();
  assert.equal(typeof random.seed, "number");
  assert.deepEqual(draw(random), draw(new Random(random.seed)));
});

test("Random gives neighbouring seeds unrelated choices", () => {
  const firsts = Array.from({ length: 4096 }, (_, seed) => new Random(seed).next());
  assert.equal(new Set(firsts).size, 4096);
  const mean = firsts.reduce((a, b) => a + b) / firsts.length;
  assert.ok(Math.abs(mean - 0.5) < 0.03, `${mean}`);
  let steps = 0;
  for (let i = 1; i < firsts.length; i++) steps += Math.abs(firsts[i] - firsts[i - 1]);
  assert.ok(Math.abs(steps / (firsts.length - 1) - 1 / 3) < 0.03, `${steps}`);
});

test("Random.next() stays in [0, 1) and fills it evenly", () => {
  const random = new Random(7);
  const buckets = new Array(16).fill(0);
  for (let i = 0; i < 64_000; i++) {
    const value = random.next();
    assert.ok(value >= 0 && value < 1);
    buckets[Math.floor(value * 16)]++;
  }
  // Chi-squared with 15 degrees of freedom: above 37.7 once in a thousand seeds, and this seed is fixed.
  const chi = buckets.reduce((sum, n) => sum + (n - 4000) ** 2 / 4000, 0);
  assert.ok(chi < 37.7, `${chi}`);
});

test("Random.below() reaches every value of small ranges evenly and stays inside large ones", () => {
  const random = new Random(8);
  for (const n of [1, 2, 3, 6, 10]) {
    const counts = new Array(n).fill(0);
    for (let i = 0; i < 6000; i++) counts[random.below(n)]++;
    for (const count of counts) assert.ok(Math.abs(count - 6000 / n) < 300, `${n}: ${counts}`);
  }
  for (const n of [2 ** 31, 2 ** 32 + 1, 2 ** 53 - 1]) {
    let most = 0;
    for (let i = 0; i < 200; i++) {
      const value = random.below(n);
      assert.ok(Number.isSafeInteger(value) && value >= 0 && value < n);
      most = Math.max(most, value);
    }
    assert.ok(most > n * 0.9);
  }
});

test("Random.fork() is decided by the parent's state and independent of what the parent draws next", () => {
  const [a, b] = [new Random(3), new Random(3)];
  const fork = a.fork();
  const twin = b.fork();
  draw(a, 100);
  assert.equal(fork.seed, twin.seed);
  assert.deepEqual(draw(fork), draw(twin));
  assert.deepEqual(draw(new Random(fork.seed)), draw(new Random(twin.seed)));
  assert.notDeepEqual(draw(a.fork()), draw(a.fork()));
});

test("Random.shuffle() reorders in place, and every order comes up", () => {
  const random = new Random(9);
  const counts = new Map<string, number>();
  for (let i = 0; i < 6000; i++) {
    const array = [1, 2, 3];
    assert.equal(random.shuffle(array), array);
    counts.set(array.join(), (counts.get(array.join()) ?? 0) + 1);
  }
  assert.equal(counts.size, 6);
  for (const count of counts.values()) assert.ok(Math.abs(count - 1000) < 150, `${count}`);
  assert.deepEqual(random.shuffle([]), []);
});

test("randomSeed() is an integer below 2^32", () => {
  for (let i = 0; i < 20; i++) {
    const seed = randomSeed();
    assert.ok(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 32);
  }
});
