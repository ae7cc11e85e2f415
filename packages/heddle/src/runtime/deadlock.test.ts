import assert from "node:assert/strict";
import { test } from "node:test";
import {
  abortable,
  async,
  type Dump,
  type Future,
  FuturesUnordered,
  join,
  joinAll,
  pending,
  race,
  Runtime,
  scope,
  select,
  shared,
  sleep,
  spawn,
  timeout,
  JoinSet,
  TaskTracker,
} from "../index.js";
import { pin } from "../lowlevel.js";
import { mpsc, Mutex, OnceCell, RwLock, Semaphore } from "../sync.js";

/** Runs a program for a second of a clock that stands still, and dumps what has become of it. */
async function dumpAfter(program: Future<unknown>): Promise<Dump> {
  const runtime = new Runtime({ startPaused: true, rngSeed: 1 });
  const main = runtime.spawn(program, { name: "main" });
  main.detach();
  await runtime.run(sleep(1000));
  const dump = runtime.dump();
  await runtime.shutdown();
  return dump;
}

const kept: unknown[] = [];

/** A channel whose ends are all kept, also those that a test has no use for: an end that the collector finds is closed. */
function channel(capacity: number): [tx: mpsc.Sender<number>, rx: mpsc.Receiver<number>] {
  const ends = mpsc.channel<number>(capacity);
  kept.push(ends);
  return ends;
}

/** The cycles, as `ada → alan`, from the one that comes first by name. */
async function cyclesIn(program: Future<unknown>): Promise<string[]> {
  const { cycles } = await dumpAfter(program);
  return cycles.map(({ waits, isFuturelock }) => {
    const names = waits.map(({ name }) => name);
    const first = names.indexOf([...names].sort()[0]!);
    return [...names.slice(first), ...names.slice(0, first)].join(" → ") + (isFuturelock ? ", futurelock" : "");
  });
}

/** Holds `first` while it asks for `second`. */
const takeBoth = async(function* takeBoth(first: Mutex, second: Mutex) {
  using _first = yield* first.lock();
  yield* sleep(1);
  using _second = yield* second.lock();
});

const wait = async(function* wait(future: Future<unknown>) {
  yield* future;
});

/** A task that has locked `mutex`, and then awaits `future`. */
const holding = async(function* holding(mutex: Mutex, future: Future<unknown>) {
  using _guard = yield* mutex.lock();
  yield* sleep(1);
  yield* future;
});

// ---------------------------------------------------------------- cycles

test("Runtime.dump() tells of two tasks that have locked what the other wants", async () => {
  const [left, right] = [new Mutex(), new Mutex()];
  const cycles = await cyclesIn(
    wait(scopeOf(["ada", takeBoth(left, right)], ["alan", takeBoth(right, left)], ["grace", sleep(5000)])),
  );
  assert.deepEqual(cycles, ["ada → alan"]);
});

/** Tasks of their own in one scope. */
function scopeOf(...tasks: [string, Future<unknown>][]): Future<void> {
  return scope(function* (s) {
    for (const [name, future] of tasks) s.spawn(future, { name });
    yield* sleep(1);
  });
}

test("Runtime.dump() tells of a task that locks again what it has locked, and of each that waits behind it nothing", async () => {
  const mutex = new Mutex();
  const twice = async(function* () {
    using _once = yield* mutex.lock();
    yield* mutex.lock();
  });
  assert.deepEqual(await cyclesIn(scopeOf(["twice", twice()], ["behind", takeBoth(mutex, new Mutex())])), ["twice"]);
});

test("Runtime.dump() tells of a circle as long as it is, once", async () => {
  const forks = ["a", "b", "c", "d", "e"].map((name) => new Mutex(undefined, { name }));
  const dine = forks.map((fork, i): [string, Future<unknown>] => [`p${i}`, takeBoth(fork, forks[(i + 1) % 5]!)]);
  assert.deepEqual(await cyclesIn(scopeOf(...dine)), ["p0 → p1 → p2 → p3 → p4"]);
});

