/**
 * Scopes: whole traces, with a reason where it is not plain.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AbortedError,
  async,
  ClosedError,
  ElapsedError,
  type Future,
  join,
  type JoinHandle,
  pending,
  ready,
  Runtime,
  type Scope,
  scope,
  select,
  shielded,
  sleep,
  spawn,
  taskLocal,
  timeout,
  yieldNow,
} from "../index.js";
import { observeResources, type Resource } from "../lowlevel.js";
import { Instant } from "../time/instant.js";

interface Ledger {
  readonly runtime: Runtime;
  readonly trace: string[];
  /** What nobody joined. */
  readonly unhandled: unknown[];
}

function ledger(): Ledger {
  const unhandled: unknown[] = [];
  const onUnhandled = (error: unknown): void => void unhandled.push(error);
  return { runtime: new Runtime({ startPaused: true, warnings: false, onUnhandled }), trace: [], unhandled };
}

const now = (): number => Instant.now().milliseconds;

/** Works, and takes 5 ms to clean up if it is dropped. */
const worker = async(function* (trace: string[], name: string, length: number) {
  let isDone = false;
  try {
    yield* sleep(length);
    isDone = true;
    return name;
  } finally {
    if (!isDone) yield* sleep(5);
    trace.push(`${name} ${isDone ? "done" : "dropped"} at ${now()}`);
  }
});

const failing = async(function* (length: number, message: string) {
  yield* sleep(length);
  throw new Error(message);
});

function fail(message: string): never {
  throw new Error(message);
}

/** Fails in its cleanup. */
const untidy = async(function* (message: string, length: number = 0) {
  try {
    yield* pending();
  } finally {
    if (length > 0) yield* sleep(length);
    fail(message);
  }
});

/** What became of it, and when. */
const outcome = async(function* (future: Future<unknown>) {
  try {
    return `${String(yield* future)} at ${now()}`;
  } catch (error) {
    const { name, message, suppressed = [] } = error as Error & { suppressed?: Error[] };
    const said = error instanceof Error && name === "Error" ? message : `${name}: ${message.split("\n")[0]}`;
    return [`${said} at ${now()}`, ...suppressed.map((later) => `+ ${later.message}`)].join(" ");
  }
});

test("scope() gives the value of its body when the last child is over", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    s.spawn(worker(trace, "slow", 20));
    const quick = s.spawn(worker(trace, "quick", 10));
    assert.equal(s.size, 2);
    return `the body, with ${yield* quick}`;
  });
  assert.equal(await runtime.run(outcome(program)), "the body, with quick at 20");
  assert.deepEqual(trace, ["quick done at 10", "slow done at 20"]);
});

test("scope() takes any function that gives a future, and runs it in the task that awaits it", async () => {
  const { runtime } = ledger();
  const user = taskLocal<string>();
  const body = async(function* (_s: Scope) {
    yield* yieldNow();
    return user.get();
  });
  assert.equal(await runtime.run(user.scope("ada", scope(body))), "ada");
  assert.equal(await runtime.run(scope(() => ready("a leaf"))), "a leaf");
});

test("scope() runs nothing before it is awaited", async () => {
  const { runtime, trace } = ledger();
  const program = async(function* () {
    const future = scope(function* () {
      trace.push("the body");
    });
    yield* yieldNow();
    trace.push("awaited");
    yield* future;
  });
  await runtime.run(program());
  assert.deepEqual(trace, ["awaited", "the body"]);
});

test("scope() is stopped by the first child that fails: the body is dropped, the siblings are aborted, and all is over before it throws", async () => {
  const { runtime, trace, unhandled } = ledger();
  const program = scope(function* (s) {
    s.spawn(worker(trace, "a", 100));
    s.spawn(failing(10, "boom"));
    s.spawn(worker(trace, "b", 5));
    try {
      yield* sleep(50);
    } finally {
      yield* sleep(7);
      trace.push(`body at ${now()}`);
    }
  });
  assert.equal(await runtime.run(outcome(program)), "boom at 17");
  assert.deepEqual(trace, ["b done at 5", "a dropped at 15", "body at 17"]);
  await runtime.shutdown();
  assert.deepEqual(unhandled, []);
});

test("scope() is stopped by a body that fails", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    s.spawn(worker(trace, "a", 100));
    yield* sleep(10);
    throw new Error("the body failed");
  });
  assert.equal(await runtime.run(outcome(program)), "the body failed at 15");
  assert.deepEqual(trace, ["a dropped at 15"]);
});

