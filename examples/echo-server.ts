/**
 * C1: an echo server on a TCP port that answers each message after 8 s. While one connection waits for its answer, all the others do, too:
 * the server holds a task for each, and one thread. It is `servers/slow-echo.ts`, in a process of its own.
 */
import { async, joinAll, mapConcurrent, sleep } from "heddle";
import { BufReader, readLine, writeAll } from "heddle/io";
import { TcpStream } from "heddle/net";
import type { Report } from "./servers/slow-echo.js";
import { example } from "./stage/example.js";
import { type Server, startServer } from "./stage/server.js";
import { scaled, stopwatch, text, times, within, isTimed } from "./stage/stage.js";

/** How many connects may be under way: fewer than the server lets wait. */
const CONNECTING = 128;

/** Writes a message, and waits for the answer. */
const ask = async(function* (connection: TcpStream, message: string) {
  yield* writeAll(connection, `${message}\n`);
  return yield* readLine(new BufReader(connection, { capacity: 256 }));
});

const report = async(function* (connection: TcpStream) {
  return JSON.parse(String(yield* ask(connection, "report"))) as Report;
});

/** What the server says while all wait: half way to the first answer. */
const reportWhileWaiting = async(function* (connection: TcpStream, delay: number) {
  yield* sleep(delay / 2);
  return yield* report(connection);
});

/** Connects `count` times, writes a message on each, and waits for all the answers at once. */
export const askAtOnce = async(function* (server: Server, count: number, delay: number) {
  const connections: TcpStream[] = [];
  const connect = async(function* () {
    const connection = yield* TcpStream.connect(`127.0.0.1:${server.port}`);
    connections.push(connection);
  });
  try {
    yield* connect();
    const observer = connections[0]!;
    const before = yield* report(observer);
    yield* mapConcurrent(Array.from({ length: count }), CONNECTING, connect);
    const elapsed = stopwatch();
    const observing = reportWhileWaiting(observer, delay);
    const asking = connections.slice(1).map((connection, i) => ask(connection, `message ${i}`));
    const [during, ...answers] = yield* joinAll([observing, ...asking]);
    const time = elapsed();
    const { most, threads, resident } = during as Report;
    return {
      time,
      most,
      answered: answers.filter((answer, i) => answer === `message ${i}`).length,
      // Undefined where threads cannot be counted, and then on both sides.
      moreThreads: (threads ?? 0) - (before.threads ?? 0),
      bytes: (resident - before.resident) / count,
    };
  } finally {
    for (const connection of connections) connection[Symbol.dispose]();
  }
});

/** How long the server takes for an answer. Never below 250 ms: what 100 connections cost must not count. */
const answerDelay = () => scaled(8000, 250);

export const echoServer = example(import.meta, {
  id: "C1",
  program: "A TCP echo server that answers after 8 s; 100 clients at once",
  expected: "×1: it serves all at once, on one thread",
  play: async(function* () {
    const [count, delay] = [100, answerDelay()];
    using server = yield* startServer("slow-echo", delay);
    const { time, most, answered, moreThreads } = yield* askAtOnce(server, count, delay);
    return {
      measured: `${text(time)}, ${times(time, delay)}; ${most} served at once, ${moreThreads || "no"} thread more`,
      checks: {
        "all are answered": answered === count,
        "a hundred take as long as one": time >= delay - 1 && within(time, 2 * delay),
        "the server had all of them to serve at once": most === count || !isTimed(),
        "it started no threads for them": moreThreads <= 0,
      },
      figures: { delay, count, time, most, answered, moreThreads },
    };
  }),
});
