/**
 * File on real files: the cursor, what is buffered, what fails late, and how it is closed.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { collectGarbage } from "../base/garbage.kit.js";
import fc from "fast-check";
import {
  async,
  fromCallback,
  type Future,
  join as together,
  ready,
  run,
  Runtime,
  select,
  spawn,
  type Warning,
  yieldNow,
} from "../index.js";
import { File, OpenOptions } from "../fs.js";
import { BufReader, copy, readLine, readToString, writeAll } from "../io.js";
import { Context, noopWaker, PENDING, pin } from "../lowlevel.js";

const folder = fs.mkdtempSync(join(tmpdir(), "heddle-file-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
let count = 0;
const fresh = (): string => join(folder, `file-${++count}`);
const made = (content: string | Uint8Array): string => {
  const path = fresh();
  fs.writeFileSync(path, content);
  return path;
};
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
/** What is open of these tests' files. */
const opened = (): string[] =>
  fs.readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = fs.readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) || path === "/dev/full" ? [path] : [];
    } catch {
      // It listed the folder, and is closed by now.
      return [];
    }
  });
/** Nothing is left open, once what is being closed is closed. */
async function allClosed(): Promise<void> {
  for (let n = 0; n < 1000 && opened().length > 0; n++) await new Promise(setImmediate);
  assert.deepEqual(opened(), []);
}
/** Once through the host, so that it can answer. */
const host = () => fromCallback<void>((resolve) => void setImmediate(resolve));

const text = async(function* (file: File, size: number) {
  const into = new Uint8Array(size);
  return new TextDecoder().decode(into.subarray(0, yield* file.read(into)));
});

async function failure(future: Future<unknown>): Promise<any> {
  return run(future).then(
    () => assert.fail("did not throw"),
    (error: unknown) => error,
  );
}

/** Opens, does it, closes. */
const withFile = <T>(opening: Future<File>, body: (file: File) => Future<T>) =>
  async(function* () {
    const file = yield* opening;
    try {
      return yield* body(file);
    } finally {
      yield* file.close();
    }
  })();

test("File.read() reads on from where it was, and gives 0 at the end, until somebody writes more", async () => {
  const path = made("abcdefgh");
  const body = (file: File) =>
    async(function* () {
      const parts = [];
      for (let n = 0; n < 4; n++) parts.push(yield* text(file, 3));
      fs.appendFileSync(path, "more");
      parts.push(yield* text(file, 9), file.position);
      assert.equal(yield* file.read(new Uint8Array(0)), 0);
      return parts;
    })();
  assert.deepEqual(await run(withFile(File.open(path), body)), ["abc", "def", "gh", "", "more", 12]);
});

test("File.write() writes from the cursor on, and reads see it", async () => {
  const path = made("0123456789");
  const body = (file: File) =>
    async(function* () {
      yield* file.seek({ start: 2 });
      assert.equal(yield* file.write(bytes("ab")), 2);
      assert.equal(yield* file.write(bytes("cd")), 2);
      const rest = yield* text(file, 3);
      yield* file.write(bytes("!"));
      yield* file.seek({ start: 0 });
      return [rest, yield* text(file, 99)];
    })();
  const seen = await run(withFile(new OpenOptions().read().write().open(path), body));
  assert.deepEqual([seen, fs.readFileSync(path, "utf8")], [["678", "01abcd678!"], "01abcd678!"]);
});

test("File.write() has taken its bytes when it is over: the caller may change them", async () => {
  const path = fresh();
  const body = (file: File) =>
    async(function* () {
      const buffer = bytes("first");
      yield* file.write(buffer);
      buffer.set(bytes("other"));
      yield* file.flush();
      return fs.readFileSync(path, "utf8");
    })();
  assert.equal(await run(withFile(File.create(path), body)), "first");
});