test("Runtime.dump() tells of each of two circles", async () => {
  const [a, b, c, d] = [1, 2, 3, 4].map(() => new Mutex()) as [Mutex, Mutex, Mutex, Mutex];
  const cycles = await cyclesIn(
    scopeOf(["1", takeBoth(a, b)], ["3", takeBoth(c, d)], ["2", takeBoth(b, a)], ["4", takeBoth(d, c)]),
  );
  assert.deepEqual(cycles.sort(), ["1 → 2", "3 → 4"]);
});

test("Runtime.dump() tells of a task that is joined by one that holds what it waits for", async () => {
  const mutex = new Mutex();
  const main = async(function* () {
    using _guard = yield* mutex.lock();
    const child = spawn(mutex.lock(), { name: "child" });
    yield* child;
  });
  assert.deepEqual(await cyclesIn(main()), ["child → main"]);
  const settling = async(function* () {
    using _guard = yield* mutex.lock();
    yield* spawn(mutex.lock(), { name: "child" }).settled();
  });
  assert.deepEqual(await cyclesIn(settling()), ["child → main"]);
});

test("Runtime.dump() tells of a scope, and of a set of tasks, whose owner holds what they wait for", async () => {
  const mutex = new Mutex();
  const scoped = scope(function* (s) {
    const guard = yield* mutex.lock();
    s.defer(() => guard.release());
    s.spawn(mutex.lock(), { name: "child" });
  });
  assert.deepEqual(await cyclesIn(scoped), ["child → main"]);
  const other = new Mutex();
  const grouped = async(function* () {
    using _guard = yield* other.lock();
    const set = new JoinSet<unknown>();
    set.spawn(other.lock(), { name: "one" });
    set.spawn(other.lock(), { name: "two" });
    yield* set.joinNext();
  });
  const [cycle] = await cyclesIn(grouped());
  assert.match(cycle!, /^main → (one|two)$/);
});

test("Runtime.dump() tells of tasks that join each other, with no lock between them", async () => {
  const handles: Future<unknown>[] = [];
  const joining = async(function* (i: number) {
    yield* sleep(1);
    yield* handles[i]!;
  });
  const main = async(function* () {
    handles.push(spawn(joining(1), { name: "ada" }), spawn(joining(0), { name: "alan" }));
    yield* sleep(1);
  });
  assert.deepEqual(await cyclesIn(main()), ["ada → alan"]);
});

test("Runtime.dump() tells of a reader that reads again behind a writer", async () => {
  const lock = new RwLock();
  const reader = async(function* () {
    using _first = yield* lock.read();
    yield* sleep(2);
    using _second = yield* lock.read();
  });
  const writer = async(function* () {
    yield* sleep(1);
    using _guard = yield* lock.write();
  });
  const cycles = await cyclesIn(scopeOf(["reader", reader()], ["writer", writer()]));
  assert.equal(cycles.length, 1);
  assert.match(cycles[0]!, /reader/);
});

test("Runtime.dump() tells of semaphores all of whose permits are with those who wait for more", async () => {
  const semaphore = new Semaphore(2);
  const two = async(function* () {
    using _first = yield* semaphore.acquire();
    yield* sleep(1);
    using _second = yield* semaphore.acquire();
  });
  assert.deepEqual(await cyclesIn(scopeOf(["one", two()], ["two", two()])), ["one → two"]);
});

test("Runtime.dump() tells of a cell that asks for itself while it is made", async () => {
  const cell = new OnceCell<number>();
  assert.deepEqual(await cyclesIn(cell.getOrInit(() => cell.getOrInit(() => 1))), ["main"]);
});

test("Runtime.dump() tells of branches of one task that wait for each other, and of a join with one that does", async () => {
  const [left, right] = [new Mutex(), new Mutex()];
  assert.deepEqual(await cyclesIn(join(takeBoth(left, right), takeBoth(right, left))), ["main → main"]);
  const [up, down] = [new Mutex(), new Mutex()];
  const beside = join(sleep(5000), join(takeBoth(up, down), sleep(6000)));
  assert.deepEqual(await cyclesIn(scopeOf(["ada", beside], ["alan", takeBoth(down, up)])), ["ada → alan"]);
});

test("Runtime.dump() tells of a wait in every branch of a race, and of what pin and shared wrap", async () => {
  const [left, right] = [new Mutex(), new Mutex()];
  const racing = holding(left, race([right.lock(), pending()]));
  const wrapped = holding(right, select({ a: pin(left.lock()), b: shared(abortable(left.lock()).future) }));
  assert.deepEqual(await cyclesIn(scopeOf(["ada", racing], ["alan", wrapped])), ["ada → alan"]);
});

