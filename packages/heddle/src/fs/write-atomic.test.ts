import assert from "node:assert/strict";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { async, fromCallback, run, spawn } from "../index.js";
import { writeAtomic } from "../fs.js";

const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "heddle-atomic-")));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
let count = 0;
/** A new folder for each test, so that all that is left there is its own. */
const place = (): string => {
  const path = join(folder, `${++count}`);
  fs.mkdirSync(path);
  return path;
};
const host = () => fromCallback<void>((resolve) => void setImmediate(resolve));

test("writeAtomic() makes and replaces a file, keeps its permissions, and leaves nothing else", async () => {
  const path = join(place(), "file");
  await run(writeAtomic(path, "first"));
  fs.chmodSync(path, 0o606);
  const { ino } = fs.statSync(path);
  await run(writeAtomic(path, new Uint8Array([0x32])));
  const stats = fs.statSync(path);
  assert.deepEqual([fs.readFileSync(path, "utf8"), stats.mode & 0o777, stats.ino === ino], ["2", 0o606, false]);
  assert.deepEqual(fs.readdirSync(join(path, "..")), ["file"]);
});

test("writeAtomic() through a symbolic link replaces what it leads to", async () => {
  const [target, link] = [join(place(), "target"), join(place(), "link")];
  fs.writeFileSync(target, "old");
  fs.symlinkSync(target, link);
  await run(writeAtomic(link, "new"));
  assert.deepEqual([fs.readlinkSync(link), fs.readFileSync(target, "utf8")], [target, "new"]);
});

test("writeAtomic() through a symbolic link that leads to nothing yet makes what it leads to", async () => {
  const [folder, other] = [place(), place()];
  fs.mkdirSync(join(folder, "inner"));
  fs.symlinkSync("../second", join(folder, "inner", "first"));
  fs.symlinkSync("first", join(folder, "inner", "relative"));
  // What is relative counts from where the link really is.
  fs.symlinkSync(join(folder, "inner"), join(other, "elsewhere"));
  await run(writeAtomic(join(other, "elsewhere", "relative"), "new"));
  assert.equal(fs.readFileSync(join(folder, "second"), "utf8"), "new");
  assert.deepEqual(fs.readdirSync(folder).sort(), ["inner", "second"]);
  assert.ok(fs.lstatSync(join(folder, "inner", "relative")).isSymbolicLink());
});

test("writeAtomic() that fails leaves the old content and no draft, and says why", async () => {
  const here = place();
  fs.mkdirSync(join(here, "folder"));
  const rows = [
    [join(here, "nowhere", "file"), "fs.not-found", /the folder that it is to be in does not exist\nhelp: /],
    [join(here, "folder"), "fs.is-a-directory", /^Cannot write ".*": it is a folder$/],
    [join(here, "x".repeat(256)), "fs.name-too-long", /the name is too long$/],
  ] as const;
  for (const [path, code, message] of rows)
    await assert.rejects(run(writeAtomic(path, "new")), { name: "HeddleError", code, message });
  assert.deepEqual(fs.readdirSync(here), ["folder"]);
  assert.throws(() => writeAtomic("x", 1 as never), TypeError);
});

test("writeAtomic() that is dropped leaves the old content or the new and no draft, and the task waits for that", async () => {
  const large = "new ".repeat(2 ** 17);
  const seen = new Set<string>();
  for (let rounds = 0; rounds < 12; rounds++) {
    const here = place();
    const path = join(here, "file");
    fs.writeFileSync(path, "old");
    const main = async(function* () {
      const handle = spawn(writeAtomic(path, large));
      for (let n = 0; n < rounds; n++) yield* host();
      handle.abort();
      yield* handle.settled();
      const content = fs.readFileSync(path, "utf8");
      assert.ok(content === "old" || content === large, `${content.length} characters`);
      seen.add(content === "old" ? "old" : "new");
      assert.deepEqual(fs.readdirSync(here), ["file"]);
    });
    await run(main());
  }
  assert.ok(seen.has("old"));
});