test("File.seek() counts from the start, the cursor and the end, and refuses to go before the start", async () => {
  const body = (file: File) =>
    async(function* () {
      const at = [yield* file.seek({ end: -3 }), yield* file.seek({ current: -1 }), yield* file.seek({ start: 1 })];
      at.push(yield* file.seek({ current: 0 }), yield* file.seek({ end: 5 }));
      let refused: any;
      try {
        yield* file.seek({ current: -100 });
      } catch (error) {
        refused = error;
      }
      return [at, file.position, refused.name, refused.message.replace(file.path, "…")];
    })();
  assert.deepEqual(await run(withFile(File.open(made("0123456789")), body)), [
    [7, 6, 1, 1, 15],
    15,
    "RangeError",
    'Cannot seek in "…" as the cursor cannot be before the start: received -85',
  ]);
  const file = await run(File.open(made("")));
  for (const to of [{}, { start: 1, end: 2 }, { start: 0.5 }, { middle: 1 }, undefined])
    assert.throws(() => file.seek(to as never), { name: "TypeError" });
  await run(file.close());
});

test("File opened to append writes at the end, wherever that is, and reads at its cursor", async () => {
  const path = made("one ");
  const body = (file: File) =>
    async(function* () {
      yield* file.write(bytes("two "));
      yield* file.flush();
      fs.appendFileSync(path, "three ");
      yield* file.write(bytes("four"));
      return [file.position, yield* text(file, 99)];
    })();
  const options = new OpenOptions().read().append();
  assert.deepEqual(await run(withFile(options.open(path), body)), [0, "one two three four"]);
});

test("File.setLen(), metadata(), setPermissions(), syncAll() and syncData() do as they say", async () => {
  const path = made("0123456789");
  const body = (file: File) =>
    async(function* () {
      assert.equal(yield* text(file, 4), "0123");
      yield* file.setLen(6);
      assert.equal(yield* text(file, 9), "45");
      yield* file.setLen(8);
      yield* file.setPermissions(0o600);
      yield* file.syncData();
      yield* file.syncAll();
      const { length, mode, isFile } = yield* file.metadata();
      return [length, mode, isFile, yield* text(file, 9)];
    })();
  const seen = await run(withFile(new OpenOptions().read().write().open(path), body));
  assert.deepEqual(seen, [8, 0o600, true, "\0\0"]);
});

test("OpenOptions make, keep, empty and refuse files as they say, and know what cannot be together", async () => {
  const kept = () => made("kept");
  const content = (path: string) => (fs.existsSync(path) ? fs.readFileSync(path, "utf8") : "none");
  const rows: [options: OpenOptions, path: string, expected: string][] = [
    [new OpenOptions().read(), kept(), "kept"],
    [new OpenOptions().read(), fresh(), "fs.not-found none"],
    [new OpenOptions().write(), fresh(), "fs.not-found none"],
    [new OpenOptions().write(), kept(), "kept"],
    [new OpenOptions().write().create(), kept(), "kept"],
    [new OpenOptions().write().create(), fresh(), ""],
    [new OpenOptions().write().truncate(), kept(), ""],
    [new OpenOptions().write().truncate(), fresh(), "fs.not-found none"],
    [new OpenOptions().write().createNew(), kept(), "fs.already-exists kept"],
    [new OpenOptions().append().createNew(), fresh(), ""],
  ];
  for (const [options, path, expected] of rows) {
    const code = await run(withFile(options.open(path), () => yieldNow())).then(
      () => "",
      (error: { code: string }) => `${error.code} `,
    );
    assert.equal(code + content(path), expected);
  }
  const refused = [
    new OpenOptions(),
    new OpenOptions().create(),
    new OpenOptions().read().create(),
    new OpenOptions().read().truncate(),
    new OpenOptions().append().truncate(),
  ];
  for (const options of refused)
    assert.throws(() => options.open("x"), { name: "TypeError", message: /^Cannot open a file as .*\nhelp: / });
  const path = fresh();
  await run(withFile(new OpenOptions().write().createNew().mode(0o600).open(path), () => yieldNow()));
  assert.equal(fs.statSync(path).mode & 0o777, 0o600);
});

test("File says that it was not opened for this, and goes on", async () => {
  const reading = await failure(withFile(File.create(fresh()), (file) => file.read(new Uint8Array(1))));
  assert.equal(reading.code, "fs.wrong-mode");
  const path = fresh();
  fs.writeFileSync(path, "kept");
  const flushing = async(function* flushing(file: File) {
    yield* file.write(bytes("x"));
    yield* file.flush();
  });
  assert.match((await failure(withFile(File.open(path), flushing))).stack!, /at (?:async )?flushing /);
  const body = (file: File) =>
    async(function* () {
      yield* file.write(bytes("x"));
      const failures = [];
      for (const next of [file.flush(), file.flush()]) failures.push((yield* spawn(next).settled()).status);
      return [failures, file.position, yield* text(file, 9)];
    })();
  // The write has gone on: what it failed with is thrown by the next operation, once.
  assert.deepEqual(await run(withFile(File.open(made("kept")), body)), [["rejected", "fulfilled"], 0, "kept"]);
});

