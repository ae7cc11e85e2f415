/**
 * Fairness towards the host: timers, sockets and promises get their turn under any load of tasks. Real time, and ratios only.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, get, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { async, type Future, fromPromise, joinAll, ready, Runtime, sleep, spawn, yieldNow } from "../index.js";
import { PENDING, pollFn } from "../lowlevel.js";

/** Loads that never pause by themselves; each round adds one to `rounds`. */
const LOADS: Record<string, (isOver: () => boolean, onRound: () => void) => Future<unknown>> = {
  "ready values": async(function* (isOver, onRound) {
    while (!isOver()) {
      yield* ready(0);
      onRound();
    }
  }),
  "self-waking leaves": (isOver, onRound) =>
    pollFn((cx) => {
      if (isOver()) return undefined;
      onRound();
      cx.waker.wake();
      return PENDING;
    }),
  yieldNow: async(function* (isOver, onRound) {
    while (!isOver()) {
      yield* yieldNow();
      onRound();
    }
  }),
  "tasks that spawn tasks": async(function* (isOver, onRound) {
    while (!isOver()) {
      yield* spawn(ready(0));
      onRound();
    }
  }),
  "promises that are settled": async(function* (isOver, onRound) {
    while (!isOver()) {
      yield* fromPromise(Promise.resolve());
      onRound();
    }
  }),
};

for (const [name, load] of Object.entries(LOADS)) {
  test(`a load of ${name} lets a timer of heddle's and one of the host's fire`, async () => {
    const runtime = new Runtime({ warnings: false });
    const order: string[] = [];
    let rounds = 0;
    // On a busy machine the timers may be due after a few rounds: it is a load when it goes on beside them.
    const isOver = () => order.length === 2 && rounds > 20;
    setTimeout(() => order.push("host"), 5);
    const alarm = async(function* () {
      yield* sleep(5);
      order.push("heddle");
    });
    await runtime.run(joinAll([load(isOver, () => rounds++), load(isOver, () => rounds++), alarm()]));
    assert.deepEqual(order.toSorted(), ["heddle", "host"]);
  });

  test(`a load of ${name} lets an HTTP server answer`, async () => {
    const server = createServer((_request, response) => response.end("answered")).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const runtime = new Runtime({ warnings: false });
    let rounds = 0;
    let isOver = false;
    const requests = async(function* () {
      const bodies: string[] = [];
      for (let i = 0; i < 3; i++) bodies.push(yield* fromPromise(() => bodyOf(port)));
      isOver = true;
      return bodies;
    });
    const main = async(function* () {
      const loads = [1, 2, 3].map(() =>
        spawn(
          load(
            () => isOver,
            () => rounds++,
          ),
        ),
      );
      const bodies = yield* requests();
      for (const handle of loads) yield* handle;
      return bodies;
    });
    assert.deepEqual(await runtime.run(main()), ["answered", "answered", "answered"]);
    assert.ok(rounds > 20, `${rounds} rounds meanwhile`);
    server.close();
  });
}

async function bodyOf(port: number): Promise<string> {
  const request = get({ port, host: "127.0.0.1", agent: false });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  let body = "";
  for await (const chunk of response) body += String(chunk);
  return body;
}

test("many loads share the thread: none gets far more rounds than another", async () => {
  const runtime = new Runtime({ warnings: false });
  const rounds = [0, 0, 0, 0];
  let isOver = false;
  const main = async(function* () {
    const handles = rounds.map((_, i) =>
      spawn(
        LOADS["ready values"]!(
          () => isOver,
          () => rounds[i]++,
        ),
      ),
    );
    yield* sleep(20);
    isOver = true;
    for (const handle of handles) yield* handle;
  });
  await runtime.run(main());
  const [least, most] = [Math.min(...rounds), Math.max(...rounds)];
  assert.ok(most <= least + 256, `rounds: ${rounds}`);
});
