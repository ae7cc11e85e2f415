/**
 * Everything that runs a process, dropped at every point: after each of its polls. No process, no pipe and no wait is left.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, fromCallback, run, Runtime } from "../index.js";
import { PENDING } from "../lowlevel.js";
import { spawnMock } from "../test.js";
import { children, pipes, sh } from "./process.kit.js";

const turn = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

async function settled(what: string, holds: () => boolean): Promise<void> {
  for (let n = 0; !holds(); n++) {
    assert.ok(n < 200_000, what);
    await turn();
  }
}

/** Polls it `polls` times, whenever it was woken, and drops it then. Whether it was over before. */
async function droppedAfter(polls: number, future: Future<unknown>): Promise<boolean> {
  const runtime = new Runtime({ startPaused: true, autoAdvance: false });
  const mock = spawnMock(future, { runtime });
  for (let n = 0; n < polls; n++) {
    if (mock.poll() !== PENDING) {
      await runtime.shutdown();
      return true;
    }
    await settled("it was woken", () => mock.isWoken);
  }
  mock.drop();
  // Its cleanups wait for the end of the process.
  while (!mock.dropped) {
    try {
      mock.poll();
    } catch (error) {
      assert.equal((error as Error).name, "AbortError");
      break;
    }
    await turn();
  }
  assert.equal(runtime.metrics().timers, 0);
  await runtime.shutdown();
  return false;
}

/** Drops what `make` makes at every point, and has `left` look at what is left. */
async function everywhere(make: () => Future<unknown>, left: () => Promise<void>): Promise<number> {
  const before = pipes().length;
  for (let polls = 0; ; polls++) {
    assert.ok(polls < 100);
    const isOver = await droppedAfter(polls, make());
    await left();
    await settled("the pipes are closed", () => pipes().length <= before);
    if (isOver) return polls;
  }
}

const none = async (): Promise<void> => assert.deepEqual(children(), []);
const noneSoon = (): Promise<void> => settled("the processes are over", () => children().length === 0);

const SCRIPT = "echo out; echo err >&2; cat; echo more";
const input = "x".repeat(300_000);

test("Command.output() with killOnDrop leaves nothing, wherever it is dropped", async () => {
  const polls = await everywhere(() => sh(SCRIPT, { killOnDrop: true }).output({ input }), none);
  assert.ok(polls >= 4, `only ${polls} polls`);
});

test("Command.output() without killOnDrop leaves no pipe, and a process that nobody reads ends by itself", async () => {
  await everywhere(() => sh(SCRIPT).output({ input }), noneSoon);
});

test("Command.status() with killOnDrop leaves nothing, wherever it is dropped", async () => {
  await everywhere(() => sh("sleep 0.01", { killOnDrop: true, processGroup: true }).status(), none);
});

test("Child.waitWithOutput() with killOnDrop leaves nothing, wherever it is dropped", async () => {
  const talking = async(function* () {
    const child = yield* sh(SCRIPT, { stdin: "pipe", stdout: "pipe", stderr: "pipe", killOnDrop: true }).spawn();
    using _dropped = child;
    return yield* child.waitWithOutput({ input });
  });
  await everywhere(talking, none);
});

test("Child.wait() and terminate() leave no timer and no wait, wherever they are dropped", async () => {
  const script = "trap 'exit 0' TERM; while :; do sleep 0.01; done";
  const ending = async(function* () {
    using child = yield* sh(script, { killOnDrop: true }).spawn();
    yield* fromCallback((resolve) => void setImmediate(resolve));
    yield* child.terminate(1000);
    yield* child.wait();
  });
  await everywhere(ending, noneSoon);
});

test("Command.output() aborted by the signal of run() leaves nothing", async () => {
  const controller = new AbortController();
  const running = run(sh("exec sleep 1000", { killOnDrop: true }).output(), { signal: controller.signal });
  await settled("it runs", () => children().length === 1);
  controller.abort();
  await assert.rejects(running, { name: "AbortError" });
  assert.deepEqual(children(), []);
});
