/**
 * Datagrams, against the sockets of Node itself.
 */
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import {
  async,
  fromPromise,
  type Future,
  type HeddleError,
  join,
  ready,
  run,
  select,
  sleep,
  spawn,
  yieldNow,
} from "../index.js";
import { UdpSocket } from "../net.js";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (array: Uint8Array): string => new TextDecoder().decode(array);

const caught = async(function* (future: Future<unknown>): Generator<any, HeddleError, any> {
  try {
    yield* future;
  } catch (error) {
    return error as HeddleError;
  }
  return assert.fail("it did not fail");
});

const bind = (): Future<UdpSocket> => UdpSocket.bind("127.0.0.1:0");

/** Runs `body` with a socket of heddle's and one of Node's. */
function withPeer<T>(body: (ours: UdpSocket, theirs: dgram.Socket, port: number) => Future<T>): Promise<T> {
  const theirs = dgram.createSocket("udp4");
  return run(
    async(function* () {
      const bound = once(theirs, "listening");
      theirs.bind(0, "127.0.0.1");
      yield* fromPromise(bound);
      const ours = yield* UdpSocket.bind("127.0.0.1:0");
      try {
        return yield* body(ours, theirs, theirs.address().port);
      } finally {
        ours.close();
        theirs.close();
      }
    })(),
  );
}

test("UdpSocket sends to Node and receives from it, and knows from where", async () => {
  await withPeer(
    async(function* (ours, theirs, port) {
      const arrived = once(theirs, "message");
      assert.equal(yield* ours.sendTo(bytes("to node"), `127.0.0.1:${port}`), 7);
      const [message, from] = (yield* fromPromise(arrived)) as [Buffer, dgram.RemoteInfo];
      assert.equal(String(message), "to node");
      assert.equal(from.port, ours.localAddress.port);
      theirs.send("to heddle", ours.localAddress.port, "127.0.0.1");
      const { data, from: sender } = yield* ours.recvFrom();
      assert.equal(text(data), "to heddle");
      assert.deepEqual(sender, { host: "127.0.0.1", port });
    }),
  );
});

test("UdpSocket.connect() sends to one address and hears only that one", async () => {
  await withPeer(
    async(function* (ours, theirs, port) {
      yield* ours.connect(`127.0.0.1:${port}`);
      assert.deepEqual(ours.peerAddress, { host: "127.0.0.1", port });
      const stranger = yield* UdpSocket.bind("127.0.0.1:0");
      yield* stranger.sendTo(bytes("unheard"), ours.localAddress);
      const arrived = once(theirs, "message");
      yield* ours.send(bytes("connected"));
      assert.equal(String(((yield* fromPromise(arrived)) as [Buffer])[0]), "connected");
      theirs.send("heard", ours.localAddress.port, "127.0.0.1");
      assert.equal(text(yield* ours.recv()), "heard");
      stranger.close();
    }),
  );
});

test("UdpSocket.recv() that is dropped loses no datagram, and an empty one is one as well", async () => {
  await withPeer(
    async(function* (ours, theirs) {
      const got: string[] = [];
      const send = (message: string): Promise<void> =>
        new Promise((resolve) => theirs.send(message, ours.localAddress.port, "127.0.0.1", () => resolve()));
      // HOST: Deno sends in any order what it is given at once.
      for (const message of ["one", "", "three"]) yield* fromPromise(send(message));
      while (got.length < 3) {
        const won = yield* select({ dropped: sleep(0), received: ours.recv() });
        if (won.key === "received") got.push(text(won.value));
      }
      assert.deepEqual(got, ["one", "", "three"]);
    }),
  );
});

test("UdpSocket.sendTo() that is dropped was sent if it was polled, and otherwise not", async () => {
  await withPeer(
    async(function* (ours, theirs, port) {
      const got: string[] = [];
      theirs.on("message", (message) => got.push(String(message)));
      const to = { host: "127.0.0.1", port };
      const gone = (): Future<void> => ready(undefined);
      // The first one is asked first.
      yield* select({ gone: gone(), sent: ours.sendTo(bytes("never"), to) }, { biased: true });
      yield* select({ sent: ours.sendTo(bytes("dropped"), to), gone: gone() }, { biased: true });
      // HOST: Deno sends in any order what it is given at once.
      while (got.length === 0) yield* sleep(1);
      yield* ours.sendTo(bytes("last"), to);
      while (!got.includes("last")) yield* sleep(1);
      assert.deepEqual(got, ["dropped", "last"]);
    }),
  );
});

test("UdpSocket.peek() and peekFrom() wait for a datagram and leave it to the next receive", async () => {
  await withPeer(
    async(function* (ours, theirs, port) {
      const early = spawn(ours.peek());
      yield* yieldNow();
      const busy = yield* caught(ours.recv());
      assert.deepEqual([busy.name, busy.code], ["BusyError", "net.busy"]);
      for (const message of ["one", "two"]) {
        yield* fromPromise(
          new Promise<void>((sent) => theirs.send(message, ours.localAddress.port, "127.0.0.1", () => sent())),
        );
      }
      assert.equal(text(yield* early), "one");
      const { data, from } = yield* ours.peekFrom();
      assert.deepEqual([text(data), from.port], ["one", port]);
      assert.equal(text(yield* ours.recv()), "one");
      assert.equal(text((yield* ours.recvFrom()).data), "two");

      const late = spawn(ours.peek());
      yield* yieldNow();
      late.abort();
      yield* late.settled();
      ours.close();
      assert.equal((yield* caught(ours.peekFrom())).code, "net.closed");
    }),
  );
});

