/**
 * The server, over real connections.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, END, HeddleError, lazy, run, Runtime, sleep, spawn } from "heddle";
import { BufReader, duplex, readLine, readToString, writeAll } from "heddle/io";
import { TcpListener, TcpStream } from "heddle/net";
import type { Connection } from "./connection.js";
import { serve } from "./server.js";
import { withServer } from "./server.kit.js";

const connect = (port: number) => TcpStream.connect(`127.0.0.1:${port}`);

test("serve() serves as many connections as it may, and the next one when there is a seat", async () => {
  const play = async(function* (port: number) {
    using first = yield* connect(port);
    using second = yield* connect(port);
    using third = yield* connect(port);
    const [here, there, waiting] = [first, second, third].map((one) => new BufReader(one)) as [
      BufReader,
      BufReader,
      BufReader,
    ];
    for (const one of [third, first, second]) yield* writeAll(one, "PING\r\n");
    assert.equal(yield* readLine(here), "+PONG");
    assert.equal(yield* readLine(there), "+PONG");
    const answered = spawn(readLine(waiting));
    // Another round trip, and the third, who asked before, has still no answer.
    yield* writeAll(second, "PING\r\n");
    assert.equal(yield* readLine(there), "+PONG");
    assert.equal(answered.isFinished, false);
    yield* writeAll(first, "QUIT\r\n");
    assert.equal(yield* answered, "+PONG");
  });
  await run(withServer(play, { maxConnections: 2 }));
});

test("serve() that is dropped lets each connection have its answers, and is over when they are", async () => {
  const main = async(function* () {
    const listener = yield* TcpListener.bind("127.0.0.1:0");
    const serving = spawn(serve(listener));
    using idle = yield* TcpStream.connect(listener.localAddress);
    using busy = yield* TcpStream.connect(listener.localAddress);
    const value = "x".repeat(1_000_000);
    yield* writeAll(busy, `*3\r\n$3\r\nSET\r\n$1\r\na\r\n$${value.length}\r\n${value}\r\nGET a\r\n`);
    // The answer has begun to come, and most of it is still to be sent.
    assert.equal(yield* busy.peek(new Uint8Array(5)), 5);
    serving.abort();
    assert.equal(yield* readToString(idle), "");
    assert.equal(yield* readToString(busy), `+OK\r\n$${value.length}\r\n${value}\r\n`);
    assert.equal((yield* serving.settled()).status, "rejected"); // as aborted tasks are
    assert.equal(listener.isClosed, true);
  });
  await run(main());
});

test("serve() goes on when there was no descriptor for a connection, a little later", async () => {
  const [client, end] = duplex(64);
  const outcomes: (() => Connection | typeof END)[] = [
    () => {
      throw new HeddleError("net.too-many-open", "Cannot accept: there are too many");
    },
    () => end,
    () => END,
  ];
  let accepts = 0;
  const listener = { next: () => lazy(() => outcomes[accepts++]!()), close: () => {} };
  const main = async(function* () {
    const serving = spawn(serve(listener));
    yield* sleep(1);
    assert.equal(accepts, 1);
    yield* writeAll(client, "PING\r\nQUIT\r\n");
    assert.equal(yield* readToString(client), "+PONG\r\n+OK\r\n");
    yield* serving; // the listener was closed, and the last connection is over
    assert.equal(accepts, 3);
  });
  await new Runtime({ startPaused: true }).run(main());
});

test("serve() ends with the error of a listener that is broken", async () => {
  const broken = new Error("broken");
  const listener = {
    next: () =>
      lazy((): never => {
        throw broken;
      }),
    close: () => {},
  };
  await assert.rejects(run(serve(listener)), broken);
});
