import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import Ws, { WebSocketServer } from "ws";
import { ClosedError, DisconnectedError } from "../base/errors.js";
import { async } from "../future/async.js";
import { fromPromise } from "../future/from-promise.js";
import { joinAll } from "../future/join.js";
import { END } from "../future/poll.js";
import { race } from "../future/race.js";
import { pending } from "../future/ready.js";
import { run, spawn, task } from "../runtime/run.js";
import { yieldNow } from "../task/yield-now.js";
import { connect } from "./connect.js";
import { serve } from "./serve.js";
import type { ServeOptions } from "./serve-options.js";
import { type Talk, upgrade, type UpgradeOptions } from "./upgrade.js";
import type { Message, WebSocket } from "./websocket.js";

const echo = async(function* (socket: WebSocket) {
  for (;;) {
    const message = yield* socket.next();
    if (message === END) return;
    yield* socket.send(message);
  }
});

/** A server that talks with whoever comes. */
const talking = (talk: Talk, options: UpgradeOptions & ServeOptions = {}) => {
  const { protocol, maxMessageSize, ...rest } = options;
  return serve((request) => upgrade(request, talk, { protocol, maxMessageSize }), rest);
};

const looked = () => fromPromise<void>(new Promise((resolve) => setImmediate(resolve)));

/** All messages until the end. */
const drained = async(function* (socket: WebSocket) {
  const messages: Message[] = [];
  for (;;) {
    const message = yield* socket.next();
    if (message === END) return messages;
    messages.push(message);
  }
});

const failure = async(function* (future: Parameters<typeof spawn>[0]) {
  const settled = yield* spawn(future).settled();
  assert.equal(settled.status, "rejected");
  return (settled as PromiseRejectedResult).reason;
});

test("connect() and upgrade() exchange text and bytes in order, in the task of the request", async () => {
  const names: string[] = [];
  const main = async(function* () {
    const server = yield* talking(function* (socket) {
      names.push(task.name());
      yield* echo(socket);
    });
    const socket = yield* connect(`${server.url}/chat?room=1`);
    const sent = ["", "text", new Uint8Array([1, 2, 3]), "ünï", new Uint8Array(100_000).fill(7)];
    for (const message of sent) yield* socket.send(message);
    const got: unknown[] = [];
    for (const _ of sent) got.push(yield* socket.next());
    assert.deepEqual(got, sent);
    assert.deepEqual(yield* socket.close(3001, "enough"), { code: 3001, reason: "enough" });
    assert.equal(yield* socket.next(), END);
    assert.ok((yield* failure(socket.send("late"))) instanceof ClosedError);
    yield* server.shutdown();
  });
  await run(main());
  assert.deepEqual(names, ["GET /chat"]);
});

test("upgrade() serves a client of ws, and agrees on the chosen protocol", async () => {
  const main = async(function* () {
    const server = yield* talking(echo, { protocol: "b" });
    const client = new Ws(server.url.replace("http", "ws"), ["a", "b"]);
    yield* fromPromise(once(client, "open"));
    assert.equal(client.protocol, "b");
    client.send("from ws");
    const [data] = yield* fromPromise(once(client, "message"));
    client.close(1000);
    yield* fromPromise(once(client, "close"));
    return String(data);
  });
  assert.equal(await run(main()), "from ws");
});

test("connect() talks to a server of ws, with headers and protocols", async () => {
  const library = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  library.on("connection", (socket, { headers }) => {
    socket.send(`${headers["x-a"]} ${socket.protocol}`);
    socket.close(4000, "that is all");
  });
  await once(library, "listening");
  const main = async(function* () {
    const url = `ws://127.0.0.1:${(library.address() as AddressInfo).port}`;
    const socket = yield* connect(url, { headers: { "x-a": "1" }, protocols: ["tea"] });
    return [socket.protocol, yield* drained(socket), yield* socket.closed()];
  });
  assert.deepEqual(await run(main()), ["tea", ["1 tea"], { code: 4000, reason: "that is all" }]);
  library.close();
});

test("WebSocket.next() that is dropped while it waits loses nothing", async () => {
  const main = async(function* () {
    const count = 100;
    const server = yield* talking(function* (socket) {
      for (let n = 0; n < count; n++) {
        yield* socket.send(String(n));
        if (n % 7 === 0) yield* looked();
      }
    });
    const socket = yield* connect(server.url);
    const got: unknown[] = [];
    let drops = 0;
    for (;;) {
      const message = yield* race([socket.next(), yieldNow()]);
      if (message === END) break;
      if (message === undefined) drops++;
      else got.push(message);
      if (message === undefined && drops % 50 === 0) yield* looked();
    }
    assert.ok(drops > 0);
    assert.deepEqual(
      got,
      Array.from({ length: count }, (_, n) => String(n)),
    );
  });
  await run(main());
});