test("File.shutdown() flushes and takes no more writes, twice as well as once", async () => {
  const path = made("");
  const body = (file: File) =>
    async(function* () {
      yield* file.write(bytes("all"));
      yield* file.shutdown();
      yield* file.shutdown();
      return fs.readFileSync(path, "utf8");
    })();
  assert.equal(await run(withFile(File.create(path), body)), "all");
  const late = await failure(
    withFile(File.create(path), (file) =>
      async(function* () {
        yield* file.shutdown();
        yield* file.write(bytes("x"));
      })(),
    ),
  );
  assert.deepEqual([late.name, late.code], ["ClosedError", "fs.closed"]);
});

test("File serves one task at a time", async () => {
  const main = async(function* () {
    const file = yield* File.open(made("abc"));
    const error: any = yield* spawn(together(file.read(new Uint8Array(1)), file.metadata())).settled();
    yield* file.close();
    return [error.reason.name, error.reason.code, error.reason.message.replace(file.path, "…").split("\n")[0]];
  });
  assert.deepEqual(await run(main()), [
    "BusyError",
    "fs.busy",
    'Cannot await file.metadata() of "…": another task is at it',
  ]);
});

test("File reads and writes pipes, which have no positions, and says that it cannot seek there", async () => {
  const path = fresh();
  execFileSync("mkfifo", [path]);
  const main = async(function* () {
    const file = yield* new OpenOptions().read().write().open(path);
    yield* file.write(bytes("through a pipe"));
    const parts = [yield* text(file, 7)];
    // A read that is dropped has taken nothing, though a pipe gives its bytes once.
    const dropped = pin(file.read(new Uint8Array(2)));
    assert.equal(dropped.poll(new Context(noopWaker)), PENDING);
    dropped.drop();
    parts.push(yield* text(file, 2));
    const { reason } = (yield* spawn(file.seek({ start: 0 })).settled()) as PromiseRejectedResult;
    parts.push(reason.code, yield* text(file, 99));
    yield* file.close();
    return parts;
  });
  assert.deepEqual(await run(main()), ["through", " a", "fs.not-seekable", " pipe"]);
});

test("File loses no byte to reads and writes that are dropped, wherever they are", async () => {
  const attempts = fc.array(fc.record({ size: fc.integer({ min: 1, max: 60 }), rounds: fc.nat(3) }), {
    minLength: 1,
    maxLength: 40,
  });
  const patiently = async(function* (operation: Future<number>, rounds: number) {
    const pinned = pin(operation);
    for (let n = 0; n < rounds; n++) {
      const value = pinned.poll(new Context(noopWaker));
      if (value !== PENDING) return value;
      yield* host();
    }
    pinned.drop();
    return 0;
  });
  const law = fc.asyncProperty(attempts, attempts, async (writes, reads) => {
    const main = async(function* () {
      const all = new Uint8Array(writes.length * 30).map((_, i) => (i * 7) & 255);
      const file = yield* File.createNew(fresh());
      for (let at = 0, n = 0; at < all.length; n++) {
        const { size, rounds } = writes[n % writes.length]!;
        const part = all.slice(at, at + size);
        at += yield* n % 3 === 0 ? file.write(part) : patiently(file.write(part), rounds);
        part.fill(0);
      }
      yield* file.seek({ start: 0 });
      const found: Uint8Array[] = [];
      for (let n = 0; ; n++) {
        const { size, rounds } = reads[n % reads.length]!;
        const into = new Uint8Array(size);
        const isWhole = n % 3 === 0;
        const length = yield* isWhole ? file.read(into) : patiently(file.read(into), rounds);
        if (length === 0 && isWhole) break;
        found.push(into.slice(0, length));
        // A read that was dropped must not write any more.
        into.fill(0);
      }
      yield* file.close();
      return [Buffer.concat(found), Buffer.from(all)];
    });
    const [found, all] = await run(main());
    assert.deepEqual(found, all);
  });
  await fc.assert(law, { numRuns: 15 });
});