test("UdpSocket keeps a bounded number of bytes for a slow receiver, and counts what it lost", async () => {
  await withPeer(
    async(function* (ours, theirs) {
      const send = (): Promise<void> =>
        new Promise((resolve) =>
          theirs.send(Buffer.alloc(30_000), ours.localAddress.port, "127.0.0.1", () => resolve()),
        );
      for (let i = 0; i < 20; i++) {
        yield* fromPromise(send());
        yield* sleep(1);
      }
      let received = 0;
      for (;;) {
        const won = yield* select({ received: ours.recv(), none: sleep(50) });
        if (won.key === "none") break;
        received++;
      }
      assert.equal(received, 8);
      assert.ok(ours.lost > 0);
    }),
  );
});

test("UdpSocket.recv() in two places is a BusyError; close() ends a waiting one with a ClosedError", async () => {
  await withPeer(
    async(function* (ours) {
      const first = spawn(ours.recv());
      yield* yieldNow();
      assert.equal((yield* caught(ours.recv())).name, "BusyError");
      ours.close();
      assert.equal((yield* caught(first)).code, "net.closed");
      assert.equal((yield* caught(ours.recv())).code, "net.closed");
      assert.equal((yield* caught(ours.sendTo(bytes("x"), "127.0.0.1:9"))).code, "net.closed");
      assert.throws(() => ours.joinMulticast("239.1.1.1"), { code: "net.closed" });
    }),
  );
});

test("UdpSocket.connect() again changes over, and sendTo() is refused meanwhile", async () => {
  await run(
    async(function* () {
      const [a, b, c] = yield* join(bind(), bind(), bind());
      yield* a.connect(b.localAddress);
      yield* a.connect(c.localAddress);
      assert.deepEqual(a.peerAddress, c.localAddress);
      yield* a.send(bytes("for c"));
      assert.equal(String(Buffer.from(yield* c.recv())), "for c");
      const refused = yield* caught(a.sendTo(bytes("for b"), b.localAddress));
      assert.equal(refused.code, "net.connected");
      const both = yield* caught(join(a.connect(b.localAddress), a.connect(c.localAddress)));
      assert.equal(both.code, "net.busy");
      for (const socket of [a, b, c]) socket.close();
    })(),
  );
});

test("UdpSocket.close() ends those who send and connect with a ClosedError, and nothing can be set any more", async () => {
  await run(
    async(function* () {
      for (const use of [
        (socket: UdpSocket) => socket.sendTo(bytes("a"), socket.localAddress),
        (socket: UdpSocket) => socket.connect(socket.localAddress),
      ]) {
        const socket = yield* bind();
        const closing = async(function* () {
          socket.close();
        });
        const ended = yield* caught(join(use(socket), closing()));
        assert.equal(ended.code, "net.closed");
        assert.throws(() => socket.setTtl(3), { code: "net.closed" });
      }
    })(),
  );
});

test("UdpSocket.send() without an address to send to is an error that says so", async () => {
  await withPeer(
    async(function* (ours: UdpSocket) {
      const error = yield* caught(ours.send(bytes("hello")));
      assert.equal(error.code, "net.not-connected");
      assert.match(error.message, /^Cannot send a datagram: the socket is not connected to an address\nhelp: sendTo\(/);
    }),
  );
});

test("UdpSocket says what it cannot do: a taken address, a datagram that is too long, what is no datagram", async () => {
  await withPeer(
    async(function* (ours, _theirs, port) {
      assert.equal((yield* caught(UdpSocket.bind(`127.0.0.1:${port}`))).code, "net.in-use");
      const tooLong = yield* caught(ours.sendTo(new Uint8Array(70_000), `127.0.0.1:${port}`));
      assert.equal(tooLong.code, "net.too-long");
      assert.throws(() => ours.send("text" as never), {
        name: "TypeError",
        message: `Cannot send a datagram as 'bytes' must be a Uint8Array: received "text"`,
      });
      assert.throws(() => ours.joinMulticast("127.0.0.1"), { name: "HeddleError" });
      assert.throws(() => UdpSocket.bind("nowhere"), { name: "TypeError" });
    }),
  );
});

test("UdpSocket hears its multicast group, and not when it has left", async () => {
  await run(
    async(function* () {
      const listener = yield* UdpSocket.bind("0.0.0.0:0", { reuseAddress: true });
      const sender = yield* UdpSocket.bind("0.0.0.0:0", { broadcast: true });
      sender.setMulticastLoopback(true);
      sender.setMulticastTtl(1);
      sender.setTtl(4);
      sender.setBroadcast(false);
      listener.joinMulticast("239.255.77.77", "127.0.0.1");
      const to = { host: "239.255.77.77", port: listener.localAddress.port };
      const heard = spawn(listener.recv());
      // A machine without multicast says so here; then there is nothing to hear.
      const sent = yield* spawn(sender.sendTo(bytes("all"), to)).settled();
      if (sent.status === "fulfilled") {
        const won = yield* select({ heard, none: sleep(200) });
        if (won.key === "heard") assert.equal(text(won.value), "all");
      }
      heard.abort();
      yield* heard.settled();
      listener.leaveMulticast("239.255.77.77", "127.0.0.1");
      listener.close();
      sender.close();
    })(),
  );
});