test("WebSocket.next() serves one task at a time", async () => {
  const main = async(function* () {
    const server = yield* talking(echo);
    const socket = yield* connect(server.url);
    const first = spawn(socket.next());
    yield* yieldNow();
    assert.equal((yield* failure(socket.next())).code, "io.busy");
    yield* socket.send("for the first");
    assert.equal(yield* first, "for the first");
  });
  await run(main());
});

test("WebSocket.send() waits while the other side does not read, in order, and a dropped one sends nothing", async () => {
  const main = async(function* () {
    let read = (): void => {};
    const mayRead = new Promise<void>((resolve) => (read = resolve));
    let received: Message[] = [];
    const server = yield* talking(function* (socket) {
      yield* fromPromise(mayRead);
      received = yield* drained(socket);
    });
    const socket = yield* connect(server.url);
    let sent = 0;
    const endless = spawn(
      async(function* () {
        for (;;) {
          yield* socket.send(new Uint8Array(65_536).fill(sent));
          sent++;
        }
      })(),
    );
    // The buffers of the system fill, then nothing goes any more.
    for (let before = -1, calm = 0; calm < 50; before = sent) {
      yield* looked();
      calm = before === sent ? calm + 1 : 0;
    }
    assert.ok(sent < 500, `${sent} times 64 KiB were taken`);
    const waiting = ["a", "b", "c"].map((text) => spawn(socket.send(text)));
    yield* yieldNow();
    assert.deepEqual(
      waiting.map(({ isFinished }) => isFinished),
      [false, false, false],
    );
    endless.abort();
    waiting[1]!.abort();
    yield* yieldNow();
    read();
    yield* joinAll([waiting[0]!, waiting[2]!]);
    yield* socket.close();
    yield* server.shutdown();
    assert.equal(received.length, sent + 2);
    assert.deepEqual(received.slice(sent), ["a", "c"]);
    assert.ok(received.slice(0, sent).every((message, n) => (message as Uint8Array)[9] === n % 256));
  });
  await run(main());
});

test("WebSocket says how it ended: a close is an end, a broken connection an error", async () => {
  const main = async(function* () {
    const ends: Talk[] = [
      () => {},
      (socket) => socket.close(4001, "bye"),
      function* () {
        throw new Error("no tea");
      },
      (socket) => socket[Symbol.dispose](),
    ];
    const errors: string[] = [];
    const server = yield* serve((request) => upgrade(request, ends[Number(new URL(request.url).pathname.slice(1))]!), {
      onError: (error) => void errors.push(String(error)),
    });
    const log: unknown[] = [];
    for (let n = 0; n < ends.length; n++) {
      const socket = yield* connect(`${server.url}/${n}`);
      const { code, reason } = yield* socket.closed();
      const next = yield* spawn(socket.next()).settled();
      const error = yield* failure(socket.send("late"));
      assert.ok(error instanceof DisconnectedError && error.code === "http.socket-gone");
      log.push([code, reason, next.status === "fulfilled" ? next.value === END : next.reason.code]);
    }
    assert.deepEqual(errors, ["Error: no tea"]);
    return log;
  });
  assert.deepEqual(await run(main()), [
    [1000, "", true],
    [4001, "bye", true],
    [1011, "", true],
    [1006, "", "http.socket-gone"],
  ]);
});

test("a talk whose client goes gets what the client had sent, then the end; to send then is no error of the server", async () => {
  const errors: unknown[] = [];
  const log: unknown[] = [];
  const main = async(function* () {
    const server = yield* serve(
      (request) =>
        upgrade(request, function* (socket) {
          try {
            yield* socket.closed();
            for (let n = 0; n < 2; n++) log.push(yield* socket.next());
            if (request.url.endsWith("/closes")) log.push(yield* socket.next());
            log.push(request.signal.aborted);
            yield* socket.send("anyone?");
          } finally {
            log.push("over");
          }
        }),
      { onError: (error) => void errors.push(error) },
    );
    for (const path of ["closes", "breaks"]) {
      const client = new Ws(`ws://localhost:${server.port}/${path}`);
      yield* fromPromise(once(client, "open"));
      for (const text of ["one", "two"]) yield* fromPromise(new Promise((resolve) => client.send(text, resolve)));
      // Both messages have come before the connection breaks.
      client.ping();
      yield* fromPromise(once(client, "pong"));
      if (path === "closes") client.close(1000);
      else client.terminate();
      yield* fromPromise(once(client, "close"));
    }
    yield* server.shutdown();
  });
  await run(main());
  assert.deepEqual(log, ["one", "two", END, true, "over", "one", "two", true, "over"]);
  assert.deepEqual(errors, []);
});

