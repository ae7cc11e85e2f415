/**
 * What is said of sends that nobody awaited and of permits that were forgotten. The garbage collector is asked to come, in this process.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { select, sleep, spawn, yieldNow } from "../index.js";
import { warningsOf } from "../runtime/forgotten.kit.js";
import { mpsc, queue } from "../sync.js";

type Body = (tx: mpsc.Sender<number>, rx: mpsc.Receiver<number>) => Generator<any, unknown, any>;

/** Runs a task with a channel of 2 and collects the garbage it left. Answers the codes of the warnings, and their texts. */
async function said(body: Body): Promise<{ codes: string[]; text: string }> {
  const [tx, rx] = mpsc.channel<number>(2);
  const warnings = await warningsOf(body, tx, rx);
  return { codes: warnings.map(({ code }) => code), text: warnings.map(({ message }) => message).join("\n") };
}

const wrong: [string, string, RegExp, Body][] = [
  [
    "a send that nobody awaits",
    "future.never-polled",
    /The future of sender\.send\(…\) was made and never awaited/,
    function* (tx) {
      tx.send(1);
      yield* sleep(1);
    },
  ],
  [
    "a reserve that nobody awaits",
    "future.never-polled",
    /sender\.reserve\(\)/,
    function* (tx) {
      tx.reserve();
      yield* sleep(1);
    },
  ],
  [
    "a send to a queue that nobody awaits",
    "future.never-polled",
    /sender\.send\(…\)/,
    function* () {
      queue.bounded<number>(1)[0].send(1);
      yield* sleep(1);
    },
  ],
  [
    "a permit that is neither used nor given back",
    "channel.permit-leaked",
    /^A permit of sender\.reserve\(\) was forgotten, neither used nor given back.*\n +at .*forgotten\.slow\.test/,
    function* (tx) {
      yield* tx.reserve();
      yield* sleep(1);
    },
  ],
  [
    "permits of which some were not taken out",
    "channel.permit-leaked",
    /^What sender\.reserveMany\(…\) gave was forgotten/,
    function* (tx) {
      const permits = yield* tx.reserveMany(2);
      permits.next().value!.send(1);
      yield* sleep(1);
    },
  ],
];

for (const [what, code, text, body] of wrong) {
  test(`mpsc: ${what} is reported when it is collected`, async () => {
    const found = await said(body);
    assert.deepEqual(found.codes, [code], found.text);
    assert.match(found.text, text);
  });
}

const right: [string, Body][] = [
  [
    "sends and permits that are used late",
    function* (tx, rx) {
      const send = tx.send(1);
      const reserve = tx.reserve();
      yield* sleep(1);
      yield* send;
      const permit = yield* reserve;
      yield* sleep(1);
      permit.send(2);
      rx.tryRecv();
      const permits = yield* tx.reserveMany(1);
      yield* sleep(1);
      permits[Symbol.dispose]();
    },
  ],
  [
    "sends that are dropped, before and after they began",
    function* (tx) {
      tx.trySend(1);
      tx.trySend(2);
      const waits = spawn(tx.send(3));
      yield* yieldNow();
      waits.abort();
      yield* waits.settled();
      yield* select({ now: sleep(0), send: tx.send(4) }, { biased: true });
      spawn(tx.send(5)).abort();
      yield* sleep(1);
    },
  ],
  [
    "receivers that nobody awaits",
    function* (_tx, rx) {
      rx.recv();
      queue.bounded<number>(1)[1].recv();
      yield* sleep(1);
    },
  ],
];

for (const [what, body] of right) {
  test(`mpsc: nothing is said of ${what}`, async () => {
    const found = await said(body);
    assert.deepEqual(found.codes, [], found.text);
  });
}
