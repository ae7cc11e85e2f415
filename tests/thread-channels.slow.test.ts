/**
 * Channels, tokens, semaphores and handles between threads, as a program uses them: everything by its public name.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, CancellationToken, END, run, sleep, timeout } from "heddle";
import { broadcast, mpsc, oneshot, Semaphore, watch } from "heddle/sync";
import { spawnBlocking, thread } from "heddle/thread";
import * as there from "./threads/channels.js";

test("channels carry work to a thread and its answer back", async () => {
  const main = async(function* () {
    const [tx, rx] = mpsc.channel<number>(8);
    const [reply, answer] = oneshot.channel<number>();
    const handle = thread.spawn(there.sum, rx, reply);
    for (let n = 1; n <= 500; n++) yield* tx.send(n);
    tx.close();
    const total = yield* answer;
    yield* handle;
    return total;
  });
  assert.equal(await run(main()), 125_250);
});

test("a token stops a function that only computes, and what it has comes back", async () => {
  const main = async(function* () {
    const [tx, rx] = mpsc.unbounded<number>();
    const stop = new CancellationToken();
    const handle = spawnBlocking(there.squares, tx, stop);
    let got = 0;
    while (got < 100) {
      assert.equal(yield* rx.recv(), got * got);
      got++;
    }
    stop.cancel();
    const back = yield* handle;
    back.send(-1);
    back.close();
    return [yield* rx.recv(), yield* rx.recv()];
  });
  assert.deepEqual(await run(main()), [-1, END]);
});

test("watch, broadcast and semaphores are the same on every thread", async () => {
  const main = async(function* () {
    const [level, levels] = watch.channel("info");
    const [news, heard] = broadcast.channel<string>(4);
    const seats = new Semaphore(1);
    const handles = [0, 1].map(() => thread.spawn(there.follow, levels.clone(), heard.resubscribe(), seats));
    level.send("debug");
    news.send("first");
    const seen: unknown[] = [];
    for (const handle of handles) seen.push(yield* handle);
    return seen;
  });
  assert.deepEqual(await run(main()), [
    ["debug", "first"],
    ["debug", "first"],
  ]);
});

test("the handle of a thread can be joined on another", async () => {
  const main = async(function* () {
    const handle = thread.spawn(there.answerLate, 20);
    const joined = yield* thread.spawn(there.joinThere, handle);
    return [joined, yield* handle];
  });
  assert.deepEqual(await run(main()), ["there: late", "late"]);
});

const endsNoThreads = "Deno" in globalThis && "Deno does not end a thread that is busy";

test("a thread that is ended disconnects what it had", { skip: endsNoThreads }, async () => {
  const main = async(function* () {
    const [tx, rx] = mpsc.channel<string>(1);
    const handle = thread.spawn(there.hold, rx);
    yield* tx.send("lost");
    yield* sleep(1);
    handle.abort("enough", { terminate: true });
    yield* timeout(tx.closed(), 30_000);
    const { status } = yield* handle.settled();
    return [status, tx.isClosed];
  });
  assert.deepEqual(await run(main()), ["rejected", true]);
});
