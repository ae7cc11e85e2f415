/**
 * What does a TCP server cost?
 *
 * An echo server, whose clients are a process of their own. `tcp/echo`: 100 connections, on each a message of 64 bytes there and back, again and again.
 * `tcp/stream`: 1 MiB there and back on each of four connections. `total` is the time that passes, in which clients and server share the machine; `server`
 * is the processor's time in the server's process. `tcp/idle`: what a connection costs on which nothing happens.
 *
 * Native is node:net with callbacks. Beside it: async iteration over the socket.
 */
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { Clients } from "../clients.js";
import { type Question, type Readings, type Round, type Setup, Stopwatch } from "../harness.js";

/** A server that listens. */
interface Echo {
  readonly port: number;
  /** How many connections it has. */
  count(): number;
  close(): void;
}

type Start = () => Promise<Echo>;

/** How many connections write how much at a time. */
interface Load {
  readonly connections: number;
  readonly size: number;
}

const MESSAGES: Load = { connections: 100, size: 64 };
const STREAMS: Load = { connections: 4, size: 1_048_576 };

/** Nobody is to be asked before all connections have been accepted. */
async function accepted(server: Echo, connections: number): Promise<void> {
  while (server.count() < connections) await new Promise((resolve) => setImmediate(resolve));
}

async function heddle(): Promise<Start> {
  const { async, run, spawn } = await import("heddle");
  const { copy } = await import("heddle/io");
  const { TcpListener } = await import("heddle/net");
  return async () => {
    let count = 0;
    const echo = async(function* (connection: import("heddle/net").TcpStream) {
      count++;
      yield* copy(connection, connection);
      connection[Symbol.dispose]();
    });
    const listener = await run(TcpListener.bind("127.0.0.1:0"));
    const serve = async(function* () {
      for (let connection; typeof (connection = yield* listener.next()) !== "symbol";) spawn(echo(connection)).detach();
    });
    const serving = run(serve());
    return {
      port: listener.localAddress.port,
      count: () => count,
      close() {
        listener.close();
        void serving;
      },
    };
  };
}

/** A server of node:net that does this with each connection. */
function native(serve: (socket: Socket) => void): Start {
  return async () => {
    let count = 0;
    const server: Server = createServer((socket) => {
      count++;
      socket.on("error", () => {});
      serve(socket);
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
      port: (server.address() as AddressInfo).port,
      count: () => count,
      close: () => void server.close(),
    };
  };
}

const callbacks = native((socket) => {
  socket.on("data", (chunk) => {
    if (!socket.write(chunk)) socket.pause();
  });
  socket.on("drain", () => socket.resume());
});

const iteration = native(async (socket) => {
  for await (const chunk of socket) if (!socket.write(chunk)) await once(socket, "drain");
});

/** Asks a server under a load, `count` times in all. */
function asking({ connections, size }: Load, start: () => Promise<Start>): Setup {
  return async (count): Promise<Round> => {
    const [clients, listen] = [new Clients(), await start()];
    return async () => {
      const server = await listen();
      await clients.tell({ connect: connections, port: server.port });
      await accepted(server, connections);
      const before = process.cpuUsage();
      const watch = new Stopwatch();
      await clients.tell({ rounds: count / connections, size });
      const total = watch.lap(count);
      const { user, system } = process.cpuUsage(before);
      await clients.tell({ close: true });
      server.close();
      return { total, server: ((user + system) * 1000) / count };
    };
  };
}

/** What so many connections hold on which nothing happens. */
function idling(start: () => Promise<Start>): Setup {
  return async (count): Promise<Round> => {
    const [clients, listen] = [new Clients(), await start()];
    return async (): Promise<Readings> => {
      const server = await listen();
      await clients.tell({ connect: 1, port: server.port });
      const before = resident();
      await clients.tell({ connect: count + 1, port: server.port });
      await accepted(server, count + 1);
      const held = resident() - before;
      await clients.tell({ close: true });
      server.close();
      return { resident: held / count };
    };
  };
}

function resident(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

const ready = (start: Start) => async () => start;

/** At least 0.9 times as much as callbacks do in the same time. */
const GOALS = { native: 1.11 };

export const questions: Question[] = [
  {
    name: "tcp/echo",
    about: "100 connections, a message of 64 bytes there and back on each; a message",
    count: 400_000,
    figures: { total: { goals: GOALS }, server: { goals: GOALS } },
    peers: {
      heddle: asking(MESSAGES, heddle),
      native: asking(MESSAGES, ready(callbacks)),
      "async iteration": asking(MESSAGES, ready(iteration)),
    },
  },
  {
    name: "tcp/stream",
    about: "4 connections, 1 MiB there and back on each; 1 MiB",
    count: 2400,
    figures: { total: { goals: GOALS }, server: { goals: GOALS } },
    peers: {
      heddle: asking(STREAMS, heddle),
      native: asking(STREAMS, ready(callbacks)),
      "async iteration": asking(STREAMS, ready(iteration)),
    },
  },
  {
    name: "tcp/idle",
    about: "5,000 connections on which nothing happens; bytes a connection",
    count: 5000,
    fresh: true,
    figures: { resident: { unit: "bytes", goals: {} } },
    peers: {
      heddle: idling(heddle),
      native: idling(ready(callbacks)),
      "async iteration": idling(ready(iteration)),
    },
  },
];
