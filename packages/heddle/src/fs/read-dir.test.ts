import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { async, END, fromCallback, run, spawn } from "../index.js";
import { type DirEntry, readDir, type ReadDir } from "../fs.js";
import { Context, noopWaker, PENDING, pin, type Poll } from "../lowlevel.js";

const folder = fs.mkdtempSync(join(tmpdir(), "heddle-read-dir-"));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
fs.mkdirSync(join(folder, "many"));
const names = Array.from({ length: 100 }, (_, i) => `entry ${i}`).sort();
for (const name of names) fs.writeFileSync(join(folder, "many", name), name);

/** What is open of these tests' files. */
const opened = (): string[] =>
  fs.readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const path = fs.readlinkSync(`/proc/self/fd/${fd}`);
      return path.startsWith(folder) ? [path] : [];
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

const rest = async(function* (entries: ReadDir) {
  const found: string[] = [];
  for (let entry; (entry = yield* entries.nextEntry()) !== END;) found.push(entry.name);
  return found;
});

/** Once through the host, so that it can answer. */
const host = () => fromCallback<void>((resolve) => void setImmediate(resolve));

test("readDir() gives every entry once, with its kind, and END again and again", async () => {
  const inner = join(folder, "kinds");
  fs.mkdirSync(join(inner, "folder"), { recursive: true });
  fs.writeFileSync(join(inner, "file"), "1234");
  fs.symlinkSync("file", join(inner, "link"));
  const main = async(function* () {
    const entries = yield* readDir(inner);
    const seen = new Map<string, unknown>();
    for (let entry; (entry = yield* entries.nextEntry()) !== END;)
      seen.set(entry.name, [
        entry.path,
        entry.isFile,
        entry.isDir,
        entry.isSymlink,
        (yield* entry.metadata()).isSymlink,
      ]);
    assert.equal(yield* entries.nextEntry(), END);
    entries.close();
    return Object.fromEntries(seen);
  });
  assert.deepEqual(await run(main()), {
    file: [join(inner, "file"), true, false, false, false],
    folder: [join(inner, "folder"), false, true, false, false],
    link: [join(inner, "link"), false, false, true, true],
  });
});

test("ReadDir.nextEntry() that is dropped loses no entry, whenever it is dropped", async () => {
  const main = async(function* () {
    const entries = yield* readDir(join(folder, "many"));
    const found: string[] = [];
    for (let n = 0; ; n++) {
      const next = pin(entries.nextEntry());
      // Dropped unpolled; while it waits; after it was woken; and taken, by hand or by waiting.
      let entry: Poll<DirEntry | typeof END> = n % 4 === 0 ? PENDING : next.poll(new Context(noopWaker));
      if (n % 4 === 2) for (let i = 0; i < 20; i++) yield* host();
      if (n % 4 === 3 && entry === PENDING) entry = yield* next;
      next.drop();
      if (entry === END) return found.sort();
      if (entry !== PENDING) found.push(entry.name);
    }
  });
  assert.deepEqual(await run(main()), names);
});

test("ReadDir is read outside of tasks as well, and goes on where a loop was left", async () => {
  const entries = await run(readDir(join(folder, "many")));
  const found: string[] = [];
  for await (const entry of entries) {
    found.push(entry.name);
    if (found.length === 3) break;
  }
  const fourth = await run(entries.next());
  assert.notEqual(fourth, END);
  found.push((fourth as DirEntry).name);
  for await (const { name } of entries) found.push(name);
  assert.deepEqual(found.sort(), names);
  await allClosed();
});

test("ReadDir serves one task at a time", async () => {
  const main = async(function* () {
    using entries = yield* readDir(folder);
    const [first, second] = [pin(entries.nextEntry()), pin(entries.nextEntry())];
    // Both before the host can answer.
    assert.equal(first.poll(new Context(noopWaker)), PENDING);
    assert.throws(() => second.poll(new Context(noopWaker)), { name: "BusyError", code: "fs.busy" });
    return (yield* first) !== END;
  });
  assert.equal(await run(main()), true);
});

test("ReadDir leaves no descriptor: at its end, closed early, closed while it waits, dropped while it opens", async () => {
  const main = async(function* () {
    assert.equal((yield* rest(yield* readDir(join(folder, "many")))).length, 100);
    {
      using entries = yield* readDir(folder);
      yield* entries.nextEntry();
    }
    const entries = yield* readDir(folder);
    const waiting = pin(entries.nextEntry());
    assert.equal(waiting.poll(new Context(noopWaker)), PENDING);
    entries.close();
    entries.close();
    const { reason } = (yield* spawn(waiting).settled()) as PromiseRejectedResult;
    assert.equal(reason.code, "fs.closed");
    const opening = pin(readDir(folder));
    assert.equal(opening.poll(new Context(noopWaker)), PENDING);
    opening.drop();
  });
  await run(main());
  await allClosed();
});
