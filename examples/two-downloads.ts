/**
 * B1: two sites are downloaded by two threads, then by two futures that are joined. It is the same function; what it does is to wait, and for that
 * nobody needs a thread.
 */
import { async, join, joinAll } from "heddle";
import { fetch } from "heddle/http";
import { task, thread } from "heddle/thread";
import { delay } from "./one-request.js";
import { example } from "./stage/example.js";
import { startServer } from "./stage/server.js";
import { print, stopwatch, text, threadWatch, times, within } from "./stage/stage.js";

/** Downloads a page, and says on which thread. A thread that is to do it loads this very file. */
export const download = async(function* (url: string) {
  const page = yield* (yield* fetch(url)).text();
  return { page, thread: thread.id };
});

task(import.meta, download);

type Download = { page: string; thread: number };

const printAll = (how: string, downloads: Download[]): void => {
  for (const [i, { page, thread }] of downloads.entries())
    print(`site ${i + 1}, ${how}, on thread ${thread}: ${page.length} characters`);
};

export const twoDownloads = example(import.meta, {
  id: "B1",
  program: "Two sites downloaded by two threads, then by two futures",
  expected: "the same result; the second starts no thread",
  play: async(function* () {
    using one = yield* startServer("slow-http");
    using two = yield* startServer("slow-http");
    const urls = [one, two].map(({ port }) => `http://127.0.0.1:${port}/greeting?delay=${delay()}`) as [string, string];
    // What the first request of a process costs is not what we measure.
    yield* joinAll(urls.map(download));

    const byThreads = stopwatch();
    const handles = urls.map((url) => thread.spawn(download, url));
    const onThreads: Download[] = [];
    for (const handle of handles) onThreads.push(yield* handle);
    const threadsTime = byThreads();
    printAll("by a thread", onThreads);

    const threads = threadWatch();
    const byFutures = stopwatch();
    const joined = yield* join(download(urls[0]), download(urls[1]));
    const futuresTime = byFutures();
    printAll("by a future", joined);
    const more = threads();
    return {
      measured: `threads: ${text(threadsTime)}, starting them included; futures: ${text(futuresTime)}, ${times(futuresTime, delay())}`,
      checks: {
        "both ways give the same": onThreads.every(({ page }, i) => page !== "" && page === joined[i]!.page),
        "each thread is another": new Set([thread.id, ...onThreads.map((it) => it.thread)]).size === 3,
        "futures stay on this thread": joined.every((it) => it.thread === thread.id),
        "futures start no thread": !more,
        "futures wait at the same time": futuresTime >= delay() - 1 && within(futuresTime, 2 * delay()),
        "so do threads, once they are there": threadsTime >= delay() - 1,
      },
      figures: { delay: delay(), threadsTime, futuresTime },
    };
  }),
});
