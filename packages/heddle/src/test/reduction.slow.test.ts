/**
 * The reduction loses nothing: whatever a program can come to in any order, it comes to in one of those that are run.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  async,
  type Future,
  type JoinHandle,
  joinAll,
  map,
  ready,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "../index.js";
import { Leaf, PENDING, Resource, type Context, type Waker } from "../lowlevel.js";
import { Barrier, broadcast, mpsc, Mutex, Notify, oneshot, queue, RwLock, Semaphore, SetOnce, watch } from "../sync.js";
import { explore, tracked } from "../test.js";
import { Bounded } from "./bounded.js";
import { Execution, GIVEN_UP, HOST, PROMISES, type Settings } from "./execution.js";
import { Reduction } from "./reduction.js";
import type { Search } from "./search.js";
import { Census } from "./stepped-tasks.js";

/** A place where tasks wait until somebody rings; whoever waits then goes on. */
class Bell extends Resource {
  generation = 0;
  #wakers: Waker[] = [];

  get kind(): string {
    return "bell";
  }
  ring(): void {
    this.touch(true);
    this.generation++;
    for (const waker of this.#wakers.splice(0)) waker.wake();
  }
  heard(): Leaf<void> {
    const bell = this;
    return new (class extends Leaf<void> {
      #since = -1;
      poll(cx: Context) {
        bell.touch(true);
        if (this.#since < 0) this.#since = bell.generation;
        if (bell.generation > this.#since) return undefined;
        if (!bell.#wakers.includes(cx.waker)) bell.#wakers.push(cx.waker);
        return PENDING;
      }
      override drop(cx: Context) {
        bell.touch(true);
        bell.#wakers = bell.#wakers.filter((waker) => waker !== cx.waker);
      }
    })();
  }
}

/** One thing that a task does. `at` says to which of the shared things, or to which task. */
interface Act {
  readonly do: string;
  readonly at: 0 | 1;
}

/** What the tasks share in one run: for each verb, what it does. What it answers is noted. */
type World = Record<string, (at: 0 | 1, me: number) => Future<unknown> | unknown>;

const plain = (handles: readonly JoinHandle<unknown>[]): World => {
  const cells = [tracked({ value: 0 }), tracked({ value: 0 })];
  const bells = [new Bell(), new Bell()];
  const child = async(function* () {
    cells[0]!.value += 100;
    yield* yieldNow();
    cells[1]!.value *= 2;
  });
  const either = async(function* (at: 0 | 1) {
    return (yield* select({ bell: bells[at]!.heard(), nap: sleep(7) })).key;
  });
  return {
    yield: () => yieldNow(),
    sleep: () => sleep(5),
    spawn: () => spawn(child()),
    add: (at, me) => void (cells[at]!.value += me + 1),
    write: (at, me) => void (cells[at]!.value = 10 * (me + 1)),
    read: (at) => cells[at]!.value,
    ring: (at) => bells[at]!.ring(),
    hear: (at) => bells[at]!.heard(),
    either,
    abort: (at) => handles[at]?.abort(),
    ask: (at) => handles[at]?.isFinished,
    join: (at, me) => at !== me && map(handles[at]?.settled() ?? ready(null), (result) => result?.status),
  };
};

/** The primitives of heddle/sync: do they say of everything that they touch it? */
const synchronized = (handles: readonly JoinHandle<unknown>[]): World => {
  const mutex = new Mutex(0);
  const semaphore = new Semaphore(1);
  const lock = new RwLock(0);
  const notify = new Notify();
  const barrier = new Barrier(2);
  const once = new SetOnce<number>();
  const [sender, receiver] = mpsc.channel<number>(1);
  const [parcel, letterbox] = oneshot.channel<number>();
  const [offers, takers] = queue.bounded<number>(1);
  const [speaker, listener] = broadcast.channel<number>(1);
  const listeners = [listener, listener.resubscribe(), listener.resubscribe()];
  const [writer, watcher] = watch.channel(0);
  const holding = async(function* (asked: Future<{ release(): void }>) {
    const guard = yield* asked;
    try {
      yield* yieldNow();
    } finally {
      guard.release();
    }
  });
  const changed = async(function* () {
    const mine = watcher.clone();
    yield* mine.changed();
    return mine.borrow();
  });
  return {
    yield: () => yieldNow(),
    abort: (at) => handles[at]?.abort(),
    lock: () => holding(mutex.lock()),
    tryLock: () => {
      const guard = mutex.tryLock();
      guard?.release();
      return guard !== undefined;
    },
    acquire: (at) => holding(semaphore.acquire(1 + at)),
    addPermit: () => semaphore.addPermits(1),
    read: () => holding(lock.read()),
    write: () => holding(lock.write()),
    notify: (at) => (at === 0 ? notify.notifyOne() : notify.notifyWaiters()),
    notified: () => notify.notified(),
    arrive: () => map(barrier.wait(), ({ isLeader }) => isLeader),
    set: (_at, me) => once.set(me),
    wait: () => once.wait(),
    send: (_at, me) => sender.send(me),
    trySend: (_at, me) => sender.trySend(me),
    receive: () => receiver.recv(),
    close: () => receiver.close(),
    post: (_at, me) => parcel.send(me),
    fetch: () => letterbox,
    offer: (_at, me) => offers.send(me),
    take: () => takers.recv(),
    speak: (_at, me) => speaker.send(me),
    listen: (_at, me) => listeners[me]!.recv(),
    change: (_at, me) => writer.send(me),
    changed,
    limit: (at) => timeout(at === 0 ? notify.notified() : holding(semaphore.acquire()), 5),
  };
};

/** All that one run came to. */
function programOf(
  scripts: readonly (readonly Act[])[],
  worldOf: (handles: readonly JoinHandle<unknown>[]) => World,
  log: (line: string) => void,
): () => Future<unknown> {
  return async(function* () {
    const handles: JoinHandle<unknown>[] = [];
    const world = worldOf(handles);
    const seen: string[][] = scripts.map(() => []);
    const run = async(function* (script: readonly Act[], me: number) {
      try {
        for (const act of script) {
          let answer: unknown;
          try {
            answer = world[act.do]!(act.at, me);
            if (typeof (answer as Partial<Future<unknown>> | undefined)?.[Symbol.iterator] === "function")
              answer = yield* answer as Future<unknown>;
          } catch (error) {
            answer = (error as { code?: string }).code ?? String(error);
          }
          seen[me]!.push(`${act.do} ${String(answer)}`);
        }
      } finally {
        seen[me]!.push("over");
      }
    });
    try {
      for (const [me, script] of scripts.entries()) handles.push(spawn(run(script, me)));
      yield* joinAll(handles.map((handle) => handle.settled()));
    } finally {
      log(JSON.stringify(seen));
    }
  });
}

interface Found {
  readonly outcomes: readonly string[];
  readonly schedules: number;
}

async function explored(
  scripts: readonly (readonly Act[])[],
  worldOf: (handles: readonly JoinHandle<unknown>[]) => World,
  search: Search,
  isTracked: boolean,
  most = Infinity,
): Promise<Found | null> {
  const outcomes = new Set<string>();
  let line = "";
  const program = programOf(scripts, worldOf, (text) => (line = text));
  const settings: Settings<unknown> = {
    program,
    after: undefined,
    seed: 1,
    isTracked,
    maxSteps: 200,
    census: new Census(),
  };
  let schedules = 0;
  do {
    line = "";
    const execution = new Execution(settings, search);
    let ending = execution.go();
    while (ending === HOST || ending === PROMISES) {
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      ending = execution.go();
    }
    if (ending === GIVEN_UP) continue;
    if (++schedules > most) return null;
    outcomes.add(ending === null ? line : `${ending.code} ${ending.what.replaceAll(/ at .*/g, "")}`);
  } while (search.next());
  return { outcomes: [...outcomes].sort(), schedules };
}

const MOST = 1500;

function law(worldOf: (handles: readonly JoinHandle<unknown>[]) => World) {
  // Few verbs in one program, or its tasks would seldom touch the same thing.
  const scripts = fc.subarray(Object.keys(worldOf([])), { minLength: 2, maxLength: 4 }).chain((verbs) => {
    const act = fc.record({ do: fc.constantFrom(...verbs), at: fc.constantFrom(0 as const, 1 as const) });
    return fc.array(fc.array(act, { minLength: 1, maxLength: 3 }), { minLength: 2, maxLength: 3 });
  });
  return fc.asyncProperty(scripts, async (program) => {
    const all = await explored(program, worldOf, new Bounded(Infinity), false, MOST);
    if (all === null) return;
    const opaque = await explored(program, worldOf, new Reduction(), false);
    assert.deepEqual(opaque, all, "opaque steps: every order, each once");
    const reduced = await explored(program, worldOf, new Reduction(), true);
    assert.deepEqual(reduced!.outcomes, all.outcomes, "tracked steps: everything that can come out");
    assert.ok(reduced!.schedules <= all.schedules);
  });
}

test("Reduction runs every order of opaque steps once, and of tracked steps enough for everything that can come out", async () => {
  await fc.assert(law(plain), { numRuns: 100 });
});

test("Reduction knows what tasks share through the primitives of heddle/sync", async () => {
  await fc.assert(law(synchronized), { numRuns: 100 });
});

test("Reduction runs each order once of three tasks of three steps that share one thing: 9! / (3! 3! 3!)", async () => {
  const program = async(function* () {
    const cell = tracked({ value: 0 });
    const work = async(function* () {
      for (let i = 0; i < 2; i++) {
        cell.value++;
        yield* yieldNow();
      }
      cell.value++;
    });
    const handles = [spawn(work()), spawn(work()), spawn(work())];
    for (const handle of handles) yield* handle;
  });
  const { schedules, exhausted } = await explore(program, { shared: "tracked" });
  assert.deepEqual({ schedules, exhausted }, { schedules: 1680, exhausted: true });
});