test("Runtime.dump() tells of a channel all of whose room is with permits of those who wait for who sends into it", async () => {
  const mutex = new Mutex();
  const reserving = async(function* (tx: mpsc.Sender<number>) {
    using _permit = yield* tx.reserve();
    yield* sleep(1);
    yield* mutex.lock();
  });
  for (const ask of [
    (tx: mpsc.Sender<number>) => tx.send(1),
    (tx: mpsc.Sender<number>) => tx.reserve(),
    (tx: mpsc.Sender<number>) => tx.reserveMany(1),
  ]) {
    const [tx] = channel(1);
    const sending = async(function* () {
      using _guard = yield* mutex.lock();
      yield* sleep(1);
      yield* ask(tx);
    });
    assert.deepEqual(await cyclesIn(scopeOf(["ada", reserving(tx)], ["alan", sending()])), ["ada → alan"]);
  }
});

test("Runtime.dump() tells of a receiver that waits for a permit of one who joins it", async () => {
  const main = async(function* () {
    const [tx, rx] = channel(2);
    using _permits = yield* tx.reserveMany(2);
    tx.close();
    yield* spawn(wait(rx.recv()), { name: "receiver" });
  });
  assert.deepEqual(await cyclesIn(main()), ["main → receiver"]);
});

test("Runtime.dump() tells of a closed tracker that counts a task, a token or a future of those who wait for it", async () => {
  const counted: Record<string, (tracker: TaskTracker, future: Future<unknown>) => Future<unknown>> = {
    task: async(function* (tracker, future) {
      tracker.spawn(future, { name: "counted" }).detach();
    }),
    token: (tracker, future) =>
      scope(function* (s) {
        const token = async(function* () {
          using _token = tracker.token();
          yield* future;
        });
        s.spawn(token(), { name: "counted" });
        yield* sleep(1);
        tracker.close();
        yield* sleep(5000);
      }),
    future: async(function* (tracker, future) {
      spawn(tracker.trackFuture(future), { name: "counted" }).detach();
    }),
  };
  for (const [what, count] of Object.entries(counted)) {
    const mutex = new Mutex();
    const main = async(function* () {
      const tracker = new TaskTracker("jobs");
      using _guard = yield* mutex.lock();
      if (what === "token") spawn(count(tracker, wait(mutex.lock())), { name: "scope" }).detach();
      else yield* count(tracker, wait(mutex.lock()));
      yield* sleep(2);
      tracker.close();
      yield* tracker.wait();
    });
    assert.deepEqual(await cyclesIn(main()), ["counted → main"], what);
  }
});

// ---------------------------------------------------------------- none

test("Runtime.dump() tells of no circle of a channel or a tracker while anybody else may end the wait", async () => {
  const none: Record<string, (mutex: Mutex) => Future<unknown>> = {
    "a message that can be received": async(function* (mutex) {
      const [tx] = channel(2);
      using _permit = yield* tx.reserve();
      tx.trySend(1);
      using _guard = yield* mutex.lock();
      yield* tx.send(2);
    }),
    "a sender that is open": async(function* () {
      const [tx, rx] = channel(1);
      using _permit = yield* tx.reserve();
      yield* rx.recv();
    }),
    "one before in the queue, who may give up": async(function* () {
      const [tx] = channel(2);
      using _permit = yield* tx.reserve();
      spawn(timeout(tx.reserveMany(2), 5000)).detach();
      yield* sleep(1);
      yield* tx.send(1);
    }),
    "a permit that nobody holds inside of tasks": () => {
      const [tx] = channel(1);
      assert.ok(tx.tryReserve());
      return tx.send(1);
    },
    "a tracker that is not closed": async(function* () {
      const tracker = new TaskTracker();
      using _token = tracker.token();
      yield* tracker.wait();
    }),
    "a token from outside": () => {
      const tracker = new TaskTracker();
      assert.ok(tracker.token());
      tracker.close();
      return tracker.wait();
    },
  };
  for (const [what, program] of Object.entries(none)) assert.deepEqual(await cyclesIn(program(new Mutex())), [], what);
});

