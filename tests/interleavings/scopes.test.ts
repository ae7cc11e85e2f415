/**
 * Scopes, sets of tasks, tokens and trackers in every order of the tasks that use them, an abort among them at every moment: children are over first, no
 * outcome and no error is lost or given twice, nobody is forgotten.
 *
 * That a task waits for ever, or fails unheard, is found by `explore` itself.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  async,
  CancellationToken,
  END,
  type JoinHandle,
  JoinMap,
  JoinSet,
  scope,
  spawn,
  TaskTracker,
  yieldNow,
} from "heddle";
import { aborting, ended, inEveryOrder } from "./every-order.js";

const value = async(function* <T>(given: T) {
  yield* yieldNow();
  return given;
});

test("scope() is over after its children and its cleanups, whether it is aborted, or a child fails, or both", async () => {
  const program = async(function* () {
    const alive = new Set<string>();
    const child = async(function* (name: string) {
      alive.add(name);
      try {
        yield* yieldNow();
        if (name === "failing") throw new Error("expected");
      } finally {
        // Not shielded when no abort began it: one may come here as well.
        try {
          yield* yieldNow();
        } finally {
          alive.delete(name);
        }
      }
    });
    let cleanups = 0;
    let began = 0;
    const owner = async(function* () {
      try {
        yield* scope(function* (s) {
          began++;
          s.defer(() => assert.deepEqual([alive.size, ++cleanups], [0, 1]));
          s.spawn(child("failing"));
          s.spawn(child("sibling"));
        });
      } finally {
        assert.deepEqual([alive.size, cleanups], [0, began]);
      }
    });
    const victim = spawn(owner());
    yield* spawn(aborting(victim));
    const result = yield* victim.settled();
    // Both children are there, or neither, and then the failure is never lost unless the abort came before it.
    assert.ok(result.status === "rejected");
    assert.ok(result.reason.message === "expected" || result.reason.name === "AbortError");
  });
  await inEveryOrder(program, 10, "tracked");
});

test("scope() hears of a child's failure exactly if whoever waited for the child did not", async () => {
  const program = async(function* () {
    let heard = 0;
    const failing = async(function* () {
      yield* yieldNow();
      throw new Error("expected");
    });
    const waiting = async(function* (child: JoinHandle<void>) {
      try {
        yield* child;
      } catch {
        heard++;
      }
    });
    const owner = spawn(
      scope(function* (s) {
        const child = s.spawn(failing());
        const waiter = s.spawn(waiting(child));
        s.spawn(aborting(waiter));
      }),
    );
    const result = yield* owner.settled();
    if (result.status === "rejected") {
      assert.equal(result.reason.message, "expected");
      assert.equal(result.reason.suppressed, undefined);
    }
    assert.equal(heard, result.status === "rejected" ? 0 : 1);
  });
  await inEveryOrder(program, 10);
});

test("JoinSet gives each outcome once, and forgets no joiner, whoever is aborted when", async () => {
  const program = async(function* () {
    const set = JoinSet.from([value(1), value(2)]);
    const got: number[] = [];
    const joiner = async(function* () {
      const next = yield* set.joinNext();
      if (next !== END) got.push(next);
    });
    const [victim, other] = [spawn(joiner()), spawn(joiner())];
    yield* ended([victim, other, spawn(aborting(victim))]);
    for (let next; (next = yield* set.joinNext()) !== END;) got.push(next);
    assert.deepEqual(
      got.sort((a, b) => a - b),
      [1, 2],
    );
    assert.equal(set.size, 0);
  });
  await inEveryOrder(program, 10, "tracked");
});

test("JoinSet.shutdown() comes to its end, whatever is spawned and joined meanwhile", async () => {
  const program = async(function* () {
    const set = JoinSet.from([value(1)]);
    const joining = spawn(set.joinNextSettled());
    const spawning = async(function* () {
      set.spawn(value(2));
    });
    yield* ended([joining, spawn(spawning()), spawn(set.shutdown())]);
    while ((yield* set.joinNextSettled()) !== END);
    assert.equal(set.size, 0);
  });
  await inEveryOrder(program, 10, "tracked");
});

test("JoinMap gives the latest task of a key, once, whenever it took the place of another", async () => {
  const program = async(function* () {
    const map = new JoinMap<string, string>();
    map.spawn("a", value("old"));
    const got: string[] = [];
    const replacing = async(function* () {
      map.spawn("a", value("new"));
    });
    const joining = async(function* () {
      for (let next; (next = yield* map.joinNext()) !== END;) got.push(next[1]);
    });
    yield* ended([spawn(joining()), spawn(replacing())]);
    yield* joining();
    assert.ok(got.join() === "new" || got.join() === "old,new", got.join());
  });
  await inEveryOrder(program, 5);
});

test("CancellationToken.cancel() reaches whoever waits below, however the tree grows and others give up", async () => {
  const program = async(function* () {
    const root = new CancellationToken();
    const child = root.childToken();
    const wait = async(function* (token: CancellationToken) {
      yield* token.cancelled();
      assert.ok(root.isCancelled);
    });
    const cancelling = async(function* () {
      root.cancel();
      assert.ok(child.isCancelled);
    });
    // The two stand on the same branch of the tree: that one gives up must not take the other with it.
    const [victim, other] = [spawn(wait(child.childToken())), spawn(wait(child.childToken()))];
    yield* ended([victim, other, spawn(aborting(victim)), spawn(cancelling())]);
  });
  await inEveryOrder(program, 10);
});

test("TaskTracker.wait() ends when all is done, in whatever order that comes about", async () => {
  const program = async(function* () {
    const tracker = new TaskTracker();
    const early = tracker.wait();
    const work = tracker.spawn(value(1));
    const closing = async(function* () {
      tracker.close();
    });
    const waiting = async(function* () {
      yield* tracker.wait();
      assert.ok(work.isFinished && tracker.isClosed);
    });
    yield* ended([spawn(waiting()), spawn(closing()), spawn(aborting(work))]);
    tracker.reopen();
    yield* early;
    assert.equal(tracker.size, 0);
  });
  await inEveryOrder(program, 5);
});
