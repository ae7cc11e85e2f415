import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { async, Runtime, select, sleep, spawn, yieldNow } from "../index.js";
import { Context, type Leaf, noopWaker, PENDING, type Waker } from "../lowlevel.js";
import { type Notified, Notify } from "../sync.js";

class Counter implements Waker {
  count = 0;
  wake(): void {
    this.count++;
  }
}

type Polled = Notified & Leaf<void>;

const make = (notify: Notify) => notify.notified() as Polled;
const poll = (notified: Polled, waker: Waker = noopWaker) => notified.poll(new Context(waker)) !== PENDING;
const drop = (notified: Polled) => notified.drop(new Context(noopWaker));

test("Notify.notifyOne() wakes the one that waits longest, and only that", () => {
  const notify = new Notify();
  const all = [make(notify), make(notify)];
  const wakes = [new Counter(), new Counter()];
  all.forEach((notified, i) => assert.equal(poll(notified, wakes[i]), false));
  notify.notifyOne();
  assert.deepEqual([wakes[0]!.count, wakes[1]!.count, notify.waiting], [1, 0, 1]);
  assert.deepEqual(
    all.map((notified) => poll(notified)),
    [true, false],
  );
});

test("Notify.notifyLast() wakes the one that came last", () => {
  const notify = new Notify();
  const all = [make(notify), make(notify)];
  for (const notified of all) poll(notified);
  notify.notifyLast();
  assert.deepEqual(
    all.map((notified) => poll(notified)),
    [false, true],
  );
});

for (const kind of ["notifyOne", "notifyLast"] as const)
  test(`Notify.${kind}() is kept while nobody waits, once at most, and the next one to wait takes it`, () => {
    const notify = new Notify();
    notify[kind]();
    notify[kind]();
    assert.equal(poll(make(notify)), true);
    assert.equal(poll(make(notify)), false);
  });

test("Notify.notified() joins the queue when it is polled, not when it is made", () => {
  const notify = new Notify();
  const [made, polled] = [make(notify), make(notify)];
  poll(polled);
  poll(made);
  notify.notifyOne();
  assert.deepEqual([poll(made), poll(polled)], [false, true]);
});

test("Notified.enable() joins the queue, and says whether there is a notification, which it takes", () => {
  const notify = new Notify();
  const [first, second] = [make(notify), make(notify)];
  assert.equal(first.enable(), false);
  assert.equal(first.enable(), false, "again changes nothing");
  assert.equal(notify.waiting, 1);
  poll(second);
  notify.notifyOne();
  assert.equal(first.enable(), true);
  assert.equal(poll(first), true);
  notify.notifyOne();
  notify.notifyOne();
  assert.equal(make(notify).enable(), true, "it takes the one that was kept");
  assert.equal(poll(make(notify)), false);
});

test("Notify.notifyWaiters() completes all futures made before, polled or not, and keeps nothing for later ones", () => {
  const notify = new Notify();
  const [polled, enabled, fresh] = [make(notify), make(notify), make(notify)];
  const wakes = new Counter();
  poll(polled, wakes);
  enabled.enable();
  notify.notifyWaiters();
  assert.equal(wakes.count, 1);
  assert.deepEqual([poll(polled), poll(enabled), poll(fresh)], [true, true, true]);
  assert.equal(poll(make(notify)), false);
});

test("a future that notifyWaiters() completed before it was polled leaves a kept notification untouched", () => {
  const notify = new Notify();
  const fresh = make(notify);
  notify.notifyOne();
  notify.notifyWaiters();
  assert.equal(poll(fresh), true);
  assert.equal(poll(make(notify)), true, "the kept one is still there");
  assert.equal(poll(make(notify)), false);
});

test("a notified future that is dropped before it was polled hands a notifyOne() on, to the one that waits longest", () => {
  const notify = new Notify();
  const [first, second, third] = [make(notify), make(notify), make(notify)];
  for (const notified of [first, second, third]) poll(notified);
  notify.notifyOne();
  drop(first);
  assert.deepEqual([poll(second), poll(third)], [true, false]);
});

test("a notified future that is dropped before it was polled hands a notifyLast() on, to the one that came last", () => {
  const notify = new Notify();
  const [first, second, third] = [make(notify), make(notify), make(notify)];
  for (const notified of [first, second, third]) poll(notified);
  notify.notifyLast();
  drop(third);
  assert.deepEqual([poll(first), poll(second)], [false, true]);
});

test("a notification that is handed on with nobody waiting is kept", () => {
  const notify = new Notify();
  const notified = make(notify);
  poll(notified);
  notify.notifyOne();
  notified[Symbol.dispose]();
  assert.equal(poll(make(notify)), true);
  assert.equal(poll(make(notify)), false);
});