test("scope() is stopped by a child that fails when the body has ended", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    s.spawn(worker(trace, "a", 100));
    s.spawn(failing(10, "late"));
    return "lost with the failure";
  });
  assert.equal(await runtime.run(outcome(program)), "late at 15");
  assert.deepEqual(trace, ["a dropped at 15"]);
});

test("scope() throws the first failure, with the later ones attached in the order in which they were spawned", async () => {
  const { runtime } = ledger();
  const program = scope(function* (s) {
    s.spawn(untidy("first spawned, last to clean up", 9));
    s.spawn(untidy("second spawned, first to clean up", 1));
    s.spawn(failing(10, "first to fail"));
    s.spawn(failing(10, "ready at the same moment, and aborted before it runs"));
    s.defer(() => {
      throw new Error("deferred");
    });
    yield* pending();
  });
  assert.equal(
    await runtime.run(outcome(program)),
    "first to fail at 19 + first spawned, last to clean up + second spawned, first to clean up + deferred",
  );
});

test("scope() goes on when a child's error was caught by whoever was waiting for it", async () => {
  const { runtime, trace, unhandled } = ledger();
  const program = scope(function* (s) {
    const child = s.spawn(failing(10, "expected"));
    const other = s.spawn(worker(trace, "other", 30));
    try {
      yield* child;
    } catch (error) {
      trace.push(`caught ${(error as Error).message} at ${now()}`);
    }
    const settled = yield* s.spawn(failing(5, "settled")).settled();
    // A sibling may be the one who waits.
    const asked = s.spawn(failing(5, "asked"));
    yield* s.spawn(outcome(asked));
    return `${settled.status}, ${yield* other}`;
  });
  assert.equal(await runtime.run(outcome(program)), "rejected, other at 30");
  assert.deepEqual(trace, ["caught expected at 10", "other done at 30"]);
  await runtime.shutdown();
  assert.deepEqual(unhandled, []);
});

test("scope() is stopped by a child's error that whoever waited for it did not catch, once", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    const child = s.spawn(failing(10, "not caught"));
    const between = async(function* (handle: JoinHandle<unknown>) {
      yield* handle;
    });
    s.spawn(between(child));
    s.spawn(worker(trace, "a", 100));
    yield* pending();
  });
  assert.equal(await runtime.run(outcome(program)), "not caught at 15");
  assert.deepEqual(trace, ["a dropped at 15"]);
});

test("scope() takes the error of a child when whoever waited for it went away before it came to them", async () => {
  const { runtime } = ledger();
  const program = scope(function* (s) {
    const child = s.spawn(failing(10, "left behind"));
    const waiting = s.spawn(outcome(child));
    // Both at 10: the waiting one is aborted when it was told and has not run.
    const saboteur = async(function* () {
      yield* sleep(10);
      waiting.abort();
    });
    s.spawn(saboteur());
    yield* sleep(20);
    return "the body";
  });
  assert.equal(await runtime.run(outcome(program)), "left behind at 20");
});

test("scope() does not fail for a child that was aborted", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    const child = s.spawn(worker(trace, "a", 100));
    yield* sleep(10);
    child.abort();
    return "the body";
  });
  assert.equal(await runtime.run(outcome(program)), "the body at 15");
  assert.deepEqual(trace, ["a dropped at 15"]);
});

test("scope() fails for a child that is detached all the same", async () => {
  const { runtime, unhandled } = ledger();
  const program = scope(function* (s) {
    s.spawn(failing(10, "detached")).detach();
    yield* pending();
  });
  assert.equal(await runtime.run(outcome(program)), "detached at 10");
  assert.deepEqual(
    unhandled.map((error) => (error as Error).message),
    ["detached"],
    "and it was reported when it happened, as detach() promises",
  );
});

test("Scope.spawn() takes tasks of children, and of the host, while the scope lives", async () => {
  const { runtime, trace } = ledger();
  const grandchild = async(function* (s: Scope) {
    yield* sleep(10);
    s.spawn(worker(trace, "grandchild", 10));
  });
  let fromOutside: (() => void) | undefined;
  const program = scope(function* (s) {
    s.spawn(grandchild(s));
    fromOutside = () => void s.spawn(worker(trace, "from the host", 10));
  });
  const done = runtime.run(outcome(program));
  await Promise.resolve();
  fromOutside!();
  assert.equal(await done, "undefined at 20");
  assert.deepEqual(trace, ["from the host done at 10", "grandchild done at 20"]);
});

