/**
 * TCP against the sockets of Node itself, in both directions.
 */
import assert from "node:assert/strict";
import dns from "node:dns";
import { once } from "node:events";
import { syncBuiltinESMExports } from "node:module";
import net, { type AddressInfo } from "node:net";
import { describe, test } from "node:test";
import {
  async,
  END,
  fromPromise,
  type Future,
  join,
  joinAll,
  type HeddleError,
  race,
  run,
  Runtime,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { TcpListener, TcpStream } from "../net.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (array: Uint8Array): string => new TextDecoder().decode(array);

/** What `body` gives while something listens, with heddle's end of a connection and Node's. */
function connected<T>(body: (ours: TcpStream, theirs: net.Socket) => Future<T>): Promise<T> {
  return run(
    async(function* () {
      const listener = yield* TcpListener.bind("127.0.0.1:0");
      const theirs = net.connect({ ...listener.localAddress, allowHalfOpen: true });
      const ours = yield* listener.accept();
      try {
        return yield* body(ours, theirs);
      } finally {
        ours[Symbol.dispose]();
        theirs.destroy();
        listener.close();
      }
    })(),
  );
}

/** A server of Node's, and heddle's connection to it. */
async function connectedTo<T>(
  onConnection: (socket: net.Socket) => void,
  body: (ours: TcpStream) => Future<T>,
): Promise<T> {
  const server = net.createServer({ allowHalfOpen: true }, onConnection).listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await run(
      async(function* () {
        const ours = yield* TcpStream.connect({ host: "127.0.0.1", port: (server.address() as AddressInfo).port });
        try {
          return yield* body(ours);
        } finally {
          ours[Symbol.dispose]();
        }
      })(),
    );
  } finally {
    server.close();
  }
}

const readToEnd = async(function* (from: TcpStream, size: number = 4096) {
  const parts: Uint8Array[] = [];
  for (;;) {
    const into = new Uint8Array(size);
    const length = yield* from.read(into);
    if (length === 0) return Buffer.concat(parts);
    parts.push(into.subarray(0, length));
  }
});

const writeAll = async(function* (to: TcpStream, all: Uint8Array) {
  for (let at = 0; at < all.length;) at += yield* to.write(all.subarray(at));
});

const codeOf = (code: string) => (error: HeddleError) => error.code === code;

