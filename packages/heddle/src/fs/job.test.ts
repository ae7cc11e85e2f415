import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { ElapsedError, END, select, sleep, timeout, yieldNow } from "../index.js";
import { File, read, readDir } from "../fs.js";
import { testWith } from "../test.js";
import { Instant } from "../time.js";
import { Job } from "./job.js";

const test = testWith(nodeTest);
const here = fileURLToPath(import.meta.url);

test("a test's clock stands still while the file system is at work, and goes on when nobody waits for it", function* () {
  const bytes = yield* timeout(read(here), 1);
  assert.ok(bytes.length > 0);
  assert.equal(Instant.now().milliseconds, 0);
  yield* select({ file: read(here), now: yieldNow() });
  yield* sleep(5);
  assert.equal(Instant.now().milliseconds, 5);
});

test("a test's clock stands still while an open file and a folder are at work", function* () {
  using file = yield* File.open(here);
  const n = yield* timeout(file.read(new Uint8Array(10)), 1);
  using entries = yield* readDir(dirname(here));
  const entry = yield* timeout(entries.nextEntry(), 1);
  assert.deepEqual([n, entry === END], [10, false]);
  // One that is dropped holds it no longer.
  yield* select({ read: file.read(new Uint8Array(10)), now: yieldNow() });
  yield* sleep(5);
  assert.equal(Instant.now().milliseconds, 5);
});

test(
  "a test that does not wait for the host sees its timeouts at once",
  function* () {
    try {
      const never = () => new Promise<void>(() => {});
      yield* timeout(new Job("never", { verb: "read", path: here }, never), 1);
      assert.fail("it has ended");
    } catch (error) {
      assert.ok(error instanceof ElapsedError);
    }
  },
  { waitForHost: false },
);
