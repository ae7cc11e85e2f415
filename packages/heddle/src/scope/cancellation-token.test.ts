import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { collectGarbage } from "../base/garbage.kit.js";
import fc from "fast-check";
import {
  AbortedError,
  async,
  CancellationToken,
  type Future,
  pending,
  ready,
  Runtime,
  select,
  sleep,
  spawn,
  yieldNow,
} from "../index.js";
import { Instant } from "../time/instant.js";

const paused = (rngSeed = 1): Runtime => new Runtime({ startPaused: true, rngSeed });
const now = (): number => Instant.now().milliseconds;

test("CancellationToken.cancel() flows from parent to child, and not back; the first reason counts", () => {
  const root = new CancellationToken();
  const child = root.childToken();
  const sibling = root.childToken();
  const grandchild = child.childToken();
  child.cancel("first");
  child.cancel("second");
  const states = (): unknown[] => [root, child, sibling, grandchild].map((token) => [token.isCancelled, token.reason]);
  assert.deepEqual(states(), [
    [false, undefined],
    [true, "first"],
    [false, undefined],
    [true, "first"],
  ]);
  root.cancel("all");
  assert.deepEqual(states(), [
    [true, "all"],
    [true, "first"],
    [true, "all"],
    [true, "first"],
  ]);
  const late = grandchild.childToken();
  assert.deepEqual([late.isCancelled, late.reason], [true, "first"], "a child of a cancelled token is born cancelled");
});

test("CancellationToken.cancelled() wakes whoever waits, here and below, and is ready at once from then on", async () => {
  const main = async(function* () {
    const root = new CancellationToken();
    const trace: string[] = [];
    const wait = async(function* (name: string, token: CancellationToken) {
      yield* token.cancelled();
      trace.push(`${name} at ${now()}`);
    });
    const child = root.childToken();
    const handles = [
      spawn(wait("root", root)),
      spawn(wait("child", child)),
      // Between it and the root stands one that nobody waits for.
      spawn(wait("great-grandchild", child.childToken().childToken())),
    ];
    yield* sleep(10);
    root.cancel();
    for (const handle of handles) yield* handle;
    yield* wait("late", child.childToken());
    return trace;
  });
  assert.deepEqual(await paused().run(main()), ["root at 10", "child at 10", "great-grandchild at 10", "late at 10"]);
});

test("CancellationToken.cancel() returns when every descendant is cancelled, before any of those who wait runs", async () => {
  const main = async(function* () {
    const root = new CancellationToken();
    const tokens = [root];
    for (let i = 0; i < 12_000; i++) tokens.push(tokens[i].childToken());
    const deepest = tokens.at(-1)!;
    const seen: boolean[] = [];
    const waiters = [root, tokens[50], deepest].map((token) => spawn(token.cancelled()));
    deepest.signal.addEventListener("abort", () => seen.push(tokens.every((token) => token.isCancelled)));
    root.signal.addEventListener("abort", () => seen.push(deepest.isCancelled, deepest.reason === "deep"));
    yield* yieldNow();
    root.cancel("deep");
    for (const handle of waiters) yield* handle;
    return seen;
  });
  assert.deepEqual(await paused().run(main()), [true, true, true]);
});

test("CancellationToken.cancelled() leaves nothing behind when the wait for it is dropped", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const listeners = (): number => getEventListeners(signal, "abort").length;
  const main = async(function* () {
    const token = CancellationToken.from(signal);
    const child = token.childToken().childToken();
    assert.equal(listeners(), 0, "nobody waits yet");
    for (let i = 0; i < 3; i++) {
      const waiting = select({ one: child.cancelled(), other: token.cancelled(), tick: sleep(10) });
      const handle = spawn(waiting);
      yield* sleep(5);
      assert.equal(listeners(), 1);
      assert.equal((yield* handle).key, "tick");
      assert.equal(listeners(), 0, "the waits were dropped");
    }
    const handle = spawn(child.cancelled());
    yield* yieldNow();
    controller.abort("enough");
    yield* handle;
    assert.equal(listeners(), 0);
    return [token.isCancelled, token.reason, child.reason];
  });
  assert.deepEqual(await paused().run(main()), [true, "enough", "enough"]);
});

