/**
 * An echo server on a TCP port that answers each line after a while: one task for each connection, and one thread for all of them. The first
 * argument is the while, in milliseconds. `report` is answered at once, with what the server holds, as JSON.
 */
import { async, END, owning, Runtime, sleep, spawn } from "heddle";
import { BufReader, readLine, writeAll } from "heddle/io";
import { TcpListener, type TcpStream } from "heddle/net";
import { collectGarbage, threadCount } from "../stage/stage.js";

/** What the server says of itself. */
export interface Report {
  /** How many messages waited for their answer at once, at most. */
  readonly most: number;
  /** The threads of its process; undefined where the system does not tell. */
  readonly threads: number | undefined;
  /** The memory of its process, in bytes. */
  readonly resident: number;
}

const delay = Number(process.argv[2] ?? 8000);
let waiting = 0;
let most = 0;

const echo = async(function* (connection: TcpStream) {
  // Messages are short: room for many bytes would be most of what a connection costs.
  const reader = new BufReader(connection, { capacity: 64 });
  for (let message; (message = yield* readLine(reader)) !== END;)
    yield* writeAll(connection, message === "report" ? `${report()}\n` : `${yield* slowly(message)}\n`);
});

const slowly = async(function* (message: string) {
  most = Math.max(most, ++waiting);
  yield* sleep(delay);
  waiting--;
  return message;
});

function report(): string {
  collectGarbage();
  return JSON.stringify({ most, threads: threadCount(), resident: process.memoryUsage.rss() } satisfies Report);
}

const serve = async(function* () {
  // Whole crowds come at once: let them wait to be accepted.
  const listener = yield* TcpListener.bind("127.0.0.1:0", { backlog: 4096 });
  process.send!({ port: listener.localAddress.port });
  for (let connection; (connection = yield* listener.next()) !== END;)
    spawn(owning(connection, echo(connection))).detach();
});

process.on("disconnect", () => process.exit());
// A report blocks the thread, to collect garbage: no reason for a warning.
await new Runtime({ name: "slow-echo", blockedAfter: { seconds: 10 } }).run(serve());
