/**
 * C5: the three clients, spawned on a multi-threaded runtime. They wait together as in C4, and now what blocks does so on three threads:
 * 2 s + 8 s + 4 s.
 */
import { async, END, fromPromise, spawn } from "heddle";
import { mpsc } from "heddle/sync";
import { Runtime, type ThreadHandle } from "heddle/thread";
import { second, startEchoServer } from "./clients-one-by-one.js";
import { example } from "./stage/example.js";
import { draw, isTimed, ownRuntime, print, printed, stopwatch, text, times, within } from "./stage/stage.js";
import { client, type Report } from "./threads/client.js";

/** Prints what clients say, until the last of them has closed its sender. */
const listen = async(function* (reports: mpsc.Receiver<Report>) {
  const heard: Report[] = [];
  const drawn = new Map<number, ReturnType<typeof draw>>();
  for (let report; (report = yield* reports.recv()) !== END;) {
    const { n, what, thread } = report;
    heard.push(report);
    print(`task ${n} ${what}`);
    if (what === "started") drawn.set(n, draw(`thread ${thread}`, `task ${n}`));
    if (what.startsWith("was answered")) drawn.get(n)?.begins();
    if (what.startsWith("finished")) drawn.get(n)?.ends();
  }
  return heard;
});

/** What came of three clients. Times are in seconds of the program. */
export interface Heard {
  readonly time: number;
  readonly threads: number;
  /** When each blocked its thread, in the order in which they began. */
  readonly blocked: readonly { from: number; to: number }[];
  /** Whether each said all that it has to, in order. */
  readonly isComplete: boolean;
}

/** What reports tell, of three clients that took so many milliseconds. */
export function heardOf(reports: readonly Report[], milliseconds: number): Heard {
  const of = (n: number) => reports.filter((report) => report.n === n);
  const blocked = [1, 2, 3].flatMap((n) => {
    const [, , answered, finished] = of(n);
    return answered && finished ? [{ from: answered.at / second(), to: finished.at / second() }] : [];
  });
  return {
    time: milliseconds / second(),
    threads: new Set(reports.filter(({ what }) => what.startsWith("finished")).map(({ thread }) => thread)).size,
    blocked: blocked.sort((one, other) => one.from - other.from),
    isComplete: [1, 2, 3].every(
      (n) =>
        of(n)
          .map(({ what }) => what.replace(/\d+$/, "n"))
          .join() === "started,has written,was answered: message n,finished on thread n",
    ),
  };
}

/**
 * What is to be seen where each client has a thread to block.
 *
 * @param isAssigned whether that holds also where threads start slowly, and the first could have done the work of the last meanwhile
 */
export function asOne({ time, threads, blocked, isComplete }: Heard, isAssigned = true) {
  const overlap = blocked[0]!.to > blocked[2]!.from;
  return {
    measured: `${text(time * second())}: ${times(time, 1)} of a second, at this speed; ${threads} threads`,
    checks: {
      "three take as long as one": time >= 13.9 && within(time, 18),
      "each waits, writes, is answered and finishes": isComplete && printed().length === 12,
      "the last stage is on three threads": threads === 3 || !(isAssigned || isTimed()),
      "there they block at the same time": overlap || !isTimed(),
    },
    figures: { second: second(), time: time * second(), threads },
  };
}

type Handles = [ThreadHandle<void>, ThreadHandle<void>, ThreadHandle<void>];

/** Runs the three clients on workers of a runtime, and listens to them until `all` of them are over. */
export const onWorkers = async(function* (workerThreads: number, all: (handles: Handles) => Generator<any, void>) {
  using server = yield* startEchoServer();
  // To block the thread of an async function is a mistake as a rule, and heddle warns of it. Here it is what is to be seen.
  const runtime = new Runtime({ ...ownRuntime(), workerThreads, warnings: false });
  try {
    const [sender, receiver] = mpsc.unbounded<Report>();
    const listening = spawn(listen(receiver), { name: "listen" });
    const elapsed = stopwatch();
    // A sender that was sent is over here: each client has one of its own.
    const start = (n: number) => runtime.spawnOn(client, n, server.port, second(), sender.clone());
    const handles: Handles = [start(1), start(2), start(3)];
    sender.close();
    yield* all(handles);
    const time = elapsed();
    return heardOf(yield* listening, time);
  } finally {
    yield* fromPromise(() => runtime.shutdown());
  }
});

export const clientsOnWorkers = example(import.meta, {
  id: "C5",
  program: "The same, spawned on the multi-threaded runtime",
  expected: "14 s; the last stage on three threads",
  play: async(function* () {
    const heard = yield* onWorkers(3, function* (handles) {
      for (const handle of handles) yield* handle;
    });
    return asOne(heard);
  }),
});
