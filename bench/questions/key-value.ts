/**
 * How does a server on heddle compare with the real one? The server of `examples/key-value`, asked by redis-benchmark; native is Redis.
 *
 * The time is that of the clock, divided by the requests: redis-benchmark takes one core, the server the other. `cpu` is what the server's process takes of it.
 * `callbacks` is what Node can do at best: the same codec, commands and store in a `data` listener of node:net, without tasks, limits, or back-pressure.
 */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { promisify } from "node:util";
import type { Question, Readings, Round } from "../harness.js";

const CONNECTIONS = 50;
const PIPELINED = 16;
const run = promisify(execFile);

/** Microseconds of CPU that a server has taken so far. */
type Cpu = () => Promise<number> | number;

const ownCpu: Cpu = () => {
  const { user, system } = process.cpuUsage();
  return user + system;
};

/** Asks the server at `port`. */
function asked(port: number, count: number, cpu: Cpu): Round {
  const benchmark = async (pipelined: number): Promise<Readings> => {
    const args = { "-p": port, "-n": count, "-c": CONNECTIONS, "-P": pipelined, "-t": "set,get" };
    const { stdout } = await run("redis-benchmark", ["--csv", ...Object.entries(args).flat().map(String)]);
    // A line for each test: "SET","90909.09",…
    const rates = [...stdout.matchAll(/^"(SET|GET)","([\d.]+)"/gm)];
    return Object.fromEntries(rates.map(([, test, rate]) => [test!.toLowerCase(), 1e9 / Number(rate)]));
  };
  return async () => {
    const before = await cpu();
    const { set, get } = await benchmark(1);
    const used = (await cpu()) - before;
    const together = await benchmark(PIPELINED);
    return {
      set: set!,
      get: get!,
      cpu: (used * 1000) / (2 * count),
      "set-together": together.set!,
      "get-together": together.get!,
    };
  };
}

export const questions: readonly Question[] = [
  {
    name: "key-value",
    about: `SET and GET over ${CONNECTIONS} connections; the time of a request, the server's CPU time of it, and the time with ${PIPELINED} sent together`,
    count: 50_000,
    figures: {
      // At least half the requests of Redis.
      set: { goals: { native: 2 } },
      get: { goals: { native: 2 } },
      cpu: { goals: {} },
      "set-together": { goals: {} },
      "get-together": { goals: {} },
    },
    peers: {
      async heddle(count) {
        const { run: start, spawn: spawnTask, async } = await import("heddle");
        const { TcpListener } = await import("heddle/net");
        const { serve } = await import("heddle-examples/key-value/server.js");
        const open = async(function* () {
          const listener = yield* TcpListener.bind("127.0.0.1:0", { noDelay: true });
          spawnTask(serve(listener)).detach();
          return listener.localAddress.port;
        });
        return asked(await start(open()), count, ownCpu);
      },

      async native(count) {
        const port = 20_000 + (process.pid % 10_000);
        const quiet = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1"];
        const server = spawn("redis-server", ["--port", String(port), ...quiet], {
          stdio: ["ignore", "pipe", "inherit"],
        });
        process.on("exit", () => server.kill());
        server.on("error", () => {
          throw new Error("redis-server is not installed: apt-get install redis-server");
        });
        for await (const output of server.stdout) if (String(output).includes("Ready to accept")) break;
        server.stdout.resume();
        return asked(port, count, async () => {
          const { stdout } = await run("redis-cli", ["-p", String(port), "INFO", "cpu"]);
          const seconds = (what: string) => Number(new RegExp(`used_cpu_${what}:([\\d.]+)`).exec(stdout)![1]);
          return (seconds("user") + seconds("sys")) * 1e6;
        });
      },

      async callbacks(count) {
        const { ByteQueue } = await import("heddle/io");
        const { answer } = await import("heddle-examples/key-value/commands/answer.js");
        const { Db } = await import("heddle-examples/key-value/db.js");
        const { ServerCodec } = await import("heddle-examples/key-value/resp/codecs.js");
        const { Session } = await import("heddle-examples/key-value/session.js");
        const db = new Db();
        const server = createServer({ noDelay: true }, (socket) => {
          const session = new Session(0, db, new ServerCodec());
          const [incoming, outgoing] = [new ByteQueue(), new ByteQueue()];
          socket.on("error", () => {});
          socket.on("data", (chunk: Buffer) => {
            incoming.push(chunk);
            for (;;) {
              const request = session.codec.decode(incoming);
              if (typeof request === "symbol") break; // more bytes are needed
              session.codec.encode(answer(session, request), outgoing);
            }
            if (outgoing.length > 0) socket.write(outgoing.take(outgoing.length));
          });
        }).listen(0, "127.0.0.1");
        await once(server, "listening");
        return asked((server.address() as AddressInfo).port, count, ownCpu);
      },
    },
  },
];