test("Scope.spawn() aborts at once what is spawned when the scope stops already", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    s.spawn(failing(10, "boom"));
    try {
      yield* pending();
    } finally {
      const late = s.spawn(worker(trace, "late", 0));
      trace.push((yield* late.settled()).status);
    }
  });
  assert.equal(await runtime.run(outcome(program)), "boom at 10");
  assert.deepEqual(trace, ["rejected"], "nothing of it ran");
});

test("Scope refuses tasks and cleanups when it is over, and says so", async () => {
  const { runtime } = ledger();
  let open: Scope | undefined;
  const program = scope(
    function* (s) {
      open = s;
    },
    { name: "upload" },
  );
  await runtime.run(program);
  assert.throws(
    () => open!.spawn(ready(1)),
    (error: ClosedError) => {
      assert.ok(error instanceof ClosedError);
      assert.equal(error.code, "scope.over");
      assert.match(error.message, /^Cannot spawn a task in scope "upload": it is over\nhelp: do it before/);
      return true;
    },
  );
  assert.throws(() => open!.defer(() => {}), /^ClosedError: Cannot defer a cleanup in scope "upload": it is over/);
  open!.abort();
  assert.equal(open!.size, 0);
});

test("Scope.defer() runs cleanups in reverse order when the children are over, however the scope ends", async () => {
  for (const [how, expected] of [
    ["returns", ["child done at 10", "second at 12", "first at 15"]],
    ["throws", ["child dropped at 5", "second at 7", "first at 10"]],
    ["is aborted", ["child dropped at 5", "second at 7", "first at 10"]],
    ["is dropped", ["child dropped at 8", "second at 10", "first at 13"]],
  ] as const) {
    const { runtime, trace } = ledger();
    const goodbye = async(function* (name: string, length: number) {
      yield* sleep(length);
      trace.push(`${name} at ${now()}`);
    });
    const program = scope(function* (s) {
      s.defer(goodbye("first", 3));
      s.defer(function* () {
        yield* goodbye("second", 2);
      });
      s.spawn(worker(trace, "child", 10));
      yield* yieldNow();
      if (how === "throws") throw new Error("the body failed");
      if (how === "is aborted") s.abort();
      if (how === "is dropped") yield* pending();
    });
    await runtime.run(spawned(program, how === "is dropped" ? 3 : Infinity)).catch(() => {});
    assert.deepEqual(trace, expected, how);
  }
});

/** Gives up on it after some time; over when it is, cleanups and all. */
const spawned = async(function* (future: Future<unknown>, limit: number) {
  const handle = spawn(timeout(future, limit));
  yield* handle.settled();
});

test("Scope.defer() runs every cleanup though some fail, and though the task is aborted in the middle of them", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    for (const n of [1, 2, 3, 4])
      s.defer(function* () {
        trace.push(`${n} begins at ${now()}`);
        yield* sleep(10);
        if (n % 2 === 0) throw new Error(`cleanup ${n}`);
        trace.push(`${n} ends at ${now()}`);
      });
    return "the body";
  });
  const main = async(function* () {
    const handle = spawn(program);
    yield* sleep(15);
    handle.abort();
    return yield* outcome(handle);
  });
  assert.equal(await runtime.run(main()), "cleanup 4 at 40 + cleanup 2");
  assert.deepEqual(trace, [
    "4 begins at 0",
    "3 begins at 10",
    "3 ends at 20",
    "2 begins at 20",
    "1 begins at 30",
    "1 ends at 40",
  ]);
});

test("Scope.defer() takes cleanups and children from cleanups", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    s.defer(() => {
      trace.push("first");
      s.spawn(worker(trace, "child of a cleanup", 10));
      s.defer(() => void trace.push("nested"));
    });
  });
  assert.equal(await runtime.run(outcome(program)), "undefined at 10");
  assert.deepEqual(trace, ["first", "nested", "child of a cleanup done at 10"]);
});

test("Scope.defer() does not mind what a function returns that is no future", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    s.defer(() => trace.push("a number"));
    s.defer(() => [trace.push("an array")]);
    s.defer(ready("a leaf"));
  });
  assert.equal(await runtime.run(outcome(program)), "undefined at 0");
  assert.deepEqual(trace, ["an array", "a number"]);
});

