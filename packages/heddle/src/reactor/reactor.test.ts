import assert from "node:assert/strict";
import { describe, test, type TestContext } from "node:test";
import { Clock } from "../base/clock.js";
import type { TimerEntry } from "../base/wheel.js";
import { async, joinAll, Runtime, select, sleep, spawn, timeout, yieldNow } from "../index.js";
import { Instant } from "../time.js";
import { Reactor } from "./reactor.js";

// ---------------------------------------------------------------- alone, on a host whose time is told

interface Armed {
  readonly due: number;
  readonly fn: () => void;
  isHeld: boolean;
}

/** The host's timers and immediates, by hand: each call is noted, and nothing happens before `pass` or `look`. */
class Host {
  readonly trace: string[] = [];
  #now = 5000;
  readonly #timers = new Set<Armed>();
  readonly #immediates: (() => void)[] = [];

  constructor(t: TestContext) {
    t.mock.method(performance, "now", () => this.#now);
    t.mock.method(globalThis, "setTimeout", (fn: () => void, milliseconds: number) => this.#set(fn, milliseconds));
    t.mock.method(globalThis, "clearTimeout", (timer: Armed) => {
      this.trace.push("clear");
      this.#timers.delete(timer);
    });
    t.mock.method(globalThis, "setImmediate", (fn: () => void) => {
      this.trace.push("later");
      this.#immediates.push(fn);
    });
  }
  #set(fn: () => void, milliseconds: number): object {
    this.trace.push(`set ${milliseconds}`);
    const timer = {
      due: this.#now + milliseconds,
      fn,
      isHeld: true,
      ref: () => {
        this.trace.push("ref");
        timer.isHeld = true;
      },
      unref: () => {
        this.trace.push("unref");
        timer.isHeld = false;
      },
    };
    this.#timers.add(timer);
    return timer;
  }
  /** What has happened since it was last asked. */
  news(): string[] {
    return this.trace.splice(0);
  }
  /** How many timers are set, and how many keep the process alive. */
  get timers(): { set: number; held: number } {
    const timers = [...this.#timers];
    return { set: timers.length, held: timers.filter(({ isHeld }) => isHeld).length };
  }
  /** Time passes. @param early by how much the host's timers come too early */
  pass(milliseconds: number, early = 0): void {
    this.#now += milliseconds;
    for (const timer of [...this.#timers].toSorted((a, b) => a.due - b.due)) {
      if (timer.due > this.#now + early || !this.#timers.delete(timer)) continue;
      this.trace.push("fires");
      timer.fn();
    }
  }
  /** The host looks round: immediates run. */
  look(): void {
    for (const fn of this.#immediates.splice(0)) fn();
  }
}

/** A reactor on such a host, its clock at 0. */
function scripted(t: TestContext, { paused = false } = {}) {
  const host = new Host(t);
  const clock = new Clock(paused);
  const state = { isIdle: true };
  const counts: number[] = [];
  const reactor = new Reactor(
    clock,
    () => state.isIdle,
    (count) => counts.push(count),
  );
  /** An entry that notes itself and the time at which it fires. */
  const entry = (when: number, onFire = () => {}): TimerEntry => ({
    when,
    after: null,
    before: null,
    fire() {
      host.trace.push(`${when} at ${clock.now()}`);
      onFire();
    },
  });
  return { host, clock, reactor, entry, state, counts };
}

describe("waiting until nothing can run", () => {
  test("Reactor.onIdle() wakes once nothing can run and the host has looked round, before time moves", (t) => {
    const { host, clock, reactor, entry, state } = scripted(t, { paused: true });
    state.isIdle = false;
    reactor.insert(entry(10));
    reactor.onIdle({ wake: () => host.trace.push(`idle at ${clock.now()}`) });
    const gone = { wake: () => host.trace.push("gone") };
    reactor.onIdle(gone);
    reactor.offIdle(gone);
    assert.deepEqual(host.news(), []); // something can run
    state.isIdle = true;
    reactor.settle();
    assert.deepEqual(host.news(), ["later"]); // the host has not looked round
    host.look();
    assert.deepEqual(host.news(), ["idle at 0", "later"]);
    assert.equal(reactor.hasIdlers, false);
    host.look();
    assert.deepEqual(host.news(), ["10 at 10"]); // nobody was made ready: time moves
  });

  test("Reactor does not take it for idle, if told so, while something outside was begun", (t) => {
    const { host, reactor, entry } = scripted(t, { paused: true });
    reactor.paused.waitsForHost = true;
    reactor.outsideBegins();
    reactor.outsideBegins();
    reactor.insert(entry(10));
    reactor.onIdle({ wake: () => host.trace.push("idle") });
    reactor.outsideEnds();
    assert.deepEqual(host.news(), []);
    reactor.outsideEnds();
    assert.deepEqual(host.news(), ["later"]);
    host.look();
    host.look();
    assert.deepEqual(host.news(), ["idle", "later", "10 at 10"]);
  });
});

describe("one timer of the host's", () => {
  test("Reactor sets one timer for all that is pending, for the earliest", (t) => {
    const { host, reactor, entry } = scripted(t);
    reactor.beginTurn();
    for (let i = 1; i <= 1000; i++) reactor.insert(entry(10 + ((i * 7) % 1000)));
    assert.deepEqual(host.news(), []); // the turn is not over
    reactor.settle();
    assert.deepEqual(host.news(), ["set 10"]);
    assert.deepEqual([reactor.size, host.timers], [1000, { set: 1, held: 1 }]);
  });

  test("Reactor never has two timers set, on the way through 1000 deadlines", (t) => {
    const { host, reactor, entry, counts } = scripted(t);
    reactor.beginTurn();
    for (let i = 1; i <= 1000; i++) reactor.insert(entry(i * 17));
    reactor.settle();
    for (let i = 0; reactor.size > 0 && i < 20_000; i++) {
      host.pass(1);
      assert.ok(host.timers.set <= 1);
    }
    const fired = host.news().filter((event) => event.includes(" at "));
    assert.deepEqual(
      fired,
      Array.from({ length: 1000 }, (_, i) => `${17 * (i + 1)} at ${17 * (i + 1)}`),
    );
    assert.equal(
      counts.reduce((sum, count) => sum + count),
      1000,
    );
    assert.deepEqual(host.timers, { set: 0, held: 0 });
  });

  test("Reactor sets its timer anew for an earlier deadline, and leaves it for a later one", (t) => {
    const { host, reactor, entry } = scripted(t);
    reactor.insert(entry(50));
    reactor.insert(entry(60));
    assert.deepEqual(host.news(), ["set 50"]);
    reactor.insert(entry(20));
    assert.deepEqual(host.news(), ["clear", "set 20"]);
    host.pass(20);
    assert.deepEqual(host.news(), ["fires", "20 at 20", "set 30"]);
    host.pass(30);
    assert.deepEqual(host.news(), ["fires", "50 at 50", "set 10"]);
  });

  test("Reactor touches no host for what was made and dropped within a turn", (t) => {
    const { host, reactor, entry } = scripted(t);
    for (let turn = 0; turn < 3; turn++) {
      reactor.beginTurn();
      const entries = [10, 20, 30].map((when) => entry(when));
      for (const each of entries) reactor.insert(each);
      for (const each of entries) reactor.remove(each);
      reactor.settle();
    }
    assert.deepEqual(host.news(), []);
  });

  test("Reactor does not set its timer anew when the earliest is dropped: it fires once for nothing", (t) => {
    const { host, reactor, entry } = scripted(t);
    const first = entry(10);
    reactor.insert(first);
    reactor.insert(entry(40));
    reactor.remove(first);
    assert.deepEqual(host.news(), ["set 10"]);
    host.pass(10);
    assert.deepEqual(host.news(), ["fires", "set 30"]);
    host.pass(30);
    assert.deepEqual(host.news(), ["fires", "40 at 40"]);
  });

  test("Reactor sets its timer for the place on the way where the wheel has to sort finer, and then for the rest", (t) => {
    const { host, reactor, entry } = scripted(t);
    reactor.insert(entry(100));
    host.pass(64);
    host.pass(36);
    assert.deepEqual(host.news(), ["set 64", "fires", "set 36", "fires", "100 at 100"]);
  });

  test("Reactor waits for a deadline that is too far for one timer of the host's in several steps", (t) => {
    const { host, reactor, entry } = scripted(t);
    const FAR = 2 ** 33;
    reactor.insert(entry(FAR));
    for (let left = FAR, steps = 0; left > 0; steps++) {
      const [set] = host.news().filter((event) => event.startsWith("set"));
      const delay = Number(set!.slice(4));
      assert.ok(delay > 0 && delay <= 2 ** 31 - 1 && steps < 20, set);
      host.pass(delay);
      left -= delay;
    }
    assert.deepEqual(host.news().at(-1), `${FAR} at ${FAR}`);
  });

  test("Reactor takes an entry that a firing one inserts, and waits for it", (t) => {
    const { host, reactor, entry } = scripted(t);
    const second = entry(12);
    reactor.insert(entry(5, () => reactor.insert(second)));
    host.pass(5);
    assert.deepEqual(host.news(), ["set 5", "fires", "5 at 5", "set 7"]);
    host.pass(7);
    assert.deepEqual(host.news(), ["fires", "12 at 12"]);
  });

  test("Reactor that stood empty for long waits for a near deadline in one step", (t) => {
    const { host, reactor, entry } = scripted(t);
    host.pass(1_000_000);
    reactor.insert(entry(1_000_007));
    assert.deepEqual(host.news(), ["set 7"]);
  });
});

describe("keeping the process alive", () => {
  test("Reactor keeps the process alive exactly while something is pending", (t) => {
    const { host, reactor, entry } = scripted(t);
    const [first, second, third] = [entry(10), entry(20), entry(30)];
    assert.equal(host.timers.held, 0);
    reactor.insert(first);
    assert.equal(host.timers.held, 1);
    reactor.remove(first);
    assert.equal(host.timers.held, 0);
    reactor.insert(second); // the timer that is still set is early enough
    assert.equal(host.timers.held, 1);
    assert.deepEqual(host.news(), ["set 10", "unref", "ref"]);
    reactor.remove(second);
    host.pass(10); // fires, though nobody waits
    assert.deepEqual([host.news(), host.timers], [["unref", "fires"], { set: 0, held: 0 }]);
    reactor.insert(third);
    assert.deepEqual([host.news(), host.timers], [["set 20"], { set: 1, held: 1 }]);
    host.pass(20);
    assert.deepEqual([host.news(), host.timers], [["fires", "30 at 30"], { set: 0, held: 0 }]);
  });

  test("Reactor releases the process at the end of the turn in which the last timer was dropped", (t) => {
    const { host, reactor, entry } = scripted(t);
    const only = entry(10);
    reactor.insert(only);
    reactor.beginTurn();
    reactor.remove(only);
    assert.deepEqual(host.news(), ["set 10"]);
    reactor.settle();
    assert.deepEqual(host.news(), ["unref"]);
    reactor.beginTurn();
    reactor.settle();
    assert.deepEqual(host.news(), []); // it is released once
  });
});

describe("never early, and not lost when late", () => {
  test("Reactor asks the clock when the host's timer comes too early, and waits for the rest", (t) => {
    const { host, reactor, entry } = scripted(t);
    reactor.insert(entry(10));
    host.pass(9.25, 1);
    assert.deepEqual(host.news(), ["set 10", "fires", "set 1"]);
    host.pass(0.5, 1);
    assert.deepEqual(host.news(), ["fires", "set 1"]); // 9.75 is not 10
    host.pass(0.25, 1);
    assert.deepEqual(host.news(), ["fires", "10 at 10"]);
  });

  test("Reactor fires all that is due when the host is late, in the order of the deadlines", (t) => {
    const { host, reactor, entry, counts } = scripted(t);
    for (const when of [30, 10, 20, 50, 10]) reactor.insert(entry(when));
    host.news();
    host.pass(40);
    assert.deepEqual(host.news(), ["fires", "10 at 40", "10 at 40", "20 at 40", "30 at 40", "set 10"]);
    assert.deepEqual(counts, [4]);
  });
});

describe("a paused clock", () => {
  test("Reactor jumps to the next deadline once the host has looked round, and sets no timer", (t) => {
    const { host, reactor, entry, counts } = scripted(t, { paused: true });
    for (const when of [86_400_000, 10, 10]) reactor.insert(entry(when));
    assert.deepEqual(host.news(), ["later"]); // asked once, and nothing has happened yet
    host.look();
    assert.deepEqual(host.news(), ["10 at 10", "10 at 10", "later"]);
    host.look();
    assert.deepEqual(host.news(), ["86400000 at 86400000"]);
    assert.deepEqual(counts, [2, 1]);
  });

  test("Reactor does not jump while something can run", (t) => {
    const { host, reactor, entry, state } = scripted(t, { paused: true });
    state.isIdle = false;
    reactor.insert(entry(10));
    assert.deepEqual(host.news(), []);
    state.isIdle = true;
    reactor.settle(); // the executor parks
    assert.deepEqual(host.news(), ["later"]);
    state.isIdle = false; // the host woke a task meanwhile
    host.look();
    assert.deepEqual(host.news(), []);
    state.isIdle = true;
    reactor.settle();
    host.look();
    assert.deepEqual(host.news(), ["later", "10 at 10"]);
  });

  test("Reactor does not jump for what was dropped while the host looked round", (t) => {
    const { host, reactor, entry, clock } = scripted(t, { paused: true });
    const [only, next] = [entry(10), entry(25)];
    reactor.insert(only);
    reactor.remove(only);
    host.look();
    assert.deepEqual([host.news(), clock.now()], [["later"], 0]);
    reactor.insert(only);
    reactor.insert(next);
    reactor.remove(only);
    host.look();
    assert.deepEqual(host.news(), ["later", "25 at 25"]);
  });

  test("Reactor takes what waits for the host over when the clock is paused, and gives it back when it runs on", (t) => {
    const { host, reactor, entry, clock, state } = scripted(t);
    reactor.insert(entry(10));
    reactor.insert(entry(40));
    host.pass(4);
    state.isIdle = false;
    clock.pause();
    reactor.clockChanged();
    host.pass(500); // the host's timer fires, and is not listened to
    assert.deepEqual(host.news(), ["set 10", "fires"]);
    clock.advance(6);
    reactor.clockChanged();
    assert.deepEqual(host.news(), ["10 at 10"]);
    clock.resume();
    reactor.clockChanged();
    assert.deepEqual(host.news(), ["set 30"]);
    host.pass(30);
    assert.deepEqual(host.news(), ["fires", "40 at 40"]);
  });

  test("Reactor does not jump when the clock was resumed while the host looked round", (t) => {
    const { host, reactor, entry, clock } = scripted(t, { paused: true });
    reactor.insert(entry(10));
    clock.resume();
    reactor.clockChanged();
    host.look();
    host.pass(10);
    assert.deepEqual(host.news(), ["later", "set 10", "fires", "10 at 10"]);
  });
});

// ---------------------------------------------------------------- in the house, on the real host

test("Reactor serves a thousand real sleeps with one timer of the host's at a time, and fires none early", async (t) => {
  let live = 0;
  let most = 0;
  let made = 0;
  const { setTimeout: set, clearTimeout: clear } = globalThis;
  const mine = new Set<unknown>();
  t.mock.method(globalThis, "setTimeout", (fn: () => void, milliseconds: number) => {
    made++;
    most = Math.max(most, ++live);
    const timer = set(() => {
      live--;
      fn();
    }, milliseconds);
    mine.add(timer);
    return timer;
  });
  t.mock.method(globalThis, "clearTimeout", (timer: NodeJS.Timeout) => {
    if (mine.has(timer)) live--;
    clear(timer);
  });
  let early = 0;
  const nap = async(function* (milliseconds: number) {
    const start = Instant.now();
    yield* sleep(milliseconds);
    if (start.elapsed() < milliseconds) early++;
  });
  const main = async(function* () {
    const naps = Array.from({ length: 1000 }, (_, i) => nap(1 + (i % 97) / 5));
    for (const half of [naps.slice(0, 500), naps.slice(500)].map((part) => spawn(joinAll(part)))) yield* half;
    // Made and dropped: nothing of these reaches the host.
    const before = made;
    for (let i = 0; i < 50; i++) {
      yield* timeout(yieldNow(), 10_000);
      yield* select({ a: yieldNow(), b: sleep(5000) });
    }
    return made - before;
  });
  const runtime = new Runtime({ warnings: false, turnTime: Infinity });
  assert.equal(await runtime.run(main()), 0);
  assert.deepEqual([early, most, live], [0, 1, 0]);
  assert.ok(made <= 60, `${made} timers for 97 different deadlines within 20 ms`);
});

test("Reactor.jump() moves a paused clock to the next deadline and fires it, and says when there is none", () => {
  const clock = new Clock(true);
  const trace: string[] = [];
  const reactor = new Reactor(
    clock,
    () => false,
    (count) => trace.push(`${count} fired at ${clock.now()}`),
  );
  const entry = (when: number): TimerEntry => ({
    when,
    after: null,
    before: null,
    fire: () => trace.push(`timer of ${when}`),
  });
  for (const when of [70, 5, 5]) reactor.insert(entry(when));
  assert.deepEqual([reactor.jump(), reactor.jump(), reactor.jump()], [true, true, false]);
  assert.deepEqual(trace, ["timer of 5", "timer of 5", "2 fired at 5", "timer of 70", "1 fired at 70"]);
});