test("a notification of notifyWaiters() is not handed on", () => {
  const notify = new Notify();
  const first = make(notify);
  poll(first);
  notify.notifyWaiters();
  const second = make(notify);
  poll(second);
  drop(first);
  assert.equal(poll(second), false);
  drop(second);
  assert.equal(poll(make(notify)), false);
});

test("a future that waits for a notification and is dropped leaves the queue, and may be awaited again", () => {
  const notify = new Notify();
  const [first, second] = [make(notify), make(notify)];
  poll(first);
  poll(second);
  drop(first);
  assert.equal(notify.waiting, 1);
  assert.equal(poll(first), false);
  notify.notifyOne();
  assert.deepEqual([poll(first), poll(second)], [false, true]);
});

test("Notified stays ready once it was", () => {
  const notify = new Notify();
  const notified = make(notify);
  notify.notifyOne();
  assert.deepEqual([poll(notified), poll(notified), poll(notified)], [true, true, true]);
  drop(notified);
  assert.equal(poll(make(notify)), false, "nothing was handed on");
});

test("Notify.notified() wakes the waker of the last poll", () => {
  const notify = new Notify();
  const notified = make(notify);
  const wakes = [new Counter(), new Counter()];
  poll(notified, wakes[0]);
  poll(notified, wakes[1]);
  notify.notifyOne();
  assert.deepEqual([wakes[0]!.count, wakes[1]!.count], [0, 1]);
});

test("Notify wakes when all is in order: a waker may notify and drop at will", () => {
  const notify = new Notify();
  const [first, second, third] = [make(notify), make(notify), make(notify)];
  const events: string[] = [];
  const waking = (name: string, fn: () => void): Waker => ({
    wake() {
      events.push(name);
      fn();
    },
  });
  poll(
    first,
    waking("first", () => {
      drop(second);
      assert.equal(poll(third), true, "all were told before the first was woken");
      assert.equal(poll(make(notify)), false);
    }),
  );
  poll(
    second,
    waking("second", () => {}),
  );
  poll(
    third,
    waking("third", () => {}),
  );
  notify.notifyWaiters();
  assert.deepEqual(events, ["first", "third"]);
});

test("Notify loses no notification to an abort or a lost select", async () => {
  const notify = new Notify();
  const winner = await new Runtime({ startPaused: true, rngSeed: 1 }).run(
    async(function* () {
      const lost = spawn(select({ notified: notify.notified(), tick: sleep(5) }));
      const aborted = spawn(notify.notified());
      const last = spawn(notify.notified());
      yield* yieldNow();
      notify.notifyOne();
      lost.abort();
      aborted.abort();
      yield* last;
      return "last";
    })(),
  );
  assert.equal(winner, "last");
  assert.equal(notify.waiting, 0);
});

type Step = { kind: "make" | "poll" | "enable" | "drop" | "one" | "last" | "all"; n: number };

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.constantFrom("make" as const, "poll", "poll", "enable", "drop", "one", "one", "last", "all"),
  n: fc.nat(10),
});

test("Notify does what its model does over random sequences", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const notify = new Notify();
      // The model: what each future knows, the queue by number, and whether one notification is kept.
      const futures: Polled[] = [];
      const states: ("new" | "queued" | "one" | "last" | "done")[] = [];
      const rounds: number[] = [];
      let queue: number[] = [];
      let isKept = false;
      let round = 0;
      const give = (kind: "one" | "last") => {
        const id = kind === "one" ? queue.shift() : queue.pop();
        if (id === undefined) isKept = true;
        else states[id] = kind;
      };
      const join = (id: number): boolean => {
        if (states[id] === "new") {
          if (rounds[id] !== round) states[id] = "done";
          else if (isKept) {
            isKept = false;
            states[id] = "done";
          } else {
            states[id] = "queued";
            queue.push(id);
          }
        }
        if (states[id] === "queued") return false;
        states[id] = "done";
        return true;
      };
      for (const { kind, n } of steps) {
        const id = n % (futures.length || 1);
        if (kind === "make") {
          futures.push(make(notify));
          states.push("new");
          rounds.push(round);
        } else if (kind === "one") {
          notify.notifyOne();
          give("one");
        } else if (kind === "last") {
          notify.notifyLast();
          give("last");
        } else if (kind === "all") {
          notify.notifyWaiters();
          round++;
          for (const other of queue) states[other] = "done";
          queue = [];
        } else if (futures.length === 0) continue;
        else if (kind === "poll") assert.equal(poll(futures[id]!), join(id));
        else if (kind === "enable") assert.equal(futures[id]!.enable(), join(id));
        else {
          drop(futures[id]!);
          const state = states[id]!;
          if (state === "done") continue;
          states[id] = "new";
          if (state === "queued") queue = queue.filter((other) => other !== id);
          else if (state !== "new") give(state);
        }
        assert.equal(notify.waiting, queue.length);
      }
    }),
  );
});
