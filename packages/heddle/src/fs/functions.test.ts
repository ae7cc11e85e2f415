/**
 * The functions of heddle/fs on real files: what they do, what they say when they cannot, and what becomes of one that is dropped.
 */
import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { collectGarbage } from "../base/garbage.kit.js";
import { async, type Future, ready, run, Runtime, select } from "../index.js";
import { Context, PENDING, pin } from "../lowlevel.js";
import {
  canonicalize,
  copy,
  createDir,
  createDirAll,
  DirBuilder,
  File,
  hardLink,
  metadata,
  read,
  readDir,
  readLink,
  readToString,
  removeDir,
  removeDirAll,
  removeFile,
  rename,
  setPermissions,
  symlink,
  symlinkMetadata,
  tryExists,
  write,
} from "../fs.js";

const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "heddle-fs-")));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
let count = 0;
/** A path in the folder of these tests, that nothing is at. */
const fresh = (name = "file"): string => join(folder, `${name}-${++count}`);
const made = (content: string | Uint8Array): string => {
  const path = fresh();
  fs.writeFileSync(path, content);
  return path;
};

async function failure(future: Future<unknown>): Promise<any> {
  return run(future).then(
    () => assert.fail("did not throw"),
    (error: unknown) => error,
  );
}

test("read() and readToString() give the whole of a file, by path and by URL", async () => {
  const bytes = new Uint8Array(300_000).map((_, i) => i);
  assert.deepEqual(Buffer.from(await run(read(made(bytes)))), Buffer.from(bytes));
  assert.equal(await run(readToString(pathToFileURL(made("\ufeffgrüß")))), "\ufeffgrüß");
  assert.equal(await run(readToString(made(""))), "");
});

test("readToString() refuses what is not UTF-8, and says how to get at it", async () => {
  const path = made(new Uint8Array([0x61, 0xff]));
  const { code, message, cause } = await failure(readToString(path));
  assert.equal(code, "fs.not-text");
  assert.equal(
    message,
    `Cannot read ${JSON.stringify(path)} as text: its bytes are not UTF-8\nhelp: read its bytes with read(…), and decode them`,
  );
  assert.ok(cause instanceof TypeError);
});

test("write() makes a file, and replaces what is in one", async () => {
  const path = fresh();
  await run(write(path, "a longer text"));
  await run(write(path, new Uint8Array([0x68, 0x69])));
  assert.equal(fs.readFileSync(path, "utf8"), "hi");
});

test("copy() copies content and permissions, and gives the length", async () => {
  const [from, to] = [made("hello"), made("something longer")];
  fs.chmodSync(from, 0o640);
  assert.equal(await run(copy(from, to)), 5);
  assert.deepEqual([fs.readFileSync(to, "utf8"), fs.statSync(to).mode & 0o777], ["hello", 0o640]);
});

test("createDir(), createDirAll() and DirBuilder make folders", async () => {
  const outer = fresh("folder");
  await run(createDir(outer));
  assert.equal((await failure(createDir(outer))).code, "fs.already-exists");
  await run(createDirAll(join(outer, "a", "b")));
  await run(createDirAll(join(outer, "a", "b")));
  assert.ok(fs.statSync(join(outer, "a", "b")).isDirectory());
  await run(new DirBuilder().mode(0o700).create(join(outer, "private")));
  assert.equal(fs.statSync(join(outer, "private")).mode & 0o777, 0o700);
  assert.equal((await failure(new DirBuilder().create(join(outer, "no", "way")))).code, "fs.not-found");
  await run(new DirBuilder().recursive().create(join(outer, "some", "way")));
});