test("CancellationToken.cancelled() that is given up takes no one else with it who waits on the same branch of the tree", async () => {
  const main = async(function* () {
    const root = new CancellationToken();
    const between = root.childToken();
    const leaving = spawn(between.childToken().cancelled());
    const staying = spawn(between.childToken().cancelled());
    yield* yieldNow();
    leaving.abort();
    yield* leaving.settled();
    root.cancel();
    yield* staying;
    return "told";
  });
  const runtime = paused();
  assert.equal(await runtime.run(select({ main: main(), tick: sleep(10) })).then(({ key }) => key), "main");
});

test("CancellationToken.from() sees a signal that is aborted already, and can be cancelled by itself", () => {
  const token = CancellationToken.from(AbortSignal.abort("before"));
  assert.deepEqual([token.isCancelled, token.reason], [true, "before"]);
  const controller = new AbortController();
  const other = CancellationToken.from(controller.signal);
  other.cancel("by itself");
  controller.abort("later");
  assert.equal(other.reason, "by itself");
  assert.throws(() => CancellationToken.from(5 as never), {
    name: "TypeError",
    message: "Cannot make a cancellation token as 'signal' must be an AbortSignal: received 5",
  });
});

test("CancellationToken.signal is one signal, aborted with an AbortedError that has the reason as its cause", () => {
  const token = new CancellationToken();
  const { signal } = token.childToken();
  const child = token.childToken();
  assert.equal(child.signal, child.signal);
  assert.equal(signal.aborted, false);
  token.cancel("enough");
  for (const aborted of [signal, child.signal, token.signal, token.childToken().signal]) {
    assert.equal(aborted.aborted, true);
    assert.ok(aborted.reason instanceof AbortedError);
    assert.equal(aborted.reason.cause, "enough");
  }
  assert.throws(() => token.throwIfCancelled(), AbortedError);
  new CancellationToken().throwIfCancelled();
});

test("CancellationToken holds nothing of children that nobody waits for any more", async () => {
  const root = new CancellationToken();
  const refs: WeakRef<CancellationToken>[] = [];
  const main = async(function* () {
    for (let i = 0; i < 3; i++) {
      const child = root.childToken();
      refs.push(new WeakRef(child));
      yield* select({ cancelled: child.cancelled(), tick: sleep(1) });
      if (i === 0) void child.signal;
      if (i === 0) child.cancel(); // done with
    }
  });
  await paused().run(main());
  await new Promise((resolve) => setImmediate(resolve));
  collectGarbage();
  assert.deepEqual(
    refs.map((ref) => ref.deref()),
    [undefined, undefined, undefined],
  );
});

test("CancellationToken.dropGuard() cancels at the end of its block, unless it was disarmed", () => {
  const token = new CancellationToken();
  {
    using guard = token.dropGuard();
    assert.equal(guard.disarm(), token);
  }
  assert.equal(token.isCancelled, false);
  {
    using _guard = token.dropGuard();
    assert.equal(token.isCancelled, false);
  }
  assert.equal(token.isCancelled, true);
});

test("CancellationToken.runUntilCancelled() gives the value, or drops the future when the token is cancelled", async () => {
  const main = async(function* () {
    const trace: string[] = [];
    const work = async(function* () {
      try {
        yield* sleep(100);
        return "done";
      } finally {
        trace.push(`over at ${now()}`);
      }
    });
    const token = new CancellationToken();
    trace.push(`${yield* token.runUntilCancelled(work())}`);
    const handle = spawn(token.runUntilCancelled(work()));
    yield* sleep(50);
    token.cancel();
    trace.push(`${yield* handle}`);
    trace.push(`${yield* token.runUntilCancelled(work())}, and nothing of it ran`);
    return trace;
  });
  assert.deepEqual(await paused().run(main()), [
    "over at 100",
    "done",
    "over at 150",
    "undefined",
    "undefined, and nothing of it ran",
  ]);
});

