import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { async, type Future, type HeddleError, join, joinAll, select, sleep, spawn, timeout } from "../../index.js";
import {
  type Network,
  network,
  type NetworkOptions,
  type NetworkStream,
  testRuntime,
  type TestRuntime,
  testWith,
  untilIdle,
} from "../../test.js";

const test = testWith(nodeTest, { seed: 1 });

const bytes = (text: string) => new TextEncoder().encode(text);

const readText = async(function* (stream: NetworkStream) {
  const into = new Uint8Array(100);
  return new TextDecoder().decode(into.subarray(0, yield* stream.read(into)));
});

/** Both ends of one connection, from host a to host b. */
const connected = async(function* (net: Network) {
  const listener = net.listen("b", 80);
  const [one, other] = yield* join(net.connect("a", "b", 80), listener.accept());
  listener.close();
  return [one, other] as const;
});

/** The code of the error that `future` ends with, and when. */
const failure = async(function* (kit: TestRuntime, future: Future<unknown>) {
  try {
    yield* future;
    return `none at ${kit.now()}`;
  } catch (error) {
    return `${(error as HeddleError).code} at ${kit.now()}`;
  }
});

test("Network.connect() takes a packet there and one back, and a stream as long for each word", function* (kit) {
  const net = network({ latency: 10 });
  const [client, server] = yield* connected(net);
  assert.equal(kit.now(), 20);
  yield* client.write(bytes("ping"));
  assert.equal(yield* readText(server), "ping");
  assert.equal(kit.now(), 30);
  yield* server.write(bytes("pong"));
  assert.equal(yield* readText(client), "pong");
  assert.equal(kit.now(), 40);
  assert.deepEqual(
    [client.local.host, client.peer, server.local],
    ["a", { host: "b", port: 80 }, { host: "b", port: 80 }],
  );
  assert.deepEqual(server.peer, client.local);
});

test("Network.connect() is refused where nothing listens, and says what does", function* (kit) {
  const net = network({ latency: 10 });
  net.listen("server", 80);
  const error = yield* (function* (): Generator<any, any, any> {
    try {
      return yield* net.connect("client", "sever", 80);
    } catch (reason) {
      return reason;
    }
  })();
  assert.equal(error.code, "io.refused");
  assert.equal(
    error.message,
    "Cannot connect client with sever:80: nothing listens there\nhelp: call listen first; there are server:80",
  );
  assert.equal(kit.now(), 20); // the refusal has to come back
});

test("Network.connect() that is dropped is given up, and reset at the other end", function* (kit) {
  const net = network({ latency: 10 });
  const listener = net.listen("b", 80);
  const lost = yield* select({ connected: net.connect("a", "b", 80), time: sleep(15) });
  assert.equal(lost.key, "time");
  const stream = yield* listener.accept();
  assert.equal(yield* failure(kit, readText(stream)), "io.disconnected at 30"); // 20 until it would have been connected, 10 for the reset
});

test("NetworkStream.shutdown() ends one direction, behind all that was written", function* (kit) {
  const [client, server] = yield* connected(network());
  yield* client.write(bytes("last words"));
  yield* client.shutdown();
  yield* client.shutdown(); // twice is no mistake
  assert.equal(yield* readText(server), "last words");
  assert.equal(yield* readText(server), "");
  assert.equal(yield* readText(server), "");
  yield* server.write(bytes("answer"));
  assert.equal(yield* readText(client), "answer");
  assert.equal(yield* failure(kit, client.write(bytes("more"))), `io.closed at ${kit.now()}`);
});

test("NetworkStream.close() gives what was written, then the end; writing to it is a reset", function* (kit) {
  const [client, server] = yield* connected(network({ latency: 10 }));
  yield* client.write(bytes("bye"));
  client.close();
  client.close(); // twice is no mistake
  assert.equal(yield* failure(kit, client.write(bytes("x"))), "io.closed at 20");
  assert.equal(yield* failure(kit, readText(client)), "io.closed at 20");
  assert.equal(yield* readText(server), "bye");
  assert.equal(yield* readText(server), "");
  yield* server.write(bytes("anybody?"));
  yield* sleep(20);
  assert.equal(yield* failure(kit, server.write(bytes("?"))), "io.disconnected at 50");
});

test("NetworkStream.close() before all was read resets the other end", function* (kit) {
  const [client, server] = yield* connected(network({ latency: 10 }));
  yield* server.write(bytes("unread"));
  yield* sleep(10);
  client.close();
  assert.equal(yield* failure(kit, readText(server)), "io.disconnected at 40");
});