describe("TcpStream", () => {
  test("TcpStream reads what Node writes and writes what Node reads, to the end of either side", async () => {
    await connected(
      async(function* (ours, theirs) {
        const received: Buffer[] = [];
        theirs.on("data", (chunk) => received.push(chunk));
        theirs.end("from node");
        assert.equal(text(yield* readToEnd(ours, 3)), "from node");
        // Its end of writing leaves ours open.
        yield* writeAll(ours, bytes("from heddle"));
        yield* ours.shutdown();
        while (!theirs.readableEnded) yield* sleep(1);
        assert.equal(String(Buffer.concat(received)), "from heddle");
      }),
    );
  });

  test("TcpStream.connect() reaches a server of Node's", async () => {
    const answer = await connectedTo(
      (socket) => socket.on("data", (chunk) => socket.end(String(chunk).toUpperCase())),
      async(function* (ours) {
        yield* ours.write(bytes("hello"));
        return text(yield* readToEnd(ours));
      }),
    );
    assert.equal(answer, "HELLO");
  });

  test("TcpStream.peek() gives what the next read gives, as often as it is asked", async () => {
    await connected(
      async(function* (ours, theirs) {
        theirs.end("peeked");
        const into = new Uint8Array(4);
        assert.equal(yield* ours.peek(into), 4);
        assert.equal(yield* ours.peek(into), 4);
        assert.equal(text(into), "peek");
        assert.equal(text(yield* readToEnd(ours)), "peeked");
        assert.equal(yield* ours.peek(into), 0);
      }),
    );
  });

  test("TcpStream tells its addresses and what went through", async () => {
    await connected(
      async(function* (ours, theirs) {
        yield* ours.write(bytes("12345"));
        yield* ours.flush();
        while (theirs.connecting) yield* sleep(1);
        assert.deepEqual(ours.peerAddress, { host: "127.0.0.1", port: theirs.localPort });
        assert.deepEqual(ours.localAddress, { host: "127.0.0.1", port: theirs.remotePort });
        assert.equal(ours.bytesWritten, 5);
        ours.setNoDelay(true);
        ours.setKeepAlive({ seconds: 10 });
        ours.setKeepAlive(false);
      }),
    );
  });

  test("TcpStream.reset() fails the other side's reads, and its own", async () => {
    await connected(
      async(function* (ours, theirs) {
        const failed = once(theirs, "error");
        ours.reset();
        const [error] = (yield* fromPromise(failed)) as NodeJS.ErrnoException[];
        assert.equal(error.code, "ECONNRESET");
        assert.equal((yield* caught(ours.read(new Uint8Array(1)))).code, "io.closed");
      }),
    );
  });

  test("TcpStream read and write are a DisconnectedError when the other side resets", async () => {
    await connected(
      async(function* (ours, theirs) {
        theirs.resetAndDestroy();
        const error = yield* caught(readToEnd(ours));
        assert.equal(error.name, "DisconnectedError");
        assert.equal(error.code, "io.disconnected");
        assert.equal((error.cause as NodeJS.ErrnoException).code, "ECONNRESET");
        assert.equal((yield* caught(ours.write(bytes("x")))).code, "io.disconnected");
      }),
    );
  });

  test("TcpStream that was disposed of is a ClosedError for those who still use it", async () => {
    await connected(
      async(function* (ours, theirs) {
        const ended = once(theirs, "end").catch(() => {});
        theirs.resume();
        ours[Symbol.dispose]();
        ours[Symbol.dispose]();
        assert.equal((yield* caught(ours.read(new Uint8Array(1)))).code, "io.closed");
        assert.equal((yield* caught(ours.write(bytes("x")))).code, "io.closed");
        yield* fromPromise(ended);
      }),
    );
  });

  test("TcpStream.split() gives each direction to its own task; the end is said when the writing half goes", async () => {
    await connected(
      async(function* (ours, theirs) {
        const received: Buffer[] = [];
        theirs.on("data", (chunk) => received.push(chunk));
        const [reader, writer] = ours.split();
        const writing = spawn(
          async(function* () {
            for (let i = 0; i < 3; i++) yield* writer.write(bytes(`${i}`));
            writer[Symbol.dispose]();
          })(),
        );
        yield* writing;
        while (!theirs.readableEnded) yield* sleep(1);
        assert.equal(text(Buffer.concat(received)), "012");
        assert.equal(theirs.destroyed, false);
        assert.equal((yield* caught(writer.write(bytes("3")))).code, "io.closed");
        writer[Symbol.dispose]();
        theirs.end("late");
        const into = new Uint8Array(9);
        assert.equal(yield* reader.read(into), 4);
        reader[Symbol.dispose]();
        reader[Symbol.dispose]();
        while (!theirs.destroyed) yield* sleep(1);
      }),
    );
  });

  test("TcpStream refuses a second read while one waits, and loses nothing by it", async () => {
    await connected(
      async(function* (ours, theirs) {
        const first = spawn(ours.read(new Uint8Array(8)));
        yield* yieldNow();
        const error = yield* caught(ours.read(new Uint8Array(8)));
        assert.equal(error.name, "BusyError");
        theirs.write("one");
        assert.equal(yield* first, 3);
      }),
    );
  });

  test("TcpStream.connect() says who refused, and what name is unknown", async () => {
    const server = net.createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    await assert.rejects(run(TcpStream.connect(`127.0.0.1:${port}`)), (error: HeddleError) => {
      assert.equal(error.name, "DisconnectedError");
      assert.equal(error.message, `Cannot connect to 127.0.0.1:${port}: nobody listens there`);
      return error.code === "net.refused";
    });
    await assert.rejects(run(TcpStream.connect("no-such-host.invalid:80")), codeOf("net.unknown-host"));
  });

  test("TcpStream.connect() that is dropped closes the socket it had begun", async () => {
    await run(
      async(function* () {
        const listener = yield* TcpListener.bind("127.0.0.1:0");
        const { port } = listener.localAddress;
        // In this order: on a busy machine it may have connected by the second poll.
        yield* select({ now: yieldNow(), never: TcpStream.connect(`127.0.0.1:${port}`) }, { biased: true });
        const next = yield* TcpStream.connect(listener.localAddress);
        // The system may have made the connection before the next one, or not.
        for (let isNext = false; !isNext;) {
          const accepted = yield* listener.accept();
          isNext = accepted.peerAddress!.port === next.localAddress!.port;
          if (!isNext) assert.equal(yield* accepted.read(new Uint8Array(1)), 0);
          accepted[Symbol.dispose]();
        }
        next[Symbol.dispose]();
        listener.close();
      })(),
    );
  });

  test("TcpStream.connect() refuses what is no address, at the call", () => {
    for (const address of ["localhost", "127.0.0.1:", "::1:80", 80, null, { port: 80 }])
      assert.throws(() => TcpStream.connect(address as string), {
        name: "TypeError",
        message: /^Cannot connect as 'address' must be "host:port" or \{ host, port \}: received .*\nhelp: /,
      });
    for (const [local, name, message] of [
      [
        { host: "localhost" },
        "TypeError",
        /'host' of 'local' must be an IP address of this machine: received "localhost"/,
      ],
      [{ port: 65_536 }, "RangeError", /'port' must be an integer from 0 to 65535: received 65536/],
    ] as const)
      assert.throws(() => TcpStream.connect("127.0.0.1:1", { local }), { name, message });
    for (const port of [-1, 65_536, 1.5])
      assert.throws(() => TcpStream.connect({ host: "a", port }), {
        name: "RangeError",
        message: `Cannot connect as 'port' must be an integer from 0 to 65535: received ${port}`,
      });
  });
});

