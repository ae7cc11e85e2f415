/**
 * What C5, C6 and C8 have threads do: one client of the echo server, and what it says about itself to whoever listens on the main thread.
 */
import { async, sleep } from "heddle";
import { BufReader, readLine, writeAll } from "heddle/io";
import { TcpStream } from "heddle/net";
import type { mpsc } from "heddle/sync";
import { task, thread } from "heddle/thread";

/** What a client says. */
export interface Report {
  /** Which client. */
  readonly n: number;
  readonly what: string;
  /** Its thread. */
  readonly thread: number;
  /** When, on a clock that all threads have: milliseconds since 1970. */
  readonly at: number;
}

export const report = (n: number, what: string): Report => ({
  n,
  what,
  thread: thread.id,
  at: performance.timeOrigin + performance.now(),
});

/**
 * One client: C3's, with 4 s at the end in which it blocks its thread. It does not compute in them but stands still, so that three of them are over
 * at the same time on two processors, too.
 */
export const client = async(function* client(
  n: number,
  port: number,
  second: number,
  listener: mpsc.UnboundedSender<Report>,
) {
  try {
    listener.send(report(n, "started"));
    yield* sleep(2 * second);
    using connection = yield* TcpStream.connect(`127.0.0.1:${port}`);
    yield* writeAll(connection, `message ${n}\n`);
    listener.send(report(n, "has written"));
    const answer = yield* readLine(new BufReader(connection));
    listener.send(report(n, `was answered: ${String(answer)}`));
    thread.sleep(4 * second);
    listener.send(report(n, `finished on thread ${thread.id}`));
  } finally {
    listener.close();
  }
});
// HOST: Deno sees the source of a file that has a map, and takes that for its module.
task(import.meta, client);
