/**
 * What does it cost to move bytes?
 *
 * `copy`: 1 GB in chunks of 64 KiB, an operation is a chunk. `loopback` is from one socket to another on this machine, `memory` through a pipe of 64 KiB; both
 * ends are in the same process. Native is `pipeline` of node:stream, and a PassThrough for the pipe: it passes on references, a pipe of heddle's copies,
 * in and out, so that the writer may use its buffer again at once.
 *
 * `pipe`: a message of 64 bytes there and back again, through a pipe.
 */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, GOALS, type Question, Stopwatch, timed } from "../harness.js";

const CHUNK = 65_536;

/** Two ends of a connection on this machine. */
async function connected(): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection") as Promise<[Socket]>;
  const client = connect({ port: (server.address() as AddressInfo).port, allowHalfOpen: true });
  const [socket] = await accepted;
  server.close();
  return [client, socket];
}

export const questions: Question[] = [
  {
    name: "copy",
    about: "1 GB in chunks of 64 KiB, over a socket of this machine and through memory; a chunk",
    count: 16_000,
    figures: { loopback: { goals: GOALS }, memory: { goals: {} } },
    peers: {
      async heddle(count) {
        const { async, join, run } = await import("heddle");
        const { copy, duplex, fromNodeDuplex, repeat, sink, take } = await import("heddle/io");
        const bytes = count * CHUNK;
        const sending = async(function* (writer: import("heddle/io").AsyncWrite) {
          yield* copy(take(repeat(7), bytes), writer);
          yield* writer.shutdown();
        });
        const through = async(function* (here: import("heddle/io").AsyncWrite, there: import("heddle/io").AsyncRead) {
          const [, total] = yield* join(sending(here), copy(there, sink()));
          expect("the bytes", total, bytes);
        });
        return async () => {
          const [client, server] = await connected();
          using here = fromNodeDuplex(client);
          using there = fromNodeDuplex(server);
          const watch = new Stopwatch();
          await run(through(here, there));
          const loopback = watch.lap(count);
          await run(through(...duplex(CHUNK)));
          return { loopback, memory: watch.lap(count) };
        };
      },

      async native(count) {
        const { PassThrough, Readable, Writable } = await import("node:stream");
        const { pipeline } = await import("node:stream/promises");
        const bytes = count * CHUNK;
        const source = () => {
          let left = bytes;
          return new Readable({
            highWaterMark: CHUNK,
            read() {
              // A chunk of its own each time, for the stream keeps what it is given.
              this.push(left > 0 ? Buffer.alloc(CHUNK, 7) : null);
              left -= CHUNK;
            },
          });
        };
        const drain = () => {
          let total = 0;
          const stream = new Writable({
            highWaterMark: CHUNK,
            write(chunk: Buffer, _encoding, callback) {
              total += chunk.length;
              callback();
            },
          });
          return { stream, check: () => expect("the bytes", total, bytes) };
        };
        return async () => {
          const [client, server] = await connected();
          const watch = new Stopwatch();
          const socket = drain();
          await Promise.all([pipeline(source(), client), pipeline(server, socket.stream)]);
          const loopback = watch.lap(count);
          socket.check();
          client.destroy();
          server.destroy();
          watch.lap(1);
          const memory = drain();
          await pipeline(source(), new PassThrough({ highWaterMark: CHUNK }), memory.stream);
          memory.check();
          return { loopback, memory: watch.lap(count) };
        };
      },
    },
  },
  {
    name: "pipe",
    about: "64 bytes there and back through a pipe in memory; a round trip",
    count: 100_000,
    figures: { total: { goals: GOALS } },
    peers: {
      async heddle(count) {
        const { async, join, run } = await import("heddle");
        const { duplex } = await import("heddle/io");
        const asking = async(function* (end: import("heddle/io").DuplexStream) {
          const bytes = new Uint8Array(64);
          for (let i = 0; i < count; i++) {
            yield* end.write(bytes);
            expect("the answer", yield* end.read(bytes), 64);
          }
          yield* end.shutdown();
        });
        const answering = async(function* (end: import("heddle/io").DuplexStream) {
          const bytes = new Uint8Array(64);
          while ((yield* end.read(bytes)) > 0) yield* end.write(bytes);
        });
        return timed(count, () => {
          const [here, there] = duplex(4096);
          return run(join(asking(here), answering(there)));
        });
      },

      async native(count) {
        const { PassThrough } = await import("node:stream");
        return timed(count, async () => {
          const [there, back] = [new PassThrough(), new PassThrough()];
          const answering = (async () => {
            for await (const chunk of there) back.write(chunk);
            back.end();
          })();
          const answers = back[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
          const bytes = Buffer.alloc(64);
          for (let i = 0; i < count; i++) {
            there.write(bytes);
            expect("the answer", (await answers.next()).value?.length, 64);
          }
          there.end();
          await answering;
        });
      },
    },
  },
];