test("NetworkStream.write() waits for the window, which opens when the other end has read", function* (kit) {
  const [client, server] = yield* connected(network({ latency: 10, window: 4 }));
  const log: string[] = [];
  const writer = spawn(
    (function* () {
      for (const text of ["abcdef", "gh", "i"]) log.push(`wrote ${yield* client.write(bytes(text))} at ${kit.now()}`);
    })(),
  );
  yield* sleep(100);
  log.push(`read ${yield* readText(server)} at ${kit.now()}`);
  yield* writer;
  log.push(`read ${yield* readText(server)} at ${kit.now()}`);
  assert.deepEqual(log, [
    "wrote 4 at 20", // the window is full
    "read abcd at 120",
    "wrote 2 at 130", // word of the reading came back
    "wrote 1 at 130",
    "read ghi at 140",
  ]);
});

test("NetworkStream serves one read and one write at a time", function* (kit) {
  const [client] = yield* connected(network({ window: 1 }));
  const reader = spawn(readText(client));
  yield* untilIdle();
  assert.equal(yield* failure(kit, readText(client)), "io.busy at 2");
  reader.abort();
  yield* reader.settled();
});

test("Network.partition() loses datagrams and holds streams up until repair()", function* (kit) {
  const net = network({ latency: 10 });
  const [client, server] = yield* connected(net);
  const [from, to] = [net.bind("a", 1), net.bind("b", 1)];
  yield* client.write(bytes("one"));
  net.partition("b", "a");
  yield* client.write(bytes("two"));
  yield* from.sendTo(bytes("lost"), "b", 1);
  yield* sleep(500);
  const connecting = spawn(failure(kit, net.connect("a", "b", 80)));
  yield* sleep(100);
  assert.equal(connecting.isFinished, false);
  net.repair("a", "b");
  yield* from.sendTo(bytes("found"), "b", 1);
  assert.equal(yield* readText(server), "onetwo"); // sent again from the first
  assert.equal(kit.now(), 630);
  assert.equal(new TextDecoder().decode((yield* to.recvFrom()).bytes), "found");
  assert.equal(yield* connecting, "io.refused at 640");
});

test("Network.partition() is between two hosts: others are reached", function* (kit) {
  const net = network();
  net.partition("a", "c");
  yield* connected(net);
  net.repair("x", "y"); // was never cut
  assert.equal(kit.now(), 2);
});

test("Network.crash() ends all on a host, and resets the other ends when word reaches them", function* (kit) {
  const net = network({ latency: 10 });
  const listener = net.listen("b", 8080);
  const socket = net.bind("b", 53);
  const [client, server] = yield* connected(net);
  const all = [client, server].map((stream) => spawn(failure(kit, readText(stream))));
  all.push(spawn(failure(kit, listener.accept())), spawn(failure(kit, socket.recvFrom())));
  yield* client.write(bytes("on its way"));
  yield* untilIdle();
  net.crash("b");
  assert.deepEqual(yield* joinAll(all), [
    "io.disconnected at 30",
    "io.disconnected at 20",
    "io.closed at 20",
    "io.closed at 20",
  ]);
  assert.equal(yield* failure(kit, net.connect("a", "b", 8080)), "io.refused at 50");
  net.listen("b", 8080); // as after a restart
  yield* net.connect("a", "b", 8080);
  const text = yield* (function* (): Generator<any, any, any> {
    try {
      yield* readText(client);
    } catch (error) {
      return (error as HeddleError).message;
    }
  })();
  assert.equal(text, 'Cannot use the connection of a:49152 with b:80: the host "b" crashed');
});

test("Network.listen() and bind() refuse a port that is taken, and names that are none", function* () {
  const net = network();
  const listener = net.listen("a", 1);
  net.bind("a", 1); // another kind
  assert.throws(() => net.listen("a", 1), {
    code: "io.in-use",
    message: "Cannot listen at a:1: another one is there\nhelp: close that one first, or take another port",
  });
  assert.throws(() => net.bind("a", 1), { code: "io.in-use" });
  listener.close();
  net.listen("a", 1);
  assert.throws(() => net.listen("", 1), TypeError);
  for (const port of [0, 65_536, 1.5, "80"]) assert.throws(() => net.listen("a", port as number), RangeError);
  yield* sleep(0);
});

