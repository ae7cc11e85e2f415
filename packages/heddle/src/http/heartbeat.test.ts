/**
 * Heartbeats, with peers that answer pings and with peers that are silent, as if they were gone. They go by the host's time; nothing here depends on how much of it passes.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import Ws, { WebSocketServer } from "ws";
import { DisconnectedError } from "../base/errors.js";
import { async } from "../future/async.js";
import { fromPromise } from "../future/from-promise.js";
import { map } from "../future/gather-one.js";
import { END } from "../future/poll.js";
import { race } from "../future/race.js";
import { run, spawn } from "../runtime/run.js";
import { connect } from "./connect.js";
import { serve } from "./serve.js";
import { upgrade } from "./upgrade.js";
import type { WebSocket } from "./websocket.js";

/** A server of `ws`. @param autoPong false: it never answers a ping */
async function listening(autoPong: boolean): Promise<{ server: WebSocketServer; url: string }> {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1", autoPong });
  await once(server, "listening");
  return { server, url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const closed = (server: WebSocketServer): Promise<void> => {
  for (const client of server.clients) client.terminate();
  return new Promise((resolve) => server.close(() => resolve()));
};

test("ConnectOptions.heartbeat breaks a connection whose server answers nothing any more", async () => {
  const { server, url } = await listening(false);
  const main = async(function* () {
    const socket = yield* connect(url, { heartbeat: 10 });
    yield* socket.next();
  });
  await assert.rejects(
    run(main()).finally(() => closed(server)),
    (error) => {
      assert.ok(error instanceof DisconnectedError);
      assert.equal(error.code, "http.socket-gone");
      assert.match(
        error.message,
        /the connection broke: nothing was heard of the other side for 20 ms, although it was asked$/m,
      );
      return true;
    },
  );
});

test("UpgradeOptions.heartbeat has a talk end whose client answers nothing any more, which is no error of the server", async () => {
  const outcomes: unknown[] = [];
  const main = async(function* () {
    const talk = async(function* (socket: WebSocket) {
      const received = yield* spawn(socket.next()).settled();
      outcomes.push(received.status === "rejected" && (received.reason as DisconnectedError).code);
      if (received.status === "rejected") throw received.reason;
    });
    const server = yield* serve((request) => upgrade(request, talk, { heartbeat: 10 }), { host: "127.0.0.1" });
    const client = new Ws(server.url, { autoPong: false });
    yield* fromPromise(once(client, "close"));
    yield* server.shutdown();
  });
  await run(main());
  assert.deepEqual(outcomes, ["http.socket-gone"]);
});

test("ConnectOptions.heartbeat asks only whoever is silent, and does nothing to who answers", async () => {
  const { server, url } = await listening(true);
  let pings = 0;
  const asked = new Promise<void>((resolve) => {
    server.on("connection", (ws) => {
      ws.on("message", (data) => ws.send(data, { binary: false }));
      ws.on("ping", () => {
        if (++pings === 3) resolve();
      });
    });
  });
  const main = async(function* () {
    const socket = yield* connect(url, { heartbeat: 25 });
    // Or it is over before: the rest then fails.
    yield* race([fromPromise(asked), map(socket.closed(), () => {})]);
    yield* socket.send("still there");
    assert.equal(yield* socket.next(), "still there");
    yield* socket.close();
    assert.equal(yield* socket.next(), END);
  });
  await run(main()).finally(() => closed(server));
});

test("ConnectOptions.heartbeat does not count as silent who is not listened to", async () => {
  const { server, url } = await listening(false);
  // At once, and more than is kept for who does not read: the rest waits in the connection, and with it would any pong.
  server.once("connection", (ws) => {
    for (let i = 0; i < 4; i++) ws.send(Buffer.alloc(50_000));
  });
  const sizes: number[] = [];
  const main = async(function* () {
    const socket = yield* connect(url, { heartbeat: 5 });
    const others = yield* connect(url, { heartbeat: 5 });
    // Another connection has been given up meanwhile, so as much time has passed.
    assert.equal((yield* spawn(others.next()).settled()).status, "rejected");
    for (let i = 0; i < 4; i++) sizes.push(((yield* socket.next()) as Uint8Array).length);
    socket[Symbol.dispose]();
  });
  await run(main()).finally(() => closed(server));
  assert.deepEqual(sizes, [50_000, 50_000, 50_000, 50_000]);
});

test("ConnectOptions.heartbeat is refused at the call if it is no time, or none at all", () => {
  assert.throws(() => connect("ws://a", { heartbeat: 0 }), {
    name: "RangeError",
    message: "Cannot connect as 'heartbeat' must be at least 1 ms: received 0",
  });
  assert.throws(() => connect("ws://a", { heartbeat: -1 }), RangeError);
  assert.throws(() => upgrade(new Request("http://a"), () => {}, { heartbeat: "30s" as never }), TypeError);
});