test("Runtime.dump() tells of no circle where something else may end a wait", async () => {
  const none: Record<string, (left: Mutex, right: Mutex) => Future<unknown>> = {
    "a timeout": (left, right) =>
      scopeOf(["ada", holding(left, timeout(right.lock(), 5000))], ["alan", takeBoth(right, left)]),
    "a timeout of all": (left, right) =>
      scopeOf(["ada", timeout(takeBoth(left, right), 5000)], ["alan", takeBoth(right, left)]),
    "a race of all": (left, right) =>
      scopeOf(["ada", race([takeBoth(left, right), sleep(5000)])], ["alan", takeBoth(right, left)]),
    "a branch of a select": (left, right) =>
      scopeOf(
        ["ada", holding(left, select({ right: right.lock(), nap: sleep(5000) }))],
        ["alan", takeBoth(right, left)],
      ),
    "a channel": (left, right) => {
      const [, rx] = channel(1);
      return scopeOf(["ada", holding(left, race([right.lock(), rx.recv()]))], ["alan", takeBoth(right, left)]);
    },
    "a scope's time limit": (left, right) =>
      scope(
        function* (s) {
          s.spawn(takeBoth(right, left), { name: "alan" });
          yield* holding(left, s.spawn(wait(right.lock())));
        },
        { timeout: 5000 },
      ),
  };
  for (const [what, program] of Object.entries(none))
    assert.deepEqual(await cyclesIn(program(new Mutex(), new Mutex())), [], what);
});

test("Runtime.dump() tells of no circle while a branch of the same task has the lock and goes on", async () => {
  const mutex = new Mutex();
  const nap = async(function* () {
    using _guard = yield* mutex.lock();
    yield* sleep(2000);
  });
  assert.deepEqual(await cyclesIn(joinAll([nap(), nap(), nap()])), []);
  const cell = new OnceCell<number>();
  const make = () =>
    cell.getOrInit(function* () {
      yield* sleep(2000);
      return 1;
    });
  assert.deepEqual(await cyclesIn(joinAll([make(), make()])), []);
});

test("Runtime.dump() tells of no circle while a cleanup of the same task has the lock and goes on", async () => {
  const mutex = new Mutex();
  const cleaning = async(function* () {
    const guard = yield* mutex.lock();
    try {
      yield* pending();
    } finally {
      yield* sleep(2000);
      guard.release();
    }
  });
  const main = async(function* () {
    yield* select({ dropped: cleaning(), won: sleep(1) });
    yield* mutex.lock();
  });
  assert.deepEqual(await cyclesIn(main()), []);
});

test("Runtime.dump() tells of no circle where permits may come from elsewhere", async () => {
  const semaphore = new Semaphore(1);
  const greedy = async(function* () {
    using _one = yield* semaphore.acquire();
    yield* semaphore.acquire();
  });
  semaphore.addPermits(0);
  assert.deepEqual(await cyclesIn(greedy()), []);
  assert.deepEqual(await cyclesIn(new Semaphore(0).acquire()), []);
  const outside = new Semaphore(2);
  using _taken = outside.tryAcquire()!;
  const other = async(function* () {
    using _one = yield* outside.acquire();
    yield* outside.acquire();
  });
  assert.deepEqual(await cyclesIn(other()), []);
});

test("Runtime.dump() tells of no circle while the one before in the queue may go, so that there is enough", async () => {
  const semaphore = new Semaphore(3);
  const small = async(function* () {
    using _one = yield* semaphore.acquire();
    yield* sleep(2);
    yield* semaphore.acquire();
  });
  const large = async(function* () {
    yield* sleep(1);
    yield* timeout(semaphore.acquire(3), 5000);
  });
  assert.deepEqual(await cyclesIn(scopeOf(["small", small()], ["large", large()])), []);
});

// ---------------------------------------------------------------- futurelocks

/** The example of Oxide's RFD 609: a future that has its turn at a lock, and that nobody polls. */
const rfd609 = (lock: Mutex) => {
  const doStuff = async(function* doStuff(_label: string) {
    using _guard = yield* lock.lock();
  });
  return async(function* rfd609() {
    const background = async(function* () {
      using _guard = yield* lock.lock();
      yield* sleep(50);
    });
    spawn(background(), { name: "background" }).detach();
    yield* sleep(10);
    const first = pin(doStuff("op1"));
    const won = yield* select({ first, late: sleep(5) });
    if (won.key === "late") yield* doStuff("op2");
  })();
};

