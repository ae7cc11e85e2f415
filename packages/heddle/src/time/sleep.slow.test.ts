import assert from "node:assert/strict";
import { spawn as spawnProcess } from "node:child_process";
import { test } from "node:test";
import { commandOf } from "../base/program.kit.js";
import { hostNow } from "../base/clock.js";
import { async, Runtime, sleep, spawn, yieldNow } from "../index.js";
import { Instant } from "./instant.js";

test("sleep() serves 100,000 timers at once, each at its own time", async () => {
  const runtime = new Runtime({ startPaused: true, warnings: false });
  const COUNT = 100_000;
  let late = 0;
  let before = 0;
  let most = 0;
  const main = async(function* () {
    const nap = async(function* (milliseconds: number) {
      yield* sleep(milliseconds);
      const now = Instant.now().milliseconds;
      if (now !== milliseconds || now < before) late++;
      before = now;
    });
    const handles = [];
    // Not in order: the multiplier has no divisor in common with the count.
    for (let i = 0; i < COUNT; i++) handles.push(spawn(nap(1 + ((i * 7919) % COUNT))));
    yield* yieldNow();
    most = runtime.metrics().timers;
    for (const handle of handles) yield* handle;
    return Instant.now().milliseconds;
  });
  assert.equal(await runtime.run(main()), COUNT);
  assert.deepEqual({ late, most, timers: runtime.metrics().timers }, { late: 0, most: COUNT, timers: 0 });
});

// ---- the life of the process -----------------------------------------------------------------

const HEDDLE = new URL("../index.js", import.meta.url).href;
const TIME = new URL("../time.js", import.meta.url).href;

interface Ended {
  /** What it printed, a line each. */
  lines: string[];
  warnings: string;
  status: number | null;
  /** Milliseconds from its last line to its end. */
  lingered: number;
}

/** Runs a program in a process of its own. It must print something when it begins. */
async function life(program: string): Promise<Ended> {
  const imports = `
    import { async, Runtime, ready, run, select, sleep, spawn, timeout, yieldNow } from ${JSON.stringify(HEDDLE)};
    import { advance, DelayQueue, interval, pause, resume } from ${JSON.stringify(TIME)};
    import { writeSync } from "node:fs";
    const say = (line) => writeSync(1, line + "\\n");
  `;
  const child = spawnProcess(...commandOf(imports + program), {
    env: { ...process.env, NODE_ENV: "", HEDDLE_WARNINGS: "" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended: Ended = { lines: [], warnings: "", status: null, lingered: 0 };
  let last = hostNow();
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    last = hostNow();
    ended.lines.push(...text.split("\n").filter((line) => line !== ""));
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (ended.warnings += text));
  ended.status = await new Promise((resolve) => child.on("exit", resolve));
  ended.lingered = hostNow() - last;
  return ended;
}

test("sleep() keeps the process alive exactly until it is over", async () => {
  const { lines, status, warnings, lingered } = await life(`
    const start = performance.now();
    run(async(function* () {
      say("begins");
      yield* sleep(300);
      say(performance.now() - start >= 300 ? "on time" : "early");
    })());
  `);
  assert.deepEqual({ lines, status, warnings }, { lines: ["begins", "on time"], status: 0, warnings: "" });
  assert.ok(lingered < 2000, `${lingered}`);
});

test("sleep() that was dropped keeps no process alive, though the host's timer had been set", async () => {
  const { lines, status, warnings, lingered } = await life(`
    run(async(function* () {
      const handle = spawn(sleep({ hours: 1 }));
      yield* sleep(5);
      handle.abort();
      yield* handle.settled();
      yield* select({ soon: sleep(1), late: sleep({ hours: 2 }) });
      yield* timeout(sleep(1), { hours: 3 });
      say("ends");
    })());
  `);
  assert.deepEqual({ lines, status, warnings }, { lines: ["ends"], status: 0, warnings: "" });
  assert.ok(lingered < 5000, `${lingered}`);
});

test("sleep() that nobody polls keeps no process alive, and neither does an interval or a queue between two waits", async () => {
  const { lines, status, lingered } = await life(`
    globalThis.kept = sleep({ hours: 1 });
    run(async(function* () {
      const ticker = globalThis.ticker = interval({ hours: 1 });
      yield* ticker.tick();
      const queue = globalThis.queue = new DelayQueue();
      queue.insert("late", { hours: 1 });
      yield* select({ soon: sleep(1), out: queue.next(), tick: ticker.tick() });
      say("ends");
    })());
  `);
  assert.deepEqual({ lines, status }, { lines: ["ends"], status: 0 });
  assert.ok(lingered < 5000, `${lingered}`);
});

test("sleep() of a paused clock keeps the process alive too, through resume() and pause()", async () => {
  const { lines, status } = await life(`
    const runtime = new Runtime({ startPaused: true });
    runtime.run(async(function* () {
      say("begins");
      yield* sleep({ hours: 24 });
      say("a day later");
      resume();
      yield* sleep(5);
      pause();
      yield* sleep({ hours: 24 });
      say("two days later");
    })());
  `);
  assert.deepEqual({ lines, status }, { lines: ["begins", "a day later", "two days later"], status: 0 });
});

test("sleep() and advance() without yield* are warned about, with the line, and what a combinator never came to is not", async () => {
  const { status, warnings } = await life(`
    const runtime = new Runtime({ startPaused: true });
    runtime.run(async(function* forgetful() {
      sleep(1000);
      advance(10);
      const kept = sleep(5);
      yield* kept;
      const looked = sleep(5);
      while (!looked.isElapsed) yield* sleep(1);
      yield* sleep(0);
      yield* select({ first: yieldNow(), second: ready(1), never: sleep(5) }, { biased: true });
      yield* timeout(ready(1), 5);
      spawn(sleep(7)).abort();
    })());
  `);
  assert.equal(status, 0);
  const blocks = warnings.split("heddle: warning ").slice(1);
  const heads = blocks.map((block) => block.split("\n")[0]);
  assert.deepEqual(heads.sort(), [
    "[future.never-polled] The future of advance(…) was made and never awaited, so nothing of it has run",
    "[future.never-polled] The future of sleep(…) was made and never awaited, so nothing of it has run",
  ]);
  for (const block of blocks) assert.match(block, /at forgetful.*(\[eval1?\]|\$deno\$eval\.mts):\d+:\d+/);
});
