import assert from "node:assert/strict";
import { test } from "node:test";
import { async, BusyError, joinAll, pending, sleep, spawn } from "../index.js";
import { Context, noopWaker, PENDING, pin } from "../lowlevel.js";
import { OnceCell, SetOnce } from "../sync.js";
import { paused } from "../runtime/paused.kit.js";

test("OnceCell.getOrInit() has the value made once, by the first who asks, and all wait for it", async () => {
  const cell = new OnceCell<string>();
  const events: string[] = [];
  const user = async(function* (name: string) {
    const value = yield* cell.getOrInit(function* () {
      events.push(`${name} makes it`);
      yield* sleep(5);
      return `made by ${name}`;
    });
    events.push(`${name} has what was ${value}`);
  });
  await paused().run(
    async(function* () {
      const users = spawn(joinAll(["ada", "alan"].map(user)));
      yield* sleep(1);
      assert.deepEqual([cell.isSet, cell.get(), cell.waiting, cell.holders.length], [false, undefined, 1, 1]);
      yield* users;
      yield* user("grace");
    })(),
  );
  assert.deepEqual(events, [
    "ada makes it",
    "ada has what was made by ada",
    "alan has what was made by ada",
    "grace has what was made by ada",
  ]);
  assert.deepEqual([cell.isSet, cell.get(), cell.waiting, cell.holders], [true, "made by ada", 0, []]);
});

for (const [kind, init] of Object.entries({
  "a plain function": (): number => 1,
  "an async function of heddle": async(function* () {
    yield* sleep(1);
    return 1;
  }),
  "a native async function": async_1,
}))
  test(`OnceCell.getOrInit() takes ${kind}`, async () => {
    const cell = new OnceCell<number>();
    assert.equal(await paused().run(cell.getOrInit<any>(init)), 1);
    assert.equal(cell.get(), 1);
  });

async function async_1(): Promise<number> {
  await Promise.resolve();
  return 1;
}

test("OnceCell.getOrInit() that fails throws, and the next one who waits makes the value with its own function", async () => {
  const cell = new OnceCell<string>();
  const events: string[] = [];
  const user = async(function* (name: string, fails: boolean) {
    try {
      return yield* cell.getOrInit(function* () {
        events.push(`${name} tries`);
        yield* sleep(1);
        if (fails) throw new Error(`${name} failed`);
        return name;
      });
    } catch (error) {
      events.push((error as Error).message);
      return undefined;
    }
  });
  const users = [user("ada", true), user("alan", false), user("grace", false)];
  assert.deepEqual(await paused().run(joinAll(users)), [undefined, "alan", "alan"]);
  assert.deepEqual(events, ["ada tries", "ada failed", "alan tries"]);
});

test("OnceCell.getOrInit() that is dropped, in its function or in the queue, passes its turn on", async () => {
  const cell = new OnceCell<string>();
  const events: string[] = [];
  await paused().run(
    async(function* () {
      const user = (name: string) =>
        spawn(
          cell.getOrInit(function* () {
            try {
              events.push(`${name} tries`);
              yield* sleep(5);
              return name;
            } finally {
              yield* sleep(1);
              events.push(`${name} is over`);
            }
          }),
        );
      const [first, second, last] = [user("first"), user("second"), user("last")];
      yield* sleep(1);
      second!.abort();
      first!.abort();
      yield* second!.settled();
      yield* first!.settled();
      assert.equal(yield* last!, "last");
    })(),
  );
  assert.deepEqual(events, ["first tries", "first is over", "last tries", "last is over"]);
});

test("OnceCell is empty again when the only one who makes its value fails", async () => {
  const cell = new OnceCell<number>();
  await assert.rejects(
    paused().run(
      cell.getOrInit((): number => {
        throw new Error("failed");
      }),
    ),
    /failed/,
  );
  assert.deepEqual(cell.holders, []);
  cell.set(2);
  assert.equal(cell.get(), 2);
});

test("OnceCell.set() refuses a second value, and one while somebody makes one", async () => {
  const cell = new OnceCell<number>();
  cell.set(1);
  assert.throws(() => cell.set(2), {
    code: "once.set",
    message: /^Cannot set the value of a once-cell again: it has one\nhelp: /,
  });
  assert.equal(cell.get(), 1);
  assert.equal(await paused().run(cell.getOrInit(() => 3)), 1);
  const busy = new OnceCell<number>();
  await paused().run(
    busy.getOrInit(() => {
      assert.throws(
        () => busy.set(2),
        (error: BusyError) => error instanceof BusyError && error.code === "once.busy",
      );
      return 1;
    }),
  );
  assert.equal(busy.get(), 1);
});

test("OnceCell.take() takes the value out, and leaves the cell empty", async () => {
  const cell = new OnceCell<number>();
  assert.equal(cell.take(), undefined);
  cell.set(1);
  assert.equal(cell.take(), 1);
  assert.deepEqual([cell.isSet, cell.get(), cell.take()], [false, undefined, undefined]);
  assert.equal(await paused().run(cell.getOrInit(() => 2)), 2);
});

test("OnceCell.getOrInit() that is told it is its turn, and is dropped before it was polled, passes it on", () => {
  const cell = new OnceCell<number>();
  const cx = new Context(noopWaker);
  const [first, second, third] = [pending, pending, () => 3].map((init) => pin(cell.getOrInit<any>(init)));
  for (const future of [first!, second!, third!]) assert.equal(future.poll(cx), PENDING);
  first!.drop();
  second!.drop();
  assert.equal(third!.poll(cx), 3);
  assert.equal(cell.waiting, 0);
});

test("OnceCell.take() before those who waited were polled has the first of them make another value", () => {
  const cell = new OnceCell<number>();
  const cx = new Context(noopWaker);
  const made = new SetOnce<number>();
  const first = pin(cell.getOrInit(() => made.wait()));
  const [second, third] = [pin(cell.getOrInit(() => 2)), pin(cell.getOrInit(() => 3))];
  for (const future of [first, second, third]) assert.equal(future.poll(cx), PENDING);
  made.set(1);
  assert.equal(first.poll(cx), 1);
  assert.equal(cell.take(), 1);
  assert.deepEqual([second.poll(cx), third.poll(cx)], [2, 2]);
});

test("OnceCell.getOrInit() refuses what is no function", () => {
  assert.throws(() => new OnceCell<number>().getOrInit(1 as never), {
    name: "TypeError",
    message:
      "Cannot initialize a cell as 'init' must be a function: received 1\nhelp: pass a function that makes the value",
  });
});
