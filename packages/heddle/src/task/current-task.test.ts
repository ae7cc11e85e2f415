import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, currentTask, type Holder, noopWaker, pin, pollFn } from "../lowlevel.js";
import { Runtime } from "../runtime/runtime.js";

test("currentTask() is the task that is being polled, also in its branches, and can be told over when it is", async () => {
  const seen: (Holder | null)[] = [];
  const runtime = new Runtime({ startPaused: true });
  const handle = runtime.spawn(
    (function* () {
      seen.push(currentTask());
      yield* pin(
        pollFn(() => {
          seen.push(currentTask());
        }),
      );
    })(),
    { name: "holder" },
  );
  await handle;
  assert.equal(seen.length, 2);
  assert.equal(seen[0], seen[1]);
  const { id, name, isFinished } = seen[0]!;
  assert.deepEqual({ id, name, isFinished }, { id: 1, name: "holder", isFinished: true });
});

test("currentTask() is null outside of tasks, and in a future that is polled by hand", () => {
  assert.equal(currentTask(), null);
  const pinned = pin(pollFn(() => currentTask()));
  assert.equal(pinned.poll(new Context(noopWaker)), null);
});