test("Runtime.dump() tells of a lock that was handed to a pinned future that its own task does not poll", async () => {
  const dump = await dumpAfter(rfd609(new Mutex(undefined, { name: "shared" })));
  assert.equal(dump.cycles.length, 1);
  const [{ waits, isFuturelock }] = dump.cycles as [Dump["cycles"][0]];
  assert.ok(isFuturelock);
  assert.equal(waits.length, 1);
  const [{ name, waitsFor, calls, asleep }] = waits as [(typeof waits)[0]];
  assert.deepEqual(
    [name, shape(waitsFor)],
    ["main", 'mutex "shared" lock(), held by task "main" (#1) since doStuff (here)'],
  );
  assert.match(calls.join("\n"), /^doStuff \(.*\nrfd609 \(/);
  assert.match(asleep!.join("\n"), /^doStuff \(/);
});

test("Runtime.dump() tells of a set of futures that nobody polls, one of which has the lock already", async () => {
  const mutex = new Mutex();
  const main = async(function* () {
    const set = new FuturesUnordered<unknown>();
    set.push(holding(mutex, sleep(2)));
    yield* select({ any: set.next(), late: sleep(1) });
    yield* mutex.lock();
  });
  assert.deepEqual(await cyclesIn(main()), ["main, futurelock"]);
});

test("Runtime.dump() tells of no futurelock while what is pinned is awaited together with the rest", async () => {
  const mutex = new Mutex();
  const main = async(function* () {
    const first = pin(holding(mutex, sleep(5000)));
    yield* select({ first, late: sleep(2) });
    yield* join(first, mutex.lock());
  });
  assert.deepEqual(await cyclesIn(main()), []);
});

test("Runtime.dump() tells of a futurelock of two tasks", async () => {
  const mutex = new Mutex();
  const main = async(function* () {
    const first = pin(holding(mutex, sleep(5)));
    yield* select({ first, late: sleep(2) });
    yield* spawn(mutex.lock(), { name: "child" });
  });
  assert.deepEqual(await cyclesIn(main()), ["child → main, futurelock"]);
});

// ---------------------------------------------------------------- words

const shape = (text: string): string =>
  text.replaceAll(/\(?(?:file:\/\/)?[^\s(]*deadlock\.test\.[jt]s:\d+:\d+\)?/g, "(here)");

test("String(dump) ends with its circles: who waits for what, where, and what to do", async () => {
  const [left, right] = [new Mutex(undefined, { name: "left" }), new Mutex(undefined, { name: "right" })];
  const text = String(await dumpAfter(scopeOf(["ada", takeBoth(left, right)], ["alan", takeBoth(right, left)])));
  assert.deepEqual(shape(text).split("\n").slice(-6), [
    "2 tasks wait for each other in a circle",
    '    task "ada" (#3) waits for mutex "right" lock(), held by task "alan" (#4) since takeBoth (here)',
    "        at takeBoth (here)",
    '    task "alan" (#4) waits for mutex "left" lock(), held by task "ada" (#3) since takeBoth (here)',
    "        at takeBoth (here)",
    "help: take locks in the same order everywhere, and do not wait for a task while you hold what it needs; to abort one lets the others go on",
  ]);
});

test("String(dump) says of one task that it waits for itself, and of a futurelock where the future stands", async () => {
  const mutex = new Mutex();
  const twice = async(function* twice() {
    using _once = yield* mutex.lock();
    yield* mutex.lock();
  });
  const alone = shape(String(await dumpAfter(twice()))).split("\n");
  assert.deepEqual(alone.slice(-4, -1), [
    'task "main" (#1) waits for itself',
    '    task "main" (#1) waits for mutex.lock(), held by task "main" (#1) since twice (here)',
    "        at twice (here)",
  ]);
  const asleep = shape(String(await dumpAfter(rfd609(new Mutex())))).split("\n");
  assert.deepEqual(asleep.slice(-7), [
    'task "main" (#1) waits for a future of its own that it does not poll',
    '    task "main" (#1) waits for mutex.lock(), held by task "main" (#1) since doStuff (here)',
    "        at doStuff (here)",
    "        at rfd609 (here)",
    "        which a future has that nobody polls",
    "            at doStuff (here)",
    "help: do not await anything while a pinned future, or one of a set, may hold what you wait for: spawn it, or await it together with the rest",
  ]);
});

/** What the task that was spawned last waits for. */
async function waitsFor(program: Future<unknown>): Promise<string> {
  const { tasks } = await dumpAfter(program);
  return shape(tasks.at(-1)!.waitsFor);
}

test("String(dump) says where a lock was taken, whether it was free or waited for, until it is released", async () => {
  const mutex = new Mutex();
  const takes = async(function* takes() {
    const guard = yield* mutex.lock();
    yield* sleep(2);
    guard.release();
    yield* sleep(5000);
  });
  const keeps = async(function* keeps() {
    using _guard = yield* mutex.lock();
    yield* sleep(5000);
  });
  const held = 'mutex.lock(), held by task "two" (#4) since keeps (here)';
  assert.equal(await waitsFor(scopeOf(["one", takes()], ["two", keeps()], ["three", wait(mutex.lock())])), held);
});

test("String(dump) says of a lock with many holders who they are, and where each took it, but of no more than eight", async () => {
  const semaphore = new Semaphore(10);
  const reader = async(function* reader() {
    using _permit = yield* semaphore.acquire();
    yield* sleep(5000);
  });
  const all = scope(function* (s) {
    for (let n = 0; n < 10; n++) {
      s.spawn(reader(), { name: `r${n}` });
      yield* sleep(1);
    }
    s.spawn(semaphore.acquire());
    yield* sleep(1);
  });
  const text = await waitsFor(all);
  assert.ok(
    text.startsWith('semaphore.acquire(), held by task "r0" (#3) since reader (here), task "r1" (#4) since'),
    text,
  );
  assert.ok(text.endsWith('task "r7" (#10) since reader (here), 2 more'), text);
});

test("String(dump) says no line where so many locks are taken in one turn that it would be felt, nor where warnings are off", async () => {
  const locks = Array.from({ length: 100 }, () => new RwLock());
  const taking = async(function* taking() {
    for (const lock of locks) yield* lock.write();
    yield* sleep(5000);
  });
  const last = wait(locks.at(-1)!.write());
  assert.equal(await waitsFor(scopeOf(["all", taking()], ["last", last])), 'rwlock.write(), held by task "all" (#3)');
  const runtime = new Runtime({ startPaused: true, rngSeed: 1, warnings: false });
  const mutex = new Mutex();
  const twice = async(function* twice() {
    yield* mutex.lock();
    yield* mutex.lock();
  });
  runtime.spawn(twice(), { name: "main" }).detach();
  await runtime.run(sleep(1));
  assert.equal(runtime.dump().tasks[0]!.waitsFor, 'mutex.lock(), held by task "main" (#1)');
  await runtime.shutdown();
});

test("String(dump) says who has the permits of a channel and where they were given, and what keeps a tracker", async () => {
  const [tx, rx] = mpsc.channel<number>(2, { name: "jobs" });
  const reserving = async(function* reserving() {
    const permits = yield* tx.reserveMany(2);
    const first = permits.next().value!;
    first.send(1);
    yield* sleep(5000);
    permits[Symbol.dispose]();
  });
  assert.equal(
    await waitsFor(scopeOf(["ada", reserving()], ["alan", wait(tx.send(2))])),
    'sender.send(…), mpsc "jobs" with 2 of 2 slots taken, 1 queued, held by task "ada" (#3) since reserving (here)',
  );
  assert.deepEqual(rx.tryRecv(), 1);
  const tracking = async(function* tracking() {
    const tracker = new TaskTracker("jobs");
    tracker.spawn(sleep(5000), { name: "nap" }).detach();
    using _token = tracker.token();
    tracker.close();
    yield* spawn(wait(tracker.wait()));
  });
  assert.equal(
    await waitsFor(tracking()),
    'task tracker "jobs", which is closed and counts 2, held by task "nap" (#3), task "main" (#1)',
  );
});