test("Scope.defer() refuses what is no cleanup", async () => {
  const { runtime } = ledger();
  const program = (cleanup: unknown): Future<void> =>
    scope(function* (s) {
      s.defer(cleanup as () => void);
    });
  assert.match(
    await runtime.run(outcome(program(5))),
    /^TypeError: Cannot defer a cleanup as it must be a future or a function: received 5 at/,
  );
  assert.match(
    await runtime.run(outcome(program(async () => {}))),
    /^TypeError: Cannot run a deferred cleanup as it must not give a promise: received an instance of Promise at/,
  );
});

test("Scope.abort() drops the body and the children; the scope throws AbortedError with the reason when they are over", async () => {
  const { runtime, trace } = ledger();
  const program = scope(
    function* (s) {
      s.spawn(worker(trace, "a", 100));
      const switchOff = async(function* () {
        yield* sleep(10);
        s.abort("enough");
        s.abort("again");
      });
      s.spawn(switchOff());
      yield* worker(trace, "body", 100);
    },
    { name: "work" },
  );
  const main = async(function* () {
    try {
      yield* program;
    } catch (error) {
      assert.ok(error instanceof AbortedError);
      assert.equal(error.cause, "enough");
      return `${error.message} at ${now()}`;
    }
    return "not aborted";
  });
  assert.equal(await runtime.run(main()), 'Cannot finish scope "work": it was aborted with "enough" at 15');
  assert.deepEqual(trace.sort(), ["a dropped at 15", "body dropped at 15"]);
});

test("Scope.abort() gives way to the error of a cleanup, as that of a task does", async () => {
  const { runtime } = ledger();
  const program = scope(function* (s) {
    s.spawn(untidy("one"));
    s.spawn(untidy("two"));
    yield* yieldNow();
    s.abort();
  });
  assert.equal(await runtime.run(outcome(program)), "one at 0 + two");
});

test("scope() with a timeout or a deadline fails with ElapsedError when all has ended", async () => {
  const { runtime, trace } = ledger();
  const program = (options: { timeout?: number; deadline?: Instant }): Future<string> =>
    outcome(
      scope(function* (s) {
        s.spawn(worker(trace, "a", 100));
        s.spawn(untidy("and a cleanup failed"));
        yield* pending();
      }, options),
    );
  assert.equal(
    await runtime.run(program({ timeout: 10 })),
    "ElapsedError: Cannot finish this scope in time: 10 ms passed at 15 + and a cleanup failed",
  );
  assert.equal(
    await runtime.run(program({ timeout: 100, deadline: new Instant(20) })),
    "ElapsedError: Cannot finish this scope in time: the deadline passed at 25 + and a cleanup failed",
  );
  assert.equal(runtime.metrics().timers, 0);
  assert.ok(new ElapsedError("time.elapsed", "") instanceof Error);
});

test("scope() with a timeout is in time if it is ready at once, and leaves no timer behind", async () => {
  const { runtime } = ledger();
  assert.equal(await runtime.run(outcome(scope(() => ready("ready"), { timeout: 0 }))), "ready at 0");
  const late = scope(
    function* (s) {
      s.spawn(sleep(10));
    },
    { timeout: 5 },
  );
  assert.equal(
    await runtime.run(outcome(late)),
    "ElapsedError: Cannot finish this scope in time: 5 ms passed at 5",
    "children count, also when the body is ready",
  );
  const inTime = scope(
    function* (s) {
      s.spawn(sleep(10));
    },
    { timeout: { seconds: 1 } },
  );
  assert.equal(await runtime.run(outcome(inTime)), "undefined at 15");
  assert.equal(runtime.metrics().timers, 0);
});

test("scope() that is dropped ends its children before the task that dropped it ends, and lets the dropper go on", async () => {
  const drop: Record<string, (future: Future<unknown>) => Future<unknown>> = {
    timeout: (future) => timeout(future, 10),
    select: (future) => select({ future, tick: sleep(10) }),
    join: (future) => join(future, failing(10, "the other branch failed")),
  };
  for (const [how, dropping] of Object.entries(drop)) {
    const { runtime, trace } = ledger();
    const program = scope(function* (s) {
      s.defer(() => void trace.push(`deferred at ${now()}`));
      s.spawn(worker(trace, "child", 100));
      yield* worker(trace, "body", 100);
    });
    const task = async(function* () {
      yield* outcome(dropping(program));
      trace.push(`the dropper goes on at ${now()}`);
    });
    const main = async(function* () {
      yield* spawn(task());
      trace.push(`joined at ${now()}`);
    });
    await runtime.run(main());
    assert.deepEqual(
      trace,
      ["the dropper goes on at 10", "body dropped at 15", "child dropped at 15", "deferred at 15", "joined at 15"],
      how,
    );
  }
});