test("File leaves no descriptor: closed, disposed of, awaited using, dropped while it opens, closed while it reads", async () => {
  const path = made("abc");
  const main = async(function* () {
    const closed = yield* File.open(path);
    yield* closed.close();
    yield* closed.close();
    {
      using disposed = yield* File.open(path);
      yield* disposed.metadata();
    }
    const opening = pin(File.open(path));
    assert.equal(opening.poll(new Context(noopWaker)), PENDING);
    opening.drop();
    const busy = yield* File.open(path);
    const reading = pin(busy.read(new Uint8Array(1)));
    assert.equal(reading.poll(new Context(noopWaker)), PENDING);
    busy[Symbol.dispose]();
    const { reason } = (yield* spawn(reading).settled()) as PromiseRejectedResult;
    assert.deepEqual([reason.name, reason.code], ["ClosedError", "fs.closed"]);
    return yield* File.open(path);
  });
  await (await run(main()))[Symbol.asyncDispose]();
  await allClosed();
});

test("File is used after close() in vain", async () => {
  const file = await run(File.open(made("abc")));
  await run(file.close());
  for (const future of [file.read(new Uint8Array(1)), file.metadata(), file.flush(), file.seek({ end: 0 })]) {
    const { name, code, message } = await failure(future);
    assert.deepEqual([name, code], ["ClosedError", "fs.closed"]);
    assert.match(message, /: it was closed\nhelp: keep it open until nobody needs it any more$/);
  }
});

// Writing to it fails, always: there is no space.
const FULL = "/dev/full";

test(
  "File.close() throws what a write failed with, and closes all the same",
  { skip: !fs.existsSync(FULL) },
  async () => {
    const main = async(function* () {
      const file = yield* new OpenOptions().write().open(FULL);
      yield* file.write(bytes("x"));
      const { reason } = (yield* spawn(file.close()).settled()) as PromiseRejectedResult;
      return [reason.code, reason.cause.code, reason.message];
    });
    assert.deepEqual(await run(main()), ["fs.no-space", "ENOSPC", 'Cannot write "/dev/full": no space is left']);
    await allClosed();
  },
);

test("File[Symbol.dispose]() has a write that fails afterwards reported", { skip: !fs.existsSync(FULL) }, async () => {
  const warnings: Warning[] = [];
  const runtime = new Runtime({ blockedAfter: { minutes: 1 }, onWarning: (warning) => void warnings.push(warning) });
  const main = async(function* () {
    using file = yield* new OpenOptions().write().open(FULL);
    yield* file.write(bytes("x"));
  });
  await runtime.run(main());
  while (warnings.length === 0) await new Promise(setImmediate);
  assert.deepEqual(warnings, [
    {
      code: "fs.unseen-failure",
      message:
        'Nobody was told that writing to "/dev/full" failed: Cannot write "/dev/full": no space is left' +
        "\nhelp: flush() before you let go of it, or await close()",
    },
  ]);
});

