import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, sleep, spawn } from "../index.js";
import { framed } from "../lowlevel.js";
import { paused } from "../runtime/paused.kit.js";

const framing = async(function* (fn: () => unknown) {
  return yield* framed(fn());
});

test("framed() gives the value of whatever a function returned", async () => {
  const list = [1];
  const outcomes: [() => unknown, unknown][] = [
    [() => 1, 1],
    [() => null, null],
    [() => list, list],
    [() => new Map([[1, 2]]), new Map([[1, 2]])],
    [() => sleep(1), undefined],
    [
      async(function* () {
        yield* sleep(1);
        return 2;
      }),
      2,
    ],
    [
      function* () {
        yield* sleep(1);
        return 3;
      },
      3,
    ],
    [() => spawn(framing(() => 4)), 4],
    [async_5, 5],
    [() => ({ then: (done: (n: number) => void) => done(6) }), 6],
  ];
  for (const [fn, value] of outcomes) assert.deepEqual(await paused().run(framing(fn)), value);
});

async function async_5(): Promise<number> {
  await Promise.resolve();
  return 5;
}

test("framed() throws what the future, the promise or the generator throws", async () => {
  const error = new Error("thrown");
  const fails: (() => unknown)[] = [
    () => Promise.reject(error),
    function* () {
      throw error;
    },
    async(function* () {
      throw error;
    }),
  ];
  for (const fn of fails) await assert.rejects(paused().run(framing(fn)), error);
});

test("framed() gives a plain generator a frame: dropped, a finally in it that awaits runs to its end", async () => {
  const events: string[] = [];
  await paused().run(
    async(function* () {
      const task = spawn(
        framing(function* (): Generator<any, void> {
          try {
            yield* sleep(10) as Future<void>;
            events.push("never");
          } finally {
            yield* sleep(1);
            events.push("cleanup");
          }
        }),
      );
      yield* sleep(1);
      task.abort();
      const { status } = yield* task.settled();
      events.push(status);
    })(),
  );
  assert.deepEqual(events, ["cleanup", "rejected"]);
});

test("framed() of a native promise, dropped, is over when the promise has settled, however it does", async () => {
  for (const isRejected of [false, true]) {
    const events: string[] = [];
    let settle = (): void => {};
    const promise = new Promise<void>(
      (resolve, reject) => (settle = isRejected ? () => reject(new Error("late")) : resolve),
    );
    await paused().run(
      async(function* () {
        const task = spawn(
          async(function* () {
            try {
              yield* framed(promise);
            } finally {
              events.push("over");
            }
          })(),
        );
        yield* sleep(1);
        task.abort();
        yield* sleep(1);
        events.push("settled");
        settle();
        const result = yield* task.settled();
        assert.equal(result.status === "rejected" && result.reason.name, "AbortError");
      })(),
    );
    assert.deepEqual(events, ["settled", "over"]);
  }
});