describe("back-pressure", () => {
  test("TcpStream reads ahead a bounded number of bytes, however much is sent", async () => {
    await connected(
      async(function* (ours, theirs) {
        theirs.on("error", () => {});
        const chunk = Buffer.alloc(65_536);
        let sent = 0;
        const pump = (): void => {
          while (sent < 64 * 2 ** 20 && theirs.write(chunk)) sent += chunk.length;
        };
        theirs.on("drain", pump);
        pump();
        yield* ours.read(new Uint8Array(1));
        yield* sleep(100);
        // What came in here; the rest waits in the system's buffers and the sender's.
        assert.ok(ours.bytesRead <= 300_000, `${ours.bytesRead} bytes were read ahead`);
        let read = 1;
        const into = new Uint8Array(2 ** 20);
        while (read < 8 * 2 ** 20) read += yield* ours.read(into);
      }),
    );
  });

  test("TcpStream writes no more than the other side takes, and a write that is dropped has taken nothing", async () => {
    await connected(
      async(function* (ours, theirs) {
        theirs.pause();
        const chunk = new Uint8Array(65_536).fill(7);
        let taken = 0;
        for (;;) {
          const won = yield* select({ taken: ours.write(chunk), full: sleep(50) });
          if (won.key === "full") break;
          taken += won.value;
        }
        assert.ok(taken < 32 * 2 ** 20, `${taken} bytes were taken`);
        let received = 0;
        theirs.on("data", (data) => (received += data.length)).resume();
        yield* ours.shutdown();
        while (!theirs.readableEnded) yield* sleep(1);
        assert.equal(received, taken);
      }),
    );
  });

  test("TcpStream loses nothing to reads and writes that are dropped at any time", async () => {
    const sent = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7) % 251);
    await connected(
      async(function* (ours, theirs) {
        theirs.pipe(theirs); // an echo
        const writing = async(function* () {
          for (let at = 0; at < sent.length;) {
            const won = yield* select({
              dropped: sleep(0),
              written: ours.write(sent.subarray(at, at + 1 + ((at * 13) % 5000))),
            });
            if (won.key === "written") at += won.value;
          }
          yield* ours.shutdown();
        });
        const reading = async(function* () {
          const parts: Uint8Array[] = [];
          for (;;) {
            const into = new Uint8Array(1 + ((parts.length * 31) % 3000));
            const won = yield* select({ dropped: sleep(0), read: ours.read(into) });
            if (won.key === "dropped") continue;
            if (won.value === 0) return Buffer.concat(parts);
            parts.push(into.slice(0, won.value));
          }
        });
        const [, received] = yield* join(writing(), reading());
        assert.equal(Buffer.compare(received, sent), 0);
      }),
    );
  });
});