test("NetworkListener.close() resets those who were not accepted", function* (kit) {
  const net = network({ latency: 10 });
  const listener = net.listen("b", 80);
  const stream = yield* net.connect("a", "b", 80);
  listener.close();
  assert.equal(yield* failure(kit, readText(stream)), "io.disconnected at 30");
  assert.equal(yield* failure(kit, listener.accept()), "io.closed at 30");
});

test("a wait on the network that is dropped loses nothing", function* () {
  const net = network({ latency: [1, 9], window: 3 });
  const listener = net.listen("b", 80);
  const impatient = async(function* <T>(attempt: () => Future<T>) {
    for (;;) {
      try {
        return yield* timeout(attempt(), 2);
      } catch {
        // Again.
      }
    }
  });
  const [client, server] = yield* join(
    net.connect("a", "b", 80),
    impatient(() => listener.accept()),
  );
  const text = "every byte of this arrives, once and in order";
  const writer = async(function* () {
    for (let left = bytes(text); left.length > 0;)
      left = left.subarray((yield* impatient(() => client.write(left))) as number);
    yield* client.shutdown();
  });
  const reader = async(function* () {
    const all: number[] = [];
    for (;;) {
      const into = new Uint8Array(2);
      const count = (yield* impatient(() => server.read(into))) as number;
      if (count === 0) return new TextDecoder().decode(new Uint8Array(all));
      all.push(...into.subarray(0, count));
    }
  });
  assert.deepEqual(yield* join(reader(), writer()), [text, undefined]);
});

test("DatagramSocket loses the share of datagrams it is told to", function* () {
  const net = network({ loss: 0.3, seed: 7 });
  const [from, to] = [net.bind("a", 1), net.bind("b", 2)];
  for (let n = 0; n < 1000; n++) yield* from.sendTo(bytes(`${n}`), "b", 2);
  let count = 0;
  for (;;) {
    const won = yield* select({ datagram: to.recvFrom(), late: sleep(100) });
    if (won.key === "late") break;
    assert.deepEqual(won.value.from, { host: "a", port: 1 });
    count++;
  }
  assert.ok(count > 640 && count < 760, `${count} arrived`);
});

test("DatagramSocket.sendTo() sends what the bytes were, also if they are changed afterwards", function* () {
  const net = network();
  const [from, to] = [net.bind("a", 1), net.bind("b", 2)];
  const message = bytes("then");
  yield* from.sendTo(message, "b", 2);
  yield* from.sendTo(message, "b", 3); // nobody there: it is gone
  message.fill(0);
  assert.equal(new TextDecoder().decode((yield* to.recvFrom()).bytes), "then");
});

nodeTest("network() does the same at the same times for the same seed", async () => {
  const trace = async (seed: number, options: NetworkOptions = {}): Promise<string[]> => {
    const kit = testRuntime({ seed });
    const log: string[] = [];
    const main = async(function* () {
      const net = network({ latency: [1, 100], loss: 0.2, ...options });
      const [client, server] = yield* connected(net);
      const [from, to] = [net.bind("a", 1), net.bind("b", 1)];
      for (let n = 0; n < 20; n++) {
        yield* client.write(bytes(`${n} `));
        yield* from.sendTo(bytes(`${n}`), "b", 1);
      }
      yield* client.shutdown();
      const streams = async(function* () {
        for (let text; (text = yield* readText(server)) !== "";) log.push(`${text} at ${kit.now()}`);
      });
      const datagrams = async(function* () {
        for (;;) log.push(`${new TextDecoder().decode((yield* to.recvFrom()).bytes)} alone at ${kit.now()}`);
      });
      yield* join(streams(), select({ all: datagrams(), late: sleep(1000) }));
    });
    await kit.run(main());
    await kit.finish();
    return log;
  };
  const first = await trace(1);
  assert.deepEqual(await trace(1), first);
  assert.notDeepEqual(await trace(2), first);
  assert.deepEqual(await trace(3, { seed: 9 }), await trace(4, { seed: 9 }));
});

nodeTest("network() refuses wrong options, and a place without a runtime", () => {
  const kit = testRuntime();
  const make = (options: object) => kit.enter(() => network(options));
  assert.throws(() => network(), { code: "runtime.none" });
  assert.throws(() => make({ lag: 1 }), /'lag' is not an option\nhelp: the options are latency, loss, /);
  assert.throws(() => make({ loss: 2 }), /'loss' must be a number from 0 to 1: received 2/);
  assert.throws(() => make({ window: 0 }), RangeError);
  assert.throws(() => make({ latency: [5, 1] }), /'latency' must begin with the shortest: received \[5, 1\]/);
  assert.throws(() => make({ latency: -1 }), RangeError);
});
