/** What other threads do in thread-channels.slow.test.ts. */
import { async, type CancellationToken, END, type JoinHandle, sleep } from "heddle";
import { task } from "heddle/thread";
import type { broadcast, mpsc, oneshot, Semaphore, watch } from "heddle/sync";

export const sum = async(function* (numbers: mpsc.Receiver<number>, reply: oneshot.Sender<number>) {
  let total = 0;
  for (let n; (n = yield* numbers.recv()) !== END;) total += n;
  reply.send(total);
});

/** Sends squares until it is told to stop, and gives its sender back. */
export function squares(out: mpsc.UnboundedSender<number>, stop: CancellationToken): mpsc.UnboundedSender<number> {
  for (let n = 0; !stop.isCancelled; n++) if (n < 100) out.send(n * n);
  return out;
}

export const follow = async(function* (
  level: watch.Receiver<string>,
  news: broadcast.Receiver<string>,
  seats: Semaphore,
) {
  const permit = yield* seats.acquire();
  const seen = [yield* level.waitFor((it) => it === "debug"), String(yield* news.recv())];
  permit.release();
  return seen;
});

export const joinThere = async(function* (handle: JoinHandle<string>) {
  return `there: ${yield* handle}`;
});

export const answerLate = async(function* (ms: number) {
  yield* sleep(ms);
  return "late";
});

export const hold = async(function* (_end: unknown) {
  yield* sleep(60_000);
});

// HOST: Bun and Deno do not tell of which module a function is; Deno takes one that was compiled for one of its source.
if ("Bun" in globalThis || "Deno" in globalThis)
  for (const [name, fn] of Object.entries({ sum, squares, follow, joinThere, answerLate, hold }))
    task(import.meta, fn as (...args: any[]) => unknown, name);