describe("TcpListener", () => {
  test("TcpListener.accept() gives the connections in the order in which they came, and loses none when it is dropped", async () => {
    await run(
      async(function* () {
        const listener = yield* TcpListener.bind("127.0.0.1:0");
        const ports: number[] = [];
        const clients: TcpStream[] = [];
        for (let i = 0; i < 5; i++) {
          const won = yield* select({ dropped: yieldNow(), accepted: listener.accept() }, { biased: true });
          if (won.key === "accepted") ports.push(portOf(won.value));
          clients.push(yield* TcpStream.connect(listener.localAddress));
        }
        while (ports.length < 5) ports.push(portOf(yield* timeout(listener.accept(), 5000)));
        assert.deepEqual(
          ports,
          clients.map((client) => client.localAddress!.port),
        );
        for (const client of clients) client[Symbol.dispose]();
        listener.close();
      })(),
    );
  });

  test("TcpListener.bind() takes the first of several addresses that it can have", async () => {
    await run(
      async(function* () {
        const taken = yield* TcpListener.bind("127.0.0.1:0");
        const { port } = taken.localAddress;
        const other = yield* TcpListener.bind([`127.0.0.1:${port}`, "127.0.0.1:0"]);
        assert.notEqual(other.localAddress.port, port);
        const error = yield* caught(TcpListener.bind(taken.localAddress));
        assert.equal(error.code, "net.in-use");
        assert.match(
          error.message,
          /^Cannot listen at 127\.0\.0\.1:\d+: the address is in use\nhelp: choose another port/,
        );
        const noAddress = yield* caught(TcpListener.bind("192.0.2.1:0"));
        assert.equal(noAddress.code, "net.unavailable");
        taken.close();
        other.close();
      })(),
    );
  });

  test("TcpListener.bind() of a name takes the first of its addresses that it can have", async (t) => {
    const addresses = ["192.0.2.1", "127.0.0.1"].map((address) => ({ address, family: 4 }));
    const { lookup: real } = dns;
    const lookup = t.mock.method(dns, "lookup", (name: string, ...rest: any[]) =>
      name === "two-addresses.test" ? rest.at(-1)(null, addresses) : (real as Function)(name, ...rest),
    );
    syncBuiltinESMExports();
    await run(
      async(function* () {
        const listener = yield* TcpListener.bind("two-addresses.test:0");
        assert.equal(listener.localAddress.host, "127.0.0.1");
        listener.close();
      })(),
    ).finally(() => {
      lookup.mock.restore();
      syncBuiltinESMExports();
    });
    const unknown = await run(caught(TcpListener.bind("no-such-host.invalid:0")));
    assert.equal(unknown.code, "net.unknown-host");
    assert.match(unknown.message, /^Cannot listen at no-such-host\.invalid:0: /);
  });

  test("TcpListener.bind() shares a port, or says that the host cannot", async () => {
    const bind = async () => await run(TcpListener.bind("127.0.0.1:0", { reusePort: true }));
    const first = await bind().catch((error: HeddleError) => error);
    if (first instanceof TcpListener) {
      const second = await run(TcpListener.bind(first.localAddress, { reusePort: true }));
      assert.deepEqual(second.localAddress, first.localAddress);
      first.close();
      second.close();
    } else {
      assert.equal(first.code, "net.unsupported");
      assert.match(first.message, /^Cannot share a port as 'reusePort' needs Node 22\.12: this is \d+/);
      assert.ok(Number.parseInt(process.versions.node) < 24);
    }
  });

  test("TcpListener that is closed ends a waiting accept and its loops, resets who was not accepted, and leaves the others", async () => {
    await run(
      async(function* () {
        const listener = yield* TcpListener.bind("127.0.0.1:0");
        const client = yield* TcpStream.connect(listener.localAddress);
        const accepted = yield* listener.accept();
        const waiting = spawn(listener.next());
        yield* yieldNow();
        listener.close();
        listener.close();
        assert.equal(yield* waiting, END);
        assert.equal(listener.isClosed, true);
        assert.equal((yield* caught(listener.accept())).code, "net.closed");
        yield* accepted.write(bytes("still"));
        assert.equal(yield* client.read(new Uint8Array(9)), 5);
        assert.equal((yield* caught(TcpStream.connect(listener.localAddress))).code, "net.refused");
        client[Symbol.dispose]();
        accepted[Symbol.dispose]();
      })(),
    );
  });

  test("TcpListener holds as many connections as its backlog, and resets those that come then", async () => {
    await run(
      async(function* () {
        const listener = yield* TcpListener.bind("127.0.0.1:0", { backlog: 2 });
        const clients = yield* joinAll([1, 2, 3].map(() => TcpStream.connect(listener.localAddress)));
        const reads = clients.map((client) => spawn(client.read(new Uint8Array(1))));
        // The third one is told, whichever it is.
        const told = yield* race(reads.map((read) => read.settled()));
        assert.equal(codeIn(told), "io.disconnected");
        for (let i = 0; i < 2; i++) (yield* listener.accept())[Symbol.dispose]();
        // And the two others were held.
        const ends = yield* joinAll(reads.map((read) => read.settled()));
        assert.equal(ends.filter((end) => codeIn(end) === undefined).length, 2);
        for (const client of clients) client[Symbol.dispose]();
        listener.close();
      })(),
    );
  });

  test("TcpListener resets no connection while somebody accepts, however many the host takes in a row", async () => {
    const runtime = new Runtime({ blockedAfter: { minutes: 1 } });
    await runtime.run(
      async(function* () {
        // The system holds one more than that.
        const listener = yield* TcpListener.bind("127.0.0.1:0", { backlog: 2 });
        const clients: net.Socket[] = [];
        const isReset = new Promise((_resolve, reject) => {
          for (let i = 0; i < 4; i++) clients.push(new net.Socket().on("error", reject));
        });
        const connect = (client: net.Socket) => client.connect(listener.localAddress.port, "127.0.0.1");
        const accepting = spawn(
          async(function* () {
            connect(clients[0]!);
            const accepted = [yield* listener.accept()];
            // The three others are there before the host has had its turn, and no turn is left for them until it has.
            clients.slice(1).forEach(connect);
            for (const since = performance.now(); performance.now() - since < 10;);
            while (accepted.length < clients.length) accepted.push(yield* listener.accept());
            for (const stream of accepted) stream[Symbol.dispose]();
          })(),
        );
        yield* race([accepting, fromPromise(() => isReset)]);
        for (const client of clients) client.destroy();
        listener.close();
      })(),
    );
    await runtime.shutdown();
  });

  test("TcpListener.accept() from two places is a BusyError for the second", async () => {
    await run(
      async(function* () {
        const listener = yield* TcpListener.bind("127.0.0.1:0");
        const first = spawn(listener.accept());
        yield* yieldNow();
        assert.equal((yield* caught(listener.accept())).name, "BusyError");
        first.abort();
        yield* first.settled();
        const client = yield* TcpStream.connect(listener.localAddress);
        (yield* listener.accept())[Symbol.dispose]();
        client[Symbol.dispose]();
        listener.close();
      })(),
    );
  });

  test("TcpListener.bind() refuses what it cannot use, at the call", () => {
    assert.throws(() => TcpListener.bind([]), { name: "TypeError", message: /received none$/ });
    assert.throws(() => TcpListener.bind(":0", { backlog: 0 }), {
      name: "RangeError",
      message: "Cannot listen as 'backlog' must be an integer >= 1: received 0",
    });
  });
});

