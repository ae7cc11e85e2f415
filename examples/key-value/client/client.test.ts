/**
 * The client, against the server and against peers that behave badly.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, DisconnectedError, END, joinAll, run, SendError, spawn, yieldNow } from "heddle";
import { BufReader, readLine, writeAll } from "heddle/io";
import { TcpListener, type TcpStream } from "heddle/net";
import { withServer } from "../server.kit.js";
import { Client, CommandError } from "./client.js";
import { Subscriber } from "./subscriber.js";

const address = (port: number) => ({ host: "127.0.0.1", port });

test("Client speaks to the server, in Unicode", async () => {
  const play = async(function* (port: number) {
    const client = yield* Client.connect(address(port));
    assert.equal(yield* client.set("caf\u00e9", "\u{1f980}"), true);
    assert.equal(yield* client.get("caf\u00e9"), "\u{1f980}");
    assert.equal(yield* client.get("nothing"), null);
    assert.equal(yield* client.set("caf\u00e9", "x", { only: "new" }), false);
    assert.equal(yield* client.set("caf\u00e9", "x", { only: "existing", expiresIn: 60_000 }), true);
    assert.equal(yield* client.call("TTL", "caf\u00e9"), 60);
    assert.equal(yield* client.delete("caf\u00e9", "nothing"), 1);
    const error = yield* client.call("GET");
    assert.fail(String(error));
  });
  await assert.rejects(run(withServer(play)), new CommandError("ERR wrong number of arguments for 'get' command"));
});

test("Client sends calls that are made at the same time together, and gives each its own reply", async () => {
  const main = async(function* () {
    using listener = yield* TcpListener.bind("127.0.0.1:0");
    const connecting = spawn(Client.connect(listener.localAddress));
    using peer: TcpStream = yield* listener.accept();
    const client = yield* connecting;
    const calls = ["a", "b", "c"].map((key) => spawn(client.get(key)));
    // All three requests come before any reply goes.
    const lines = new BufReader(peer);
    const received: unknown[] = [];
    for (let i = 0; i < 15; i++) received.push(yield* readLine(lines));
    assert.deepEqual(
      received.filter((_, i) => i % 5 === 4),
      ["a", "b", "c"],
    );
    // Nobody waits for the second any more: its reply must not be taken for another's.
    calls[1]!.abort();
    yield* calls[1]!.settled();
    yield* writeAll(peer, "$1\r\n1\r\n$1\r\n2\r\n$1\r\n3\r\n");
    assert.deepEqual(yield* joinAll([calls[0]!, calls[2]!]), ["1", "3"]);
    const closing = spawn(client.close());
    assert.equal(yield* readLine(lines), END);
    yield* peer.shutdown();
    yield* closing;
  });
  await run(main());
});

test("Client tells everybody who waits that the server has gone, be it in order or not", async () => {
  const main = async(function* (leave: (peer: TcpStream) => void) {
    using listener = yield* TcpListener.bind("127.0.0.1:0");
    const connecting = spawn(Client.connect(listener.localAddress));
    const peer = yield* listener.accept();
    const client = yield* connecting;
    const calls = ["a", "b"].map((key) => spawn(client.get(key)));
    yield* readLine(new BufReader(peer));
    leave(peer);
    for (const call of calls) {
      const outcome = yield* call.settled();
      assert.ok(outcome.status === "rejected" && outcome.reason instanceof DisconnectedError);
    }
    const late = yield* spawn(client.get("c")).settled();
    assert.ok(late.status === "rejected" && late.reason instanceof SendError);
    yield* client.close();
  });
  await run(main((peer) => peer[Symbol.dispose]()));
  await run(main((peer) => peer.reset()));
});

test("Client.close() waits for the replies to what was called", async () => {
  const play = async(function* (port: number) {
    const client = yield* Client.connect(address(port));
    const counting = Array.from({ length: 100 }, () => spawn(client.increment("n")));
    while (counting.some((handle) => handle.isFinished) === false) yield* yieldNow();
    const last = spawn(client.increment("n"));
    yield* yieldNow();
    yield* client.close();
    assert.equal(yield* last, 101);
  });
  await run(withServer(play));
});

test("Subscriber gives the messages of its channels in order, and loses none when a wait is dropped", async () => {
  const play = async(function* (port: number) {
    const client = yield* Client.connect(address(port));
    using subscriber = yield* Subscriber.connect(address(port), "a", "b");
    const waiting = spawn(subscriber.next());
    yield* yieldNow();
    waiting.abort();
    yield* waiting.settled();
    assert.equal(yield* client.publish("a", "\u{1f980}"), 1);
    assert.equal(yield* client.publish("c", "nobody hears"), 0);
    assert.equal(yield* client.publish("b", "two"), 1);
    assert.deepEqual(
      [yield* subscriber.next(), yield* subscriber.next()],
      [
        { channel: "a", text: "\u{1f980}" },
        { channel: "b", text: "two" },
      ],
    );
    yield* client.close();
  });
  await run(withServer(play));
});

test("Subscriber.next() gives END when the server shuts down", async () => {
  let rest: unknown;
  const main = async(function* () {
    let subscriber: Subscriber | undefined;
    const play = async(function* (port: number) {
      subscriber = yield* Subscriber.connect(address(port), "a");
    });
    yield* withServer(play);
    rest = yield* subscriber!.next();
    subscriber![Symbol.dispose]();
  });
  await run(main());
  assert.equal(rest, END);
});
