/**
 * E7, step 5: sockets that do not block. A socket is like an alarm: whoever finds nothing there leaves its waker, and is woken when there is something.
 * When all tasks wait, the loop sleeps until the first alarm, or until any socket has news, whichever comes first.
 */
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { async, fromPromise } from "heddle";
import { type Context, Leaf, PENDING, type Poll, type Waker } from "heddle/lowlevel";
import { example } from "../stage/example.js";
import { print, printed, scaled, stopwatch, text, times, within } from "../stage/stage.js";
import { Sleep, untilTheNext, wakeTheDue } from "./3-wakers.js";
import { ready, spawn, type Task } from "./4-tasks.js";

/** Ends the sleep of the loop. */
let haveNews = (): void => {};

/** What comes from a socket and has not been taken yet, and who waits for it. */
class Inbox<T> {
  readonly #items: T[] = [];
  #waker: Waker | null = null;

  /** Called by the host, at any time. */
  put(item: T): void {
    this.#items.push(item);
    this.#waker?.wake();
    haveNews();
  }

  /** A future of the next item. */
  take(): Leaf<T> {
    return new Take(this);
  }

  poll(cx: Context): Poll<T> {
    this.#waker = cx.waker;
    return this.#items.length > 0 ? this.#items.shift()! : PENDING;
  }
}

class Take<T> extends Leaf<T> {
  readonly #inbox: Inbox<T>;

  constructor(inbox: Inbox<T>) {
    super();
    this.#inbox = inbox;
  }

  poll(cx: Context): Poll<T> {
    return this.#inbox.poll(cx);
  }
}

/** A connection. `read()` is a future of the next text, or of "" when the other side has ended. */
class Connection {
  readonly #socket: Socket;
  readonly #inbox = new Inbox<string>();

  constructor(socket: Socket) {
    this.#socket = socket.setEncoding("utf8");
    socket.on("data", (data: string) => this.#inbox.put(data)).on("end", () => this.#inbox.put(""));
  }

  read(): Leaf<string> {
    return this.#inbox.take();
  }

  /** The host keeps what cannot be sent yet: this never waits. */
  write(data: string): void {
    this.#socket.write(data);
  }

  close(): void {
    this.#socket.end();
  }
}

/** A server. `port()` is a future of its port, `accept()` of the next connection. */
class Listener {
  readonly #ports = new Inbox<number>();
  readonly #connections = new Inbox<Connection>();
  readonly #server: Server;

  constructor() {
    this.#server = createServer((socket) => this.#connections.put(new Connection(socket)));
    this.#server.listen(0, "127.0.0.1", () => this.#ports.put((this.#server.address() as AddressInfo).port));
  }

  port(): Leaf<number> {
    return this.#ports.take();
  }

  accept(): Leaf<Connection> {
    return this.#connections.take();
  }

  close(): void {
    this.#server.close();
  }
}

/** Runs a task, and all that it spawns, until it has finished. */
async function blockOn(main: Task<unknown>): Promise<void> {
  for (;;) {
    for (let task = ready.shift(); task !== undefined; task = ready.shift()) task.run();
    if (main.isFinished) return;
    await untilNews(untilTheNext());
    wakeTheDue();
  }
}

/** Sleeps until a socket has news, but not longer than this. */
async function untilNews(milliseconds: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = milliseconds === Infinity ? undefined : setTimeout(resolve, milliseconds);
    haveNews = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

/** Answers each message, after a while, in capitals. */
const answer = async(function* (connection: Connection) {
  for (let message; (message = yield* connection.read()) !== "";) {
    yield* new Sleep(scaled(1000));
    connection.write(message.toUpperCase());
  }
  connection.close();
});

const serve = async(function* (listener: Listener, connections: number) {
  for (let n = 0; n < connections; n++) spawn(answer(yield* listener.accept()));
});

const client = async(function* (port: number, n: number) {
  const connection = new Connection(connect(port, "127.0.0.1"));
  connection.write(`hello ${n}`);
  print(`client ${n} writes`);
  print(`client ${n} reads: ${yield* connection.read()}`);
  connection.close();
  yield* connection.read();
});

const numbers = [0, 1, 2, 3, 4];

const program = async(function* (listener: Listener) {
  const port = yield* listener.port();
  spawn(serve(listener, numbers.length));
  for (const handle of numbers.map((n) => spawn(client(port, n)))) yield* handle;
  listener.close();
});

export const socketsStep = example(import.meta, {
  id: "E7.5",
  program: "Build a runtime, step 5: sockets that do not block",
  expected: "a server and five clients on one thread: ×1",
  play: async(function* () {
    const before = printed().length;
    const elapsed = stopwatch();
    const main = spawn(program(new Listener()));
    yield* fromPromise(() => blockOn(main));
    yield* main;
    const time = elapsed();
    const lines = printed().slice(before);
    print(`five clients, each answered after ${text(scaled(1000))}: ${text(time)}`);
    return {
      measured: `${times(time, scaled(1000))} for five clients`,
      checks: {
        "five clients take a small part of five times one": time >= scaled(1000) - 1 && within(time, 4 * scaled(1000)),
        "all write before any is answered":
          lines.slice(0, 5).join() === numbers.map((n) => `client ${n} writes`).join(),
        "each is answered": numbers.every((n) => lines.includes(`client ${n} reads: HELLO ${n}`)),
      },
      figures: { time },
    };
  }),
});