test("removeDir() removes an empty folder only, removeDirAll() all of it, and neither a file", async () => {
  const outer = fresh("folder");
  fs.mkdirSync(join(outer, "a", "b"), { recursive: true });
  fs.writeFileSync(join(outer, "a", "file"), "");
  const kept = made("kept");
  fs.symlinkSync(kept, join(outer, "a", "link"));
  assert.deepEqual((await failure(removeDir(outer))).code, "fs.not-empty");
  await run(removeDir(join(outer, "a", "b")));
  await run(removeDirAll(outer));
  assert.deepEqual([fs.existsSync(outer), fs.readFileSync(kept, "utf8")], [false, "kept"]);
  assert.equal((await failure(removeDirAll(kept))).code, "fs.not-a-directory");
  assert.equal((await failure(removeDirAll(outer))).code, "fs.not-found");
});

test("removeDirAll() of a link to a folder removes the link", async () => {
  const [target, link] = [fresh("folder"), fresh("link")];
  fs.mkdirSync(join(target, "inner"), { recursive: true });
  fs.symlinkSync(target, link);
  await run(removeDirAll(link));
  assert.deepEqual([fs.existsSync(link), fs.existsSync(join(target, "inner"))], [false, true]);
});

test("removeFile() removes a file or a link, and no folder", async () => {
  const [file, link, gone] = [made("x"), fresh("link"), fresh()];
  fs.symlinkSync(file, link);
  await run(removeFile(link));
  assert.ok(fs.existsSync(file));
  await run(removeFile(file));
  assert.ok(!fs.existsSync(file));
  // HOST: systems differ in what they say of a folder, and Deno looks into it.
  const codes = ["fs.is-a-directory", "fs.permission-denied", "fs.not-empty"];
  assert.ok(codes.includes((await failure(removeFile(folder))).code));
  assert.equal((await failure(removeFile(gone))).code, "fs.not-found");
});

test("rename(), hardLink(), symlink(), readLink() and canonicalize() deal in names", async () => {
  const [file, moved, hard, soft] = [made("x"), made("old"), fresh("hard"), fresh("soft")];
  await run(rename(file, moved));
  assert.deepEqual([fs.existsSync(file), fs.readFileSync(moved, "utf8")], [false, "x"]);
  await run(hardLink(moved, hard));
  assert.equal((await run(metadata(hard))).links, 2);
  assert.equal((await failure(hardLink(moved, hard))).code, "fs.already-exists");
  await run(symlink(hard, soft));
  assert.equal(await run(readLink(soft)), hard);
  assert.equal(await run(canonicalize(soft)), hard);
  assert.equal((await failure(readLink(hard))).code, "fs.invalid");
});

test("metadata() follows links, symlinkMetadata() looks at them, and tryExists() says what leads nowhere", async () => {
  const [file, link, broken] = [made("1234"), fresh("link"), fresh("broken")];
  fs.symlinkSync(file, link);
  fs.symlinkSync(fresh(), broken);
  const seen = await run(metadata(link));
  const { isFile, isDir, isSymlink, length, links, isReadonly } = seen;
  assert.deepEqual([isFile, isDir, isSymlink, length, links, isReadonly], [true, false, false, 4, 1, false]);
  const stats = fs.statSync(file);
  assert.deepEqual(
    [seen.modified, seen.accessed, seen.created, seen.inode, seen.device, seen.uid, seen.gid, seen.mode],
    [stats.mtime, stats.atime, stats.birthtime, stats.ino, stats.dev, stats.uid, stats.gid, stats.mode & 0o7777],
  );
  assert.equal((await run(symlinkMetadata(link))).isSymlink, true);
  assert.ok((await run(metadata(folder))).isDir);
  const exist = [file, link, broken, fresh()].map((path) => run(tryExists(path)));
  assert.deepEqual(await Promise.all(exist), [true, true, false, false]);
  assert.equal((await failure(tryExists(join(file, "below")))).code, "fs.not-a-directory");
});

test("setPermissions() changes the mode", async () => {
  const file = made("");
  await run(setPermissions(file, 0o400));
  assert.ok((await run(metadata(file))).isReadonly);
  assert.throws(() => setPermissions(file, 0o10000), {
    name: "RangeError",
    message: /permission bits.*received 4096$/,
  });
});