test("scope() unwinds with its task: body and children at once, then what was deferred, then the calls around it", async () => {
  const { runtime, trace } = ledger();
  const inner = (): Future<void> =>
    scope(function* (s) {
      s.defer(() => void trace.push(`inner deferred at ${now()}`));
      s.spawn(worker(trace, "inner child", 100));
      yield* pending();
    });
  const outer = scope(function* (s) {
    s.defer(() => void trace.push(`outer deferred at ${now()}`));
    s.spawn(inner());
    yield* inner();
  });
  const caller = async(function* () {
    try {
      yield* outer;
    } finally {
      trace.push(`caller at ${now()}`);
    }
  });
  const main = async(function* () {
    const handle = spawn(caller());
    yield* sleep(10);
    handle.abort("enough");
    return yield* outcome(handle);
  });
  assert.match(await runtime.run(main()), /^AbortError: Cannot finish task .*"enough" at 15$/);
  assert.deepEqual(trace, [
    "inner child dropped at 15",
    "inner child dropped at 15",
    "inner deferred at 15",
    "inner deferred at 15",
    "outer deferred at 15",
    "caller at 15",
  ]);
});

test("scope() whose body waits for its children while it is dropped does not wait for ever", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    const child = s.spawn(worker(trace, "child", 1000));
    try {
      yield* pending();
    } finally {
      // Children are aborted when the drop begins, not when the body has unwound.
      yield* child.settled();
      trace.push(`body at ${now()}`);
    }
  });
  assert.match(await runtime.run(outcome(timeout(program, 10))), /^ElapsedError/);
  await runtime.shutdown();
  assert.deepEqual(trace, ["child dropped at 15", "body at 15"]);
});

test("scope() that is dropped hands on what its cleanups threw to the task", async () => {
  const { runtime } = ledger();
  const program = scope(function* (s) {
    s.defer(() => {
      throw new Error("deferred");
    });
    s.spawn(untidy("child"));
    yield* untidy("body");
  });
  const main = async(function* () {
    const handle = spawn(program);
    yield* yieldNow();
    handle.abort();
    return yield* outcome(handle);
  });
  assert.equal(await runtime.run(main()), "body at 0 + child");
  const errors: string[] = [];
  const collect = (error: unknown): void => {
    errors.push((error as Error).message);
    for (const later of (error as { suppressed?: unknown[] }).suppressed ?? []) collect(later);
  };
  const again = async(function* () {
    const handle = spawn(
      scope(function* (s) {
        s.defer(() => {
          throw new Error("deferred");
        });
        s.spawn(untidy("child"));
        yield* untidy("body");
      }),
    );
    yield* yieldNow();
    handle.abort();
    const settled = yield* handle.settled();
    if (settled.status === "rejected") collect(settled.reason);
  });
  await runtime.run(again());
  assert.deepEqual(errors, ["body", "child", "deferred"], "those of children and of what was deferred hang together");
});

test("scope() that stops and is aborted then loses neither its failure nor a cleanup", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    s.defer(() => void trace.push(`deferred at ${now()}`));
    s.spawn(worker(trace, "child", 100));
    s.spawn(failing(10, "boom"));
    yield* worker(trace, "body", 100);
  });
  const main = async(function* () {
    const handle = spawn(program);
    yield* sleep(12); // the scope waits for cleanups that take until 15
    handle.abort();
    return yield* outcome(handle);
  });
  assert.equal(await runtime.run(main()), "boom at 15");
  assert.deepEqual(trace.slice(-1), ["deferred at 15"]);
  assert.deepEqual(trace.slice(0, 2).sort(), ["body dropped at 15", "child dropped at 15"]);
});

