import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { async, type Future, type HeddleError, join, select, sleep, spawn, timeout } from "../index.js";
import type { AsyncRead, AsyncWrite } from "../io.js";
import { mockStream, type MockStreamBuilder, spawnMock, testRuntime, testWith } from "../test.js";

const test = testWith(nodeTest);

const bytes = (text: string) => new TextEncoder().encode(text);

const readText = async(function* (stream: AsyncRead, size: number = 100) {
  const into = new Uint8Array(size);
  return new TextDecoder().decode(into.subarray(0, yield* stream.read(into)));
});

const writeText = async(function* (stream: AsyncWrite, text: string) {
  for (let left = bytes(text); left.length > 0;) left = left.subarray(yield* stream.write(left));
});

/** The error that `future` ends with, by hand. */
function errorOf(future: Future<unknown>): HeddleError {
  return spawnMock(future).assertThrows() as HeddleError;
}

function leftOf(builder: MockStreamBuilder, use: (stream: ReturnType<MockStreamBuilder["build"]>) => void): string {
  const stream = builder.build();
  use(stream);
  try {
    stream.assertDone();
    return "done";
  } catch (error) {
    return (error as HeddleError).message;
  }
}

test("MockStream gives what its script reads, in pieces as small as asked for, and then the end", function* () {
  const stream = mockStream().read("hello").read("world").build();
  const log: string[] = [];
  for (const size of [2, 0, 100, 100, 100, 100]) log.push(yield* readText(stream, size));
  assert.deepEqual(log, ["he", "", "llo", "world", "", ""]); // never more than one step; the end is for ever
});

test("MockStream lets an answer come after its question only", function* (kit) {
  const stream = mockStream().write("ping").read("pong").build();
  const log: string[] = [];
  const reader = async(function* () {
    log.push(`${yield* readText(stream)} at ${kit.now()}`);
  });
  const writer = async(function* () {
    yield* sleep(5);
    yield* stream.write(bytes("pi"));
    yield* sleep(5);
    yield* stream.write(bytes("ng"));
  });
  yield* join(spawn(reader()), spawn(writer()));
  assert.deepEqual(log, ["pong at 10"]);
});

test("MockStream takes a write before what comes first was read", function* () {
  const stream = mockStream().read("welcome").write("hello").build();
  yield* writeText(stream, "hello");
  assert.equal(yield* readText(stream), "welcome");
});

test("MockStream takes at most one step of the script in a write, so that a script can make writes short", function* () {
  const stream = mockStream().write("ab").write("cd").build();
  assert.deepEqual(
    [yield* stream.write(bytes("")), yield* stream.write(bytes("abcd")), yield* stream.write(bytes("cd"))],
    [0, 2, 2],
  );
});

test("MockStream waits from when all before is over and somebody comes to it, for both sides", function* (kit) {
  const stream = mockStream().read("a").wait(100).read("b").write("c").build();
  const log: string[] = [];
  yield* sleep(50);
  log.push(`${yield* readText(stream)} at ${kit.now()}`);
  yield* sleep(10);
  const writer = async(function* () {
    yield* sleep(20);
    yield* writeText(stream, "c");
    log.push(`c at ${kit.now()}`);
  });
  const handle = spawn(writer());
  log.push(`${yield* readText(stream)} at ${kit.now()}`);
  yield* handle;
  assert.deepEqual(log, ["a at 50", "b at 160", "c at 160"]);
});

test("MockStream fails as its script says, and goes on; the last error stays", function* () {
  const [reset, full] = [new Error("reset"), new Error("full")];
  const stream = mockStream()
    .readError(new Error("again"))
    .read("x")
    .writeError(full)
    .write("y")
    .readError(reset)
    .build();
  const caught = async(function* () {
    try {
      return yield* readText(stream);
    } catch (error) {
      return error;
    }
  });
  const log: unknown[] = [];
  for (let i = 0; i < 2; i++) log.push(yield* caught());
  try {
    yield* stream.write(bytes("y"));
  } catch (error) {
    log.push(error);
  }
  yield* stream.write(bytes("y"));
  for (let i = 0; i < 2; i++) log.push(yield* caught());
  assert.deepEqual(log, [new Error("again"), "x", full, reset, reset]);
});

test("MockStream loses nothing when a wait is dropped, and the time that has passed counts", function* (kit) {
  const stream = mockStream().write("q").wait(10).read("data").build();
  const lost = yield* select({ data: readText(stream), time: sleep(5) });
  assert.equal(lost.key, "time");
  yield* writeText(stream, "q");
  try {
    yield* timeout(readText(stream), 4);
  } catch {
    assert.equal(kit.now(), 9);
  }
  assert.equal(yield* readText(stream), "data");
  assert.equal(kit.now(), 15);
});