test("CancellationToken.runUntilCancelled() lets the future win if both come at once, in either order", async () => {
  const main = async(function* () {
    const got = [];
    for (const first of ["future", "token"]) {
      const token = new CancellationToken();
      const future = async(function* () {
        yield* sleep(10);
        return first;
      });
      const cancel = async(function* () {
        yield* sleep(10);
        token.cancel();
      });
      // Timers of one tick fire in the order in which they were set.
      const race: Future<unknown>[] = [token.runUntilCancelled(future()), cancel()];
      if (first === "token") race.reverse();
      const handles = race.map((it) => spawn(it));
      got.push(yield* handles[first === "token" ? 1 : 0]);
    }
    return got;
  });
  for (let seed = 0; seed < 10; seed++) assert.deepEqual(await paused(seed).run(main()), ["future", "token"]);
});

test("CancellationToken.runUntilCancelled() hands on errors, and takes plain generators", async () => {
  const main = async(function* () {
    const token = new CancellationToken();
    const failing = async(function* () {
      throw new Error("failed");
    });
    const settled = yield* spawn(token.runUntilCancelled(failing())).settled();
    const value = yield* token.runUntilCancelled(
      (function* () {
        return yield* ready("from a generator");
      })(),
    );
    return [settled.status, value];
  });
  assert.deepEqual(await paused().run(main()), ["rejected", "from a generator"]);
});

test("CancellationToken agrees with a plain model, whatever is made, cancelled, awaited and given up", async () => {
  const operation = fc.oneof(
    fc.record({ do: fc.constant("child" as const), of: fc.nat(8) }),
    fc.record({ do: fc.constant("cancel" as const), of: fc.nat(8) }),
    fc.record({ do: fc.constant("wait" as const), of: fc.nat(8) }),
    fc.record({ do: fc.constant("give up" as const), of: fc.nat(8) }),
    fc.record({ do: fc.constant("signal" as const), of: fc.nat(8) }),
  );
  const property = fc.asyncProperty(fc.array(operation, { maxLength: 30 }), async (operations) => {
    const main = async(function* () {
      const tokens = [new CancellationToken()];
      const model = [{ parent: -1, isCancelled: false }];
      const waits: { at: number; handle: ReturnType<typeof spawn<void>> }[] = [];
      const signals: { at: number; signal: AbortSignal }[] = [];
      const isCancelled = (at: number): boolean => at >= 0 && (model[at].isCancelled || isCancelled(model[at].parent));
      for (const step of operations) {
        const at = step.of % tokens.length;
        if (step.do === "child") {
          tokens.push(tokens[at].childToken());
          model.push({ parent: at, isCancelled: false });
        } else if (step.do === "cancel") {
          tokens[at].cancel();
          model[at].isCancelled = true;
        } else if (step.do === "wait") waits.push({ at, handle: spawn(tokens[at].cancelled()) });
        else if (step.do === "signal") signals.push({ at, signal: tokens[at].signal });
        else waits.splice(step.of % (waits.length || 1), 1)[0]?.handle.abort();
        yield* sleep(1);
        tokens.forEach((token, i) => assert.equal(token.isCancelled, isCancelled(i)));
        for (const { at: i, handle } of waits) assert.equal(handle.isFinished, isCancelled(i));
        for (const { at: i, signal } of signals) assert.equal(signal.aborted, isCancelled(i));
      }
      for (const { handle } of waits) handle.abort();
    });
    await paused().run(main());
  });
  await fc.assert(property, { numRuns: 30 });
});

test("CancellationToken keeps a runtime's dump telling what is waited for", async () => {
  const runtime = paused();
  const handle = runtime.spawn(new CancellationToken().cancelled());
  const other = runtime.spawn(pending());
  await runtime.run(yieldNow());
  assert.match(String(runtime.dump()), /waits for cancelled\(\)/);
  handle.abort();
  other.abort();
  await runtime.shutdown();
});