test("scope() ends whole at a shutdown, and by force when the time for that is over", async () => {
  const stubborn = async(function* (trace: string[]) {
    try {
      yield* pending();
    } finally {
      try {
        yield* sleep(1000);
        trace.push("never");
      } finally {
        trace.push("child ended");
      }
    }
  });
  const program = (trace: string[]): Future<void> =>
    scope(function* (s) {
      s.defer(() => void trace.push("first deferred"));
      s.defer(function* () {
        try {
          trace.push("last deferred");
          yield* sleep(1000);
          trace.push("never");
        } finally {
          trace.push("last deferred ended");
        }
      });
      s.spawn(stubborn(trace));
      yield* pending();
    });
  const whole = ledger();
  whole.runtime.spawn(program(whole.trace));
  await whole.runtime.run(sleep(1));
  await whole.runtime.shutdown();
  assert.deepEqual(
    whole.trace,
    ["never", "child ended", "last deferred", "never", "last deferred ended", "first deferred"],
    "with all the time it needs",
  );
  const forced = ledger();
  forced.runtime.spawn(program(forced.trace));
  await forced.runtime.run(sleep(1));
  await forced.runtime.shutdown({ timeout: 100 });
  assert.deepEqual(forced.trace, ["child ended", "last deferred", "last deferred ended", "first deferred"]);
  assert.equal(forced.runtime.metrics().timers, 0);
});

test("scope() can be shielded, and then ends by itself", async () => {
  const { runtime, trace } = ledger();
  const program = scope(function* (s) {
    s.spawn(worker(trace, "child", 20));
  });
  const main = async(function* () {
    const handle = spawn(shielded(program));
    yield* sleep(5);
    handle.abort();
    yield* handle.settled();
  });
  await runtime.run(main());
  assert.deepEqual(trace, ["child done at 20"]);
});

test("scope() shows its children in a dump", async () => {
  const { runtime } = ledger();
  const program = scope(
    function* (s) {
      s.spawn(sleep(10), { name: "download" });
      s.spawn(sleep(10), { name: "resize" });
    },
    { name: "pictures" },
  );
  const handle = runtime.spawn(program);
  await runtime.run(sleep(1));
  assert.match(
    String(runtime.dump()),
    /waits for scope "pictures", which has task "download" \(#\d+\), task "resize" \(#\d+\)\n/,
  );
  await handle;
});

test("scope() is a resource that its children hold", async () => {
  const { runtime } = ledger();
  const scopes: Resource[] = [];
  const restore = observeResources({ created: (resource) => void scopes.push(resource) });
  const held: string[][] = [];
  const look = (): void => void held.push(scopes[0].holders.map(({ name }) => name));
  const program = scope(
    function* (s) {
      s.spawn(sleep(10), { name: "first" });
      s.spawn(sleep(20), { name: "second" });
      look();
      yield* sleep(15);
      look();
    },
    { name: "pictures" },
  );
  await runtime.run(program);
  restore();
  look();
  assert.deepEqual([scopes[0].kind, scopes[0].name], ["scope", "pictures"]);
  assert.deepEqual(held, [["first", "second"], ["second"], []]);
});

test("scope() with many children leaves none behind", async () => {
  const { runtime } = ledger();
  const many = 1_000;
  const program = scope(function* (s) {
    for (let i = 0; i < many; i++) s.spawn(sleep(10));
    yield* sleep(5);
    assert.equal(s.size, many);
  });
  await runtime.run(program);
  assert.equal(runtime.metrics().liveTasks, 0);
});

test("scope() refuses what is no body and no option", async () => {
  const { runtime } = ledger();
  const refused = (...args: unknown[]): string => {
    try {
      scope(...(args as Parameters<typeof scope>));
      return "accepted";
    } catch (error) {
      return String(error).split("\n")[0];
    }
  };
  const body = function* (): Generator<never, void> {};
  assert.deepEqual(
    [
      refused(5),
      refused(body, 5),
      refused(body, { name: 5 }),
      refused(body, { timeout: -1 }),
      refused(body, { timeout: {} }),
      refused(body, { deadline: 5 }),
    ],
    [
      "TypeError: Cannot open a scope as 'body' must be a function: received 5",
      "TypeError: Cannot open a scope as 'options' must be an object: received 5",
      "TypeError: Cannot open a scope as 'name' must be a string: received 5",
      "RangeError: Cannot open a scope as 'timeout' must be a number of milliseconds >= 0: received -1",
      "TypeError: Cannot open a scope as 'timeout' must be a number of milliseconds >= 0: received an instance of Object",
      "TypeError: Cannot open a scope as 'deadline' must be an Instant: received 5",
    ],
  );
  const noFuture = scope((() => 5) as unknown as () => Future<void>);
  assert.match(
    await runtime.run(outcome(noFuture)),
    /^TypeError: Cannot open a scope as its body must give a future: received 5 at/,
  );
});
