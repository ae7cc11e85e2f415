import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import { fileURLToPath } from "node:url";
import { ElapsedError, select, sleep, timeout, yieldNow } from "../index.js";
import { read } from "../fs.js";
import { testWith } from "../test.js";
import { Instant } from "../time.js";

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

test(
  "a test that does not wait for the host sees its timeouts at once",
  function* () {
    try {
      yield* timeout(read(here), 1);
      assert.fail("it was read");
    } catch (error) {
      assert.ok(error instanceof ElapsedError);
    }
  },
  { waitForHost: false },
);