test("errors name the operation, the path and why, advise, and keep the system's error", async () => {
  const gone = fresh("gone");
  const inGone = join(gone, "file");
  const other = fresh("other");
  const rows: [future: Future<unknown>, code: string, message: string][] = [
    [
      File.open(gone),
      "fs.not-found",
      `Cannot open "${gone}": it does not exist\nhelp: correct the path, or make it first`,
    ],
    [
      read("no-such.txt"),
      "fs.not-found",
      `Cannot read "no-such.txt": it does not exist\nhelp: correct the path, which is relative to ${JSON.stringify(process.cwd())}, or make it first`,
    ],
    [
      write(inGone, ""),
      "fs.not-found",
      `Cannot write "${inGone}": the folder that it is to be in does not exist\nhelp: make the folder first, with createDirAll(…)`,
    ],
    [
      rename(gone, other),
      "fs.not-found",
      `Cannot rename "${gone}" to "${other}": it does not exist, or the folder of the other does not\nhelp: correct the path, or make it first`,
    ],
    [read(folder), "fs.is-a-directory", `Cannot read "${folder}": it is a folder`],
    [
      readDir(made("")),
      "fs.not-a-directory",
      `Cannot list the folder "${join(folder, `file-${count}`)}": it is not a folder, or a part of the path is not`,
    ],
    [metadata("x".repeat(300)), "fs.name-too-long", `Cannot look at "${"x".repeat(300)}": the name is too long`],
  ];
  for (const [future, code, message] of rows) {
    const error = await failure(future);
    assert.deepEqual([error.name, error.code, error.message], ["HeddleError", code, message]);
    assert.match(error.cause.code, /^E[A-Z]+$/);
  }
});

test("errors have the calls that await in their stack", async () => {
  const inner = async(function* readSettings() {
    yield* read(fresh());
  });
  const outer = async(function* start() {
    yield* inner();
  });
  const { stack } = await failure(outer());
  assert.match(stack, /at (async )?readSettings .*\n.*at async start /);
});

test("paths that can be none are refused at once", () => {
  const rows: [path: unknown, says: RegExp][] = [
    ["", /'path' must be a path that is not empty: received ""$/],
    ["a\0b", /'path' must be a path without NUL characters/],
    [7, /'path' must be a path or a file: URL: received 7$/],
    [new URL("http://localhost/x"), /'path' must be a path or a file: URL: received "http:\/\/localhost\/x"$/],
  ];
  for (const [path, message] of rows) assert.throws(() => read(path as string), { name: "TypeError", message });
  assert.throws(() => rename("a", 1 as never), { name: "TypeError", message: /'to' must be/ });
  assert.throws(() => write("a", 1 as never), {
    name: "TypeError",
    message: /'content' must be a string or a Uint8Array/,
  });
});

test("nothing is done before the first poll, and once begun it is done though nobody waits", async () => {
  const [never, begun] = [made(""), made("")];
  await run(
    async(function* () {
      yield* select({ other: ready(1), never: removeFile(never) }, { biased: true });
      const removal = pin(removeFile(begun));
      assert.equal(removal.poll(new Context({ wake() {} })), PENDING);
      removal.drop();
    })(),
  );
  while (fs.existsSync(begun)) await new Promise(setImmediate);
  assert.ok(fs.existsSync(never));
});

test("an operation that is over cannot be awaited again", async () => {
  const future = tryExists(folder);
  assert.equal(await run(future), true);
  assert.equal((await failure(future)).code, "future.completed");
});

test("an operation that was made and never awaited is reported, and one that lost a race is not", async () => {
  const warnings: string[] = [];
  const runtime = new Runtime({
    blockedAfter: { minutes: 1 },
    onWarning: (warning) => void warnings.push(warning.message.split("\n")[0]!),
  });
  const main = async(function* () {
    removeFile(fresh());
    yield* select({ first: ready(1), second: write(fresh(), "") }, { biased: true });
  });
  await runtime.run(main());
  for (let n = 0; n < 50 && warnings.length === 0; n++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  assert.deepEqual(warnings, ["The future of removeFile(…) was made and never awaited, so nothing of it has run"]);
});
