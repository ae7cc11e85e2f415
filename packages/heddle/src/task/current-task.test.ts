import assert from "node:assert/strict";
import { test } from "node:test";
import { pending } from "../index.js";
import { Context, currentTask, type Holder, noopWaker, observeResources, pin, pollFn } from "../lowlevel.js";
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

test("a task tells whoever observes resources that it is waited for, asked whether it is over, aborted, and that it ends", async () => {
  const runtime = new Runtime({ startPaused: true });
  const heard: string[] = [];
  const restore = observeResources({
    taskTouched: (task, access) => {
      if (task === child) heard.push(access);
    },
  });
  const child = runtime.spawn(pending(), { name: "child" });
  const parent = runtime.spawn(
    (function* () {
      void child.isFinished;
      child.abort();
      yield* child.settled();
    })(),
    { name: "parent" },
  );
  await parent;
  restore();
  void child.isFinished;
  assert.deepEqual(heard, [
    "look",
    "change", // abort
    "look", // settled(): is it over?
    "join",
    "change", // its end
    "look", // settled(), polled again
  ]);
});