test("File that is forgotten while it is open is closed by the collector, with a warning", async () => {
  const path = made("abc");
  const warnings: Warning[] = [];
  const runtime = new Runtime({ blockedAfter: { minutes: 1 }, onWarning: (warning) => void warnings.push(warning) });
  const forgetful = async(function* () {
    const file = yield* File.open(path);
    yield* file.read(new Uint8Array(1));
  });
  await runtime.run(forgetful());
  for (let n = 0; n < 200 && warnings.length === 0; n++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  assert.deepEqual(
    warnings.map(({ code, message }) => [code, message.split("\n")[0]]),
    [["fs.unclosed", `"${path}" was forgotten while it was open, and is closed now that it was garbage-collected`]],
  );
  await allClosed();
});

test("File is a source and a destination of heddle/io: copied, read by lines, read to the end", async () => {
  const text = Array.from({ length: 20_000 }, (_, i) => `line ${i}\n`).join("");
  const [from, to] = [made(text), fresh()];
  const main = async(function* () {
    const source = yield* File.open(from);
    const target = yield* File.createNew(to);
    const copied = yield* copy(source, target);
    yield* target.seek({ start: 0 });
    const reader = new BufReader(target);
    const first = [yield* readLine(reader), yield* readLine(reader)];
    yield* source.seek({ end: -5 });
    const last = yield* readToString(source);
    yield* target.seek({ end: 0 });
    yield* writeAll(target, "!");
    const { length } = yield* target.metadata();
    for (const file of [source, target]) yield* file.close();
    return [copied, first, last, length];
  });
  assert.deepEqual(await run(main()), [text.length, ["line 0", "line 1"], "9999\n", text.length + 1]);
});

test("File.close() that was made and never awaited is reported, and an operation that lost a race is not", async () => {
  const warnings: string[] = [];
  const runtime = new Runtime({
    blockedAfter: { minutes: 1 },
    onWarning: (warning) => void warnings.push(warning.message.split("\n")[0]!),
  });
  const main = async(function* () {
    const file = yield* File.open(made("abc"));
    yield* select({ first: ready(1), second: file.metadata() }, { biased: true });
    file.close();
    yield* file.read(new Uint8Array(1));
    return file;
  });
  const file = await runtime.run(main());
  for (let n = 0; n < 50 && warnings.length === 0; n++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  await file[Symbol.asyncDispose]();
  assert.deepEqual(warnings, ["The future of file.close() was made and never awaited, so nothing of it has run"]);
});

test("File.maxBufferSize bounds what is read and written at once", async () => {
  const body = (file: File) =>
    async(function* () {
      file.maxBufferSize = 4;
      const written = yield* file.write(bytes("0123456789"));
      yield* file.seek({ start: 0 });
      return [written, yield* file.read(new Uint8Array(9))];
    })();
  assert.deepEqual(await run(withFile(File.createNew(fresh()), body)), [4, 4]);
  const file = await run(File.open(made("")));
  assert.throws(() => (file.maxBufferSize = 0), { name: "RangeError" });
  await run(file.close());
});

test("File.tryClone() gives another file with a cursor of its own, and the descriptor goes with the last", async () => {
  const path = made("one two");
  const main = async(function* () {
    const file = yield* File.open(path);
    assert.equal(yield* text(file, 4), "one ");
    const clone = yield* file.tryClone();
    assert.equal(opened().length, 1); // no descriptor more
    assert.deepEqual([clone.path, clone.position], [path, 4]);
    // Both at once, each in its own task: no BusyError.
    assert.deepEqual(yield* together(text(file, 9), text(clone, 9)), ["two", "two"]);
    yield* file.close();
    fs.rmSync(path);
    yield* clone.seek({ start: 0 });
    assert.equal(yield* text(clone, 3), "one");
    const again = yield* clone.tryClone();
    clone[Symbol.dispose]();
    assert.equal(yield* text(again, 9), " two");
    yield* again.close();
  });
  await run(main());
  await allClosed();
});

test("File.tryClone() waits for what was taken, says what failed, and is refused of a closed file", async () => {
  const path = fresh();
  const main = async(function* () {
    const file = yield* new OpenOptions().read().append().create().open(path);
    yield* file.write(bytes("written"));
    const clone = yield* file.tryClone();
    assert.equal(fs.readFileSync(path, "utf8"), "written");
    yield* clone.write(bytes(" at the end"));
    yield* clone.flush();
    assert.equal(fs.readFileSync(path, "utf8"), "written at the end");
    yield* file.close();
    yield* clone.close();
    const closed = yield* spawn(file.tryClone()).settled();
    assert.equal(closed.status === "rejected" && closed.reason.code, "fs.closed");

    const full = yield* new OpenOptions().write().open("/dev/full");
    yield* full.write(bytes("x"));
    const failed = yield* spawn(full.tryClone()).settled();
    assert.equal(failed.status === "rejected" && failed.reason.code, "fs.no-space");
    yield* full.close();
  });
  await run(main());
  await allClosed();
});

test("File.tryClone() that is dropped while it waits leaves nothing open", async () => {
  const path = fresh();
  const main = async(function* () {
    const file = yield* File.create(path);
    yield* file.write(bytes("x"));
    const cloning = pin(file.tryClone());
    assert.equal(cloning.poll(new Context(noopWaker)), PENDING);
    cloning.drop();
    yield* file.close();
  });
  await run(main());
  await allClosed();
});