nodeTest("MockStream is a ledger of polls and wakes", () => {
  const stream = mockStream().write("ab").read("c").build();
  const reader = spawnMock(stream.read(new Uint8Array(9)));
  reader.assertPending();
  spawnMock(stream.write(bytes("a"))).assertReady(1);
  assert.equal(reader.wakeCount, 0);
  spawnMock(stream.write(bytes("b"))).assertReady(1);
  assert.equal(reader.wakeCount, 1);
  reader.assertReady(1);
  reader[Symbol.dispose]();
  assert.throws(() => reader.poll(), { code: "future.completed" });
  assert.equal(stream.assertDone(), undefined);
});

nodeTest("MockStream shows how a write differs from its script, throws it again, and at the end too", () => {
  const stream = mockStream({ name: "smtp" }).write("EHLO example\r\n").build();
  spawnMock(stream.write(bytes("EHLO"))).assertReady(4);
  const error = errorOf(stream.write(bytes(" exampel")));
  assert.equal(error.code, "test.unexpected-write");
  assert.equal(
    error.message,
    [
      'Cannot write " exampel" to mock stream "smtp" as its script expects " example\\r\\n" next: they differ',
      '    expected: " example\\r\\n"',
      '    received: " exampel"',
      "                     ^ byte 6",
      "help: correct what is written, or the script",
    ].join("\n"),
  );
  assert.equal(errorOf(stream.write(bytes(" example\r\n"))), error);
  assert.throws(() => stream.assertDone(), { message: error.message });
});

nodeTest("MockStream refuses a write that its script does not expect, and shows where the script is", () => {
  const stream = mockStream().write("once").wait(5).read("yes").build();
  spawnMock(stream.write(bytes("once"))).assertReady(4);
  assert.equal(
    errorOf(stream.write(bytes("twice"))).message,
    [
      'Cannot write "twice" to the mock stream: its script expects no more writes',
      '    done           write "once"',
      "    left           wait for 5 ms",
      '    left           read "yes"',
      "help: correct what is written, or the script",
    ].join("\n"),
  );
});

nodeTest("MockStream.assertDone() says which steps are left, and how far one has come", () => {
  const script = () => mockStream({ name: "pop" }).read("+OK").write("QUIT\r\n").readError(new Error("reset"));
  assert.equal(
    leftOf(script(), (stream) => {
      spawnMock(stream.read(new Uint8Array(9))).assertReady(3);
      spawnMock(stream.write(bytes("QU"))).assertReady(2);
    }),
    [
      'Cannot end mock stream "pop" as its script must be used up: 2 of 3 steps are left',
      '    done           read "+OK"',
      '    2 of 6 bytes   write "QUIT\\r\\n"',
      "    left           read fails with Error: reset",
      "help: read and write what the script has, or make it shorter",
    ].join("\n"),
  );
  assert.equal(
    leftOf(mockStream(), () => {}),
    "done",
  );
});

nodeTest("MockStream that is built in a test is checked at its end", async () => {
  const kit = testRuntime({ name: "t" });
  await kit.run(
    (function* () {
      yield* sleep(1);
      mockStream({ name: "left" }).read("x").build();
    })(),
  );
  await assert.rejects(kit.finish(), {
    code: "test.unclean",
    message: /- Cannot end mock stream "left" as its script must be used up: 1 of 1 steps is left/,
  });
});

nodeTest("MockStream serves one read and one write at a time, and no write after shutdown()", () => {
  const stream = mockStream({ name: "s" }).write("a").read("b").wait(1).write("c").build();
  const first = spawnMock(stream.read(new Uint8Array(1)));
  first.assertPending();
  const error = errorOf(stream.read(new Uint8Array(1)));
  assert.equal(error.code, "io.busy");
  assert.match(error.message, /^Cannot read from mock stream "s" from two places at once: another one waits\nhelp: /);
  spawnMock(stream.write(bytes("a"))).assertReady(1);
  first.assertReady();
  spawnMock(stream.flush()).assertReady();
  spawnMock(stream.shutdown()).assertReady();
  spawnMock(stream.shutdown()).assertReady(); // twice is no mistake
  assert.equal(errorOf(stream.write(bytes("c"))).code, "io.closed");
});

nodeTest("mockStream() refuses what is no script", () => {
  assert.throws(
    () => mockStream().read(5 as never),
    /^TypeError: Cannot write a script as what it reads must be text or bytes/,
  );
  assert.throws(
    () => mockStream().write(""),
    /^RangeError: Cannot write a script as what it writes must have at least one byte/,
  );
  assert.throws(() => mockStream().wait(-1), RangeError);
});
