/**
 * A program that runs in a page as it does on Node: `browser.slow.test.ts` serves it, and compares what it reports.
 */
import {
  async,
  fromPromise,
  join,
  joinAll,
  joinSettled,
  main,
  Runtime,
  run,
  select,
  sleep,
  spawn,
  timeout,
  yieldNow,
} from "heddle";
import { Instant, interval } from "heddle/time";

const nap = async(function* (milliseconds: number) {
  const start = performance.now();
  yield* sleep(milliseconds);
  return performance.now() - start;
});

const joined = async(function* () {
  const order: string[] = [];
  const step = async(function* (name: string, milliseconds: number) {
    yield* sleep(milliseconds);
    order.push(name);
    return name;
  });
  return { values: yield* join(step("slow", 30), step("fast", 5)), order };
});

const selected = async(function* () {
  const log: string[] = [];
  const loser = async(function* () {
    try {
      yield* sleep(60_000);
    } finally {
      log.push("the loser was cleaned up");
    }
  });
  const won = yield* select({ quick: fromPromise(Promise.resolve("a promise")), slow: loser() });
  return [...log, won.key, won.value];
});

const timedOut = async(function* () {
  try {
    yield* timeout(sleep(60_000), 10);
    return "in time";
  } catch (error) {
    return (error as Error).name;
  }
});

const aborted = async(function* () {
  const log: string[] = [];
  const child = async(function* () {
    try {
      yield* sleep(60_000);
      log.push("never");
    } catch {
      log.push("never, too");
    } finally {
      log.push("cleanup begins");
      yield* sleep(5);
      log.push("cleanup ends");
    }
  });
  const handle = spawn(child());
  yield* yieldNow();
  handle.abort("enough");
  const end = yield* handle.settled();
  const reason = end.status === "rejected" ? (end.reason as Error) : undefined;
  return [...log, reason?.name, reason?.cause];
});

const spawned = async(function* () {
  const handles = [1, 2, 3].map((n) =>
    spawn(
      async(function* () {
        yield* sleep(4 - n);
        if (n === 2) throw new TypeError("two");
        return n * n;
      })(),
    ),
  );
  const ends = yield* joinSettled(handles);
  return ends.map((end) => (end.status === "fulfilled" ? end.value : String(end.reason)));
});

/** Whether the host gets its turn while tasks are always ready. */
const fair = async(function* () {
  let isOver = false;
  setTimeout(() => (isOver = true), 5);
  let yields = 0;
  while (!isOver && yields < 5_000_000) {
    yields++;
    yield* yieldNow();
  }
  return isOver;
});

const ticked = async(function* () {
  const ticker = interval(4);
  const first = yield* ticker.tick();
  yield* ticker.tick();
  const third = yield* ticker.tick();
  return Math.round(third.since(first));
});

const fetched = async(function* (base: string) {
  const get = (path: string) => fromPromise(async (signal) => (await fetch(base + path, { signal })).json());
  const answer = yield* get("/answer.json");
  try {
    yield* timeout(get("/never.json"), 50);
  } catch (error) {
    return [answer, (error as Error).name];
  }
});

const virtual = async(function* () {
  const start = Instant.now();
  yield* sleep({ hours: 24 });
  return start.elapsed();
});

const all = async(function* (base: string) {
  const naps = yield* joinAll(Array.from({ length: 100 }, (_, i) => nap(1 + (i % 10))));
  return {
    early: naps.filter((length, i) => length < 1 + (i % 10)).length,
    joined: yield* joined(),
    selected: yield* selected(),
    timedOut: yield* timedOut(),
    aborted: yield* aborted(),
    spawned: yield* spawned(),
    fair: yield* fair(),
    ticked: yield* ticked(),
    fetched: yield* fetched(base),
  };
});

/** Runs it all. `main` is a program of its own: it says that it ran by calling `onMain`. */
export async function program(base: string, onMain?: () => void): Promise<object> {
  const report = await run(all(base));
  const runtime = new Runtime({ startPaused: true });
  const elapsed = await runtime.run(virtual());
  await runtime.shutdown();
  if (onMain !== undefined)
    main(
      async(function* () {
        yield* sleep(1);
        onMain();
      })(),
    );
  return { ...report, virtual: elapsed };
}
