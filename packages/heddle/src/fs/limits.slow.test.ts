/**
 * When the process may open no more files: every operation says so clearly, nothing leaks, and all goes on when some are closed.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execPath } from "node:process";
import { after, test } from "node:test";

const folder = mkdtempSync(join(tmpdir(), "heddle-limits-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

const PROGRAM = `
import { readdirSync, readlinkSync } from "node:fs";
import { async, joinAll, run } from ${url("../index.js")};
import { File, copy, metadata, read, readDir, readToString, removeFile, watch, write, writeAtomic } from ${url("../fs.js")};

/** What is open here, in this folder. */
const opened = () => readdirSync("/proc/self/fd").filter((fd) => {
  try {
    return readlinkSync("/proc/self/fd/" + fd).startsWith(process.cwd());
  } catch {
    return false;
  }
});
const open = [];
const codes = {};
const attempt = async(function* (name, future) {
  try {
    const value = yield* future;
    value?.[Symbol.dispose]?.();
    codes[name] = "ok";
  } catch (error) {
    codes[name] = error.code + " " + error.cause.code;
    console.error(error.message);
  }
});
const attempts = async(function* () {
  yield* attempt("open", File.open("a"));
  yield* attempt("create", File.create("b"));
  yield* attempt("read", read("a"));
  yield* attempt("readToString", readToString("a"));
  yield* attempt("readDir", readDir("."));
  yield* attempt("write", write("b", "x"));
  yield* attempt("copy", copy("a", "c"));
  yield* attempt("writeAtomic", writeAtomic("b", "x"));
  yield* attempt("watch", watch("a"));
  // This one needs no descriptor.
  yield* attempt("metadata", metadata("a"));
});
await run(async(function* () {
  // All at once, so that some fail while others succeed.
  const all = yield* joinAll(Array.from({ length: 400 }, async(function* () {
    try {
      open.push(yield* File.open("a"));
    } catch (error) {
      return error.code;
    }
  })));
  console.log(JSON.stringify([open.length > 0, [...new Set(all)].sort()]));
  yield* attempts();
  console.log(JSON.stringify(codes));
  for (const file of open) yield* file.close();
  yield* attempts();
  for (const name of ["b", "c"]) yield* removeFile(name);
  console.log(JSON.stringify([...new Set(Object.values(codes))]));
})());
for (let n = 0; n < 100 && opened().length > 0; n++) await new Promise(setImmediate);
console.log(opened().length);
`;

test("heddle/fs says that too many files are open, and leaks none of those it has", () => {
  writeFileSync(join(folder, "a"), "a");
  writeFileSync(join(folder, "program.mjs"), PROGRAM);
  const command = `ulimit -n 256; exec ${execPath} ${"Deno" in globalThis ? "run -A " : ""}program.mjs`;
  // What else it warns of depends on how busy the machine is.
  const env = { ...process.env, HEDDLE_WARNINGS: "off" };
  const { stdout, stderr, status } = spawnSync("sh", ["-c", command], { cwd: folder, encoding: "utf8", env });
  assert.equal(status, 0, stderr);
  const [first, codes, after, left] = stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as unknown);
  // What succeeded answers nothing, which JSON writes as null.
  assert.deepEqual(first, [true, ["fs.too-many-open-files", null]]);
  const tooMany = "fs.too-many-open-files EMFILE";
  assert.deepEqual(codes, {
    open: tooMany,
    create: tooMany,
    read: tooMany,
    readToString: tooMany,
    readDir: tooMany,
    write: tooMany,
    copy: tooMany,
    writeAtomic: tooMany,
    watch: tooMany,
    metadata: "ok",
  });
  assert.deepEqual([after, left], [["ok"], 0]);
  assert.match(
    stderr,
    /^Cannot open "a": this process has as many files open as it may\nhelp: close files when they are no longer needed, open fewer at a time, or raise/,
  );
});
