/**
 * C3: three clients of the echo server, as async functions that are awaited one after another. Each waits 2 s, writes, is answered after 8 s, and
 * computes for 4 s, which blocks its thread. `async` alone makes nothing concurrent: the next one does not begin before the last has ended.
 */
import { threadId } from "node:worker_threads";
import { async, sleep } from "heddle";
import { BufReader, readLine, writeAll } from "heddle/io";
import { TcpStream } from "heddle/net";
import { compute } from "./stage/compute.js";
import { example } from "./stage/example.js";
import { startServer } from "./stage/server.js";
import { hasPrinted, print, scaled, stopwatch, text, times, within } from "./stage/stage.js";

/** A second of these programs. Never below 10 ms: what a message itself takes must not count. */
export const second = () => scaled(1000, 10);

/** The echo server of C1. */
export const startEchoServer = () => startServer("slow-echo", 8 * second());

/** One client. Answers when it had finished. */
export const client = async(function* (n: number, port: number) {
  print(`task ${n} started`);
  yield* sleep(2 * second());
  using connection = yield* TcpStream.connect(`127.0.0.1:${port}`);
  yield* writeAll(connection, `message ${n}\n`);
  print(`task ${n} has written`);
  const answer = yield* readLine(new BufReader(connection));
  print(`task ${n} was answered: ${String(answer)}`);
  compute(4 * second());
  print(`task ${n} finished on thread ${threadId}`);
  return performance.now();
});

export const clientsOneByOne = example(import.meta, {
  id: "C3",
  program: "The same as async functions, awaited one after another",
  expected: "42 s: async alone makes nothing concurrent",
  play: async(function* () {
    using server = yield* startEchoServer();
    const elapsed = stopwatch();
    for (const n of [1, 2, 3]) yield* client(n, server.port);
    const time = elapsed();
    return {
      measured: `${text(time)}: ${times(time, second())} of a second, at this speed`,
      checks: {
        "they take the sum of all": time >= 42 * second() - 6 && within(time, 84 * second()),
        "each ends before the next begins": hasPrinted(
          ...[1, 2, 3].flatMap((n) => [
            `task ${n} started`,
            `task ${n} has written`,
            `task ${n} was answered: message ${n}`,
            `task ${n} finished on thread ${threadId}`,
          ]),
        ),
      },
      figures: { second: second(), time },
    };
  }),
});