test("HttpServer.shutdown() tells WebSockets that it goes, and waits for their tasks; dropped, it does not wait", async () => {
  const log: unknown[] = [];
  const main = async(function* () {
    const server = yield* talking(function* (socket) {
      log.push(yield* drained(socket));
      yield* looked();
      log.push("task over");
    });
    const socket = yield* connect(server.url);
    yield* socket.send("hello");
    yield* server.shutdown();
    log.push(yield* socket.closed());

    const dropped = yield* talking(function* () {
      try {
        yield* pending();
      } finally {
        log.push("unwound");
      }
    });
    const other = yield* connect(dropped.url);
    dropped[Symbol.dispose]();
    yield* dropped.closed();
    log.push((yield* other.closed()).code);
  });
  await run(main());
  assert.deepEqual(log, [["hello"], "task over", { code: 1001, reason: "the server is going away" }, "unwound", 1001]);
});

test("connect() says why there is no WebSocket", async () => {
  const main = async(function* () {
    const server = yield* serve(
      (request) =>
        request.url.endsWith("/copy")
          ? upgrade(new Request(request.url, { headers: request.headers }), echo)
          : new Response("no", { status: 403 }),
      {
        onError: (error) =>
          new Response(null, { status: (error as { code?: string }).code === "http.wrong-request" ? 409 : 500 }),
      },
    );
    const { url, port } = server;
    const refused = yield* failure(connect(url));
    const copied = yield* failure(connect(`${url}/copy`));
    yield* server.shutdown();
    const gone = yield* failure(connect(`ws://ada:secret@127.0.0.1:${port}/`));
    return [refused, copied, gone].map(({ code, message }) => [code, message.split("\n")[0]]);
  });
  const [refused, copied, gone] = await run(main());
  assert.equal(refused![0], "http.no-upgrade");
  assert.match(refused![1], /^Cannot connect to ws:\/\/localhost:\d+\/: the server answered with status 403$/);
  assert.match(copied![1], /status 409$/);
  assert.equal(gone![0], "http.refused");
  assert.match(gone![1], /^Cannot connect to ws:\/\/127.0.0.1:\d+\/: the connection was refused \(ECONNREFUSED\)$/);
  for (const options of [{ protocols: ["a b"] }, { headers: { "a b": "1" } }])
    await assert.rejects(run(connect("wss://127.0.0.1:1", options)), {
      name: "TypeError",
      message: /^Cannot connect to wss:\/\/127\.0\.0\.1:1\/: \S/,
    });
  assert.throws(
    () => connect("localhost:80"),
    /^TypeError: Cannot connect as 'url' must be the URL of a WebSocket: received "localhost:80"\nhelp: /,
  );
});

test("WebSocket refuses at once what it cannot send", async () => {
  const main = async(function* () {
    const server = yield* talking(echo, { maxMessageSize: 10 });
    const socket = yield* connect(server.url);
    assert.throws(
      () => socket.send(3 as never),
      /^TypeError: Cannot send a message as it must be a string or a Uint8Array: received 3\nhelp: /,
    );
    for (const code of [999, 1005, 1015, 2000, 5000, 1.5]) assert.throws(() => socket.close(code), RangeError);
    assert.throws(() => socket.close(1000, "ü".repeat(62)), RangeError);
    yield* socket.send("far too long");
    return yield* socket.closed();
  });
  assert.deepEqual(await run(main()), { code: 1009, reason: "" });
});

test("WebSocket is an async iterable for native code", async () => {
  const server = await run(
    talking(
      function* (socket) {
        for (const text of ["a", "b", "c"]) yield* socket.send(text);
      },
      { detached: true },
    ),
  );
  const got: Message[] = [];
  for await (const message of await run(connect(server.url))) got.push(message);
  assert.deepEqual(got, ["a", "b", "c"]);
  await server[Symbol.asyncDispose]();
});
