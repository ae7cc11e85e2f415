/**
 * One connection, in memory: what the client writes is one end of a pipe, and time is virtual.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, DisconnectedError, type Future, owning, Runtime, sleep, spawn } from "heddle";
import { type AsyncWrite, combine, duplex, type DuplexStream, readToString, writeAll } from "heddle/io";
import { serveConnection } from "./connection.js";
import { Db } from "./db.js";
import { ServerCodec } from "./resp/codecs.js";
import { Session } from "./session.js";

/** Serves one end of a pipe; `play` has the other, and the task that serves. */
function withConnection(
  play: (client: DuplexStream, db: Db, serving: ReturnType<typeof spawn>) => Future<void>,
  { room = 65_536, wrap = (end: DuplexStream) => end as Parameters<typeof serveConnection>[0] } = {},
): Promise<void> {
  const main = async(function* () {
    const [client, server] = duplex(room);
    const db = new Db();
    const connection = wrap(server);
    const session = new Session(1, db, new ServerCodec({ maxBulk: 10 }));
    const serving = spawn(owning(connection, serveConnection(connection, session, 100)));
    yield* play(client, db, serving);
    yield* serving.settled();
    assert.equal(db.channels.size, 0);
  });
  return new Runtime({ startPaused: true }).run(main());
}

test("serveConnection() sends the answers to requests that came together together", async () => {
  const writes: string[] = [];
  const noted = (end: DuplexStream) => {
    const writer: AsyncWrite = {
      write: (bytes) => {
        writes.push(Buffer.from(bytes).toString());
        return end.write(bytes);
      },
      flush: () => end.flush(),
      shutdown: () => end.shutdown(),
    };
    return Object.assign(combine(end, writer), { [Symbol.dispose]: () => end[Symbol.dispose]() });
  };
  const play = async(function* (client: DuplexStream) {
    yield* writeAll(client, "SET a 1\r\nINCR a\r\nGET a\r\nPI");
    yield* sleep(1);
    // The half of a request does not keep the others waiting.
    assert.deepEqual(writes, ["+OK\r\n:2\r\n$1\r\n2\r\n"]);
    yield* writeAll(client, "NG\r\nQUIT\r\nGET a\r\n");
    assert.equal(yield* readToString(client), "+OK\r\n:2\r\n$1\r\n2\r\n+PONG\r\n+OK\r\n");
    assert.deepEqual(writes.slice(1), ["+PONG\r\n+OK\r\n"]); // and nothing behind QUIT
  });
  await withConnection(play, { wrap: noted });
});

test("serveConnection() answers what was asked before the client's end", async () => {
  await withConnection(
    async(function* (client) {
      yield* writeAll(client, "SET a 1\r\nGET a\r\n");
      yield* client.shutdown();
      assert.equal(yield* readToString(client), "+OK\r\n$1\r\n1\r\n");
    }),
  );
});

test("serveConnection() does not mind a client that goes away in the middle of a request", async (t) => {
  const complaints = t.mock.method(console, "error", () => {});
  await withConnection(
    async(function* (client) {
      yield* writeAll(client, "PING\r\n*2\r\n$3\r\nGE");
      yield* client.shutdown();
      assert.equal(yield* readToString(client), "+PONG\r\n");
    }),
  );
  assert.equal(complaints.mock.callCount(), 0);
});

test("serveConnection() hangs up where the server has made a mistake, and reports it", async (t) => {
  const complaints = t.mock.method(console, "error", () => {});
  const mistake = new Error("a mistake");
  await withConnection(
    async(function* (client, db) {
      db.get = () => {
        throw mistake;
      };
      yield* writeAll(client, "PING\r\nGET a\r\nPING\r\n");
      assert.equal(yield* readToString(client), "+PONG\r\n");
    }),
  );
  assert.deepEqual(
    complaints.mock.calls.map((call) => call.arguments),
    [["client 1:", mistake]],
  );
});

test("serveConnection() hears a client out for a moment, for what nobody reads would reset the connection", async () => {
  await withConnection(
    async(function* (client) {
      yield* writeAll(client, "QUIT\r\n");
      assert.equal(yield* readToString(client), "+OK\r\n");
      yield* sleep(99);
      yield* writeAll(client, "still talking");
      yield* sleep(2);
      const late = yield* spawn(writeAll(client, "too long")).settled();
      assert.ok(late.status === "rejected" && late.reason instanceof DisconnectedError);
    }),
  );
});

test("serveConnection() tells a client that does not speak the protocol, and hangs up", async () => {
  await withConnection(
    async(function* (client) {
      yield* writeAll(client, "SET a 1\r\n*2\r\n$3\r\nGET\r\n$11\r\n");
      assert.equal(yield* readToString(client), "+OK\r\n-ERR Protocol error: invalid bulk length\r\n");
    }),
  );
});

test("serveConnection() that is dropped sends what it has answered, and takes no further request", async () => {
  await withConnection(
    async(function* (client, db, serving) {
      yield* writeAll(client, "INCR a\r\nINCR a\r\nINC");
      yield* sleep(1);
      serving.abort();
      yield* writeAll(client, "R a\r\n");
      assert.equal(yield* readToString(client), ":1\r\n:2\r\n");
      assert.equal(db.get("a"), "2");
    }),
  );
});

test("serveConnection() that is dropped while the client does not read has answered each command it has run, and gives up in time", async () => {
  const asked = 100;
  const play = (isRead: boolean) =>
    async(function* (client: DuplexStream, db: Db, serving: ReturnType<typeof spawn>) {
      const asking = spawn(writeAll(client, `${"INCR a\r\n".repeat(asked)}QUIT\r\n`));
      yield* sleep(1);
      serving.abort();
      yield* sleep(99); // the 100th millisecond ends the farewell
      if (!isRead) yield* sleep(1);
      asking.abort();
      const answers = (yield* readToString(client)).split("\r\n").filter((line) => /^:\d+$/.test(line));
      assert.equal(answers.length > 0 && answers.length < asked, true);
      if (isRead) assert.equal(String(answers.length), db.get("a"));
      else assert.equal(answers.length < Number(db.get("a")), true);
    });
  // Room for a few answers: the others wait, and so do requests.
  await withConnection(play(true), { room: 64 });
  await withConnection(play(false), { room: 64 });
});

test("serveConnection() passes on messages between answers, and hangs up on a subscriber that is too slow", async () => {
  await withConnection(
    async(function* (client, db) {
      yield* writeAll(client, "HELLO 3\r\nSUBSCRIBE c\r\n");
      yield* sleep(1);
      assert.equal(db.channels.publish("c", "one"), 1);
      yield* sleep(1);
      yield* writeAll(client, "PING\r\n");
      yield* sleep(1);
      for (let i = 0; i < 1025; i++) db.channels.publish("c", "too many at once");
      const text = yield* readToString(client);
      const subscribed = ">3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n";
      const [, rest] = text.split(subscribed);
      const message = ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$3\r\none\r\n";
      assert.equal(rest, `${message}+PONG\r\n`);
    }),
  );
});