/** The port of whoever is at the other end of a connection, which is closed. */
function portOf(stream: TcpStream): number {
  const { port } = stream.peerAddress!;
  stream[Symbol.dispose]();
  return port;
}

/** The error of a future that must fail. */
const caught = async(function* (future: Future<unknown>): Generator<any, HeddleError, any> {
  try {
    yield* future;
  } catch (error) {
    return error as HeddleError;
  }
  return assert.fail("it did not fail");
});

/** The code of the error that something ended with, if it did. */
const codeIn = (end: PromiseSettledResult<unknown>): string | undefined =>
  end.status === "rejected" ? (end.reason as HeddleError).code : undefined;

test("TcpListener is iterated outside of tasks as well, until it is closed", async () => {
  const listener = await run(TcpListener.bind("127.0.0.1:0"));
  const clients = [1, 2, 3].map(() => net.connect(listener.localAddress.port, "127.0.0.1"));
  // HOST: Bun does not know their ports before.
  const ports = clients.map(async (client) => {
    await once(client, "connect");
    return client.localPort;
  });
  const accepted: TcpStream[] = [];
  for await (const connection of listener) {
    accepted.push(connection);
    if (accepted.length === 1) break;
  }
  for await (const connection of listener) {
    accepted.push(connection);
    if (accepted.length === 3) listener.close();
  }
  assert.deepEqual(new Set(accepted.map(({ peerAddress }) => peerAddress!.port)), new Set(await Promise.all(ports)));
  for (const each of accepted) each[Symbol.dispose]();
  await Promise.all(clients.map((client) => once(client.resume(), "close")));
});
