/**
 * What holds of every kind of connection, with small chunks and large ones, reads and writes that are dropped wherever they are, and a side that does not read.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { after, describe, test } from "node:test";
import { notOnDeno } from "../base/hosts.kit.js";
import fc from "fast-check";
import { async, type Future, join, run, select, sleep, spawn, yieldNow } from "../index.js";
import { type AsyncRead, type AsyncWrite, copy, readToEnd, writeAll } from "../io.js";
import { Barrier } from "../sync.js";
import { TcpListener, TcpStream, TlsListener, TlsStream, UnixListener, UnixStream } from "../net.js";
import { CERTIFICATE, KEY } from "./certificate.kit.js";

type Stream = TcpStream | TlsStream | UnixStream;

const folder = mkdtempSync(joinPath(tmpdir(), "heddle-connections-"));
after(() => rmSync(folder, { recursive: true }));
let sockets = 0;

/** Both ends of a connection of each kind. */
const KINDS: Record<string, () => Future<[Stream, Stream]>> = {
  TcpStream: async(function* () {
    const listener = yield* TcpListener.bind("127.0.0.1:0");
    const both = yield* join(TcpStream.connect(listener.localAddress), listener.accept());
    listener.close();
    return both;
  }),
  TlsStream: async(function* () {
    const listener = yield* TlsListener.bind("127.0.0.1:0", { key: KEY, cert: CERTIFICATE });
    const both = yield* join(TlsStream.connect(listener.localAddress, { ca: CERTIFICATE }), listener.accept());
    listener.close();
    return both;
  }),
  UnixStream: async(function* () {
    const listener = yield* UnixListener.bind(joinPath(folder, `${++sockets}`));
    const both = yield* join(UnixStream.connect(listener.path), listener.accept());
    listener.close();
    return both;
  }),
};

/** Bytes that are nowhere the same for long. */
const pattern = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => (i * 7 + (i >> 8)) % 251);

/** How long a read or a write is let go on: not at all, to the next turn, for a while. */
const PATIENCE: readonly (() => Future<unknown>)[] = [() => sleep(0), () => yieldNow(), () => sleep(1)];
const patience = (plan: readonly number[], at: number): Future<unknown> => PATIENCE[plan[at % plan.length]! % 3]!();

/**
 * HOST: what is written on Deno 2.9 just when the end of the other side has come in, and nobody was told yet, fails with EPIPE. There both sides have
 * written all before either says so.
 */
const bothWritten = (): Barrier => new Barrier("Deno" in globalThis ? 2 : 1);

const writing = async(function* (to: AsyncWrite, bytes: Uint8Array, plan: readonly number[], written: Barrier) {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const most = 1 + ((plan[n % plan.length]! * 977) % 100_000);
    const won = yield* select({ taken: to.write(bytes.subarray(at, at + most)), dropped: patience(plan, n) });
    if (won.key === "taken") at += won.value;
  }
  if ("Deno" in globalThis) yield* to.flush();
  yield* written.wait();
  yield* to.shutdown();
});

const sendAll = async(function* (to: AsyncWrite, bytes: Uint8Array) {
  yield* writeAll(to, bytes);
  yield* to.shutdown();
});

const reading = async(function* (from: AsyncRead, plan: readonly number[]) {
  const parts: Uint8Array[] = [];
  for (let n = 0; ; n++) {
    const into = new Uint8Array(1 + ((plan[n % plan.length]! * 541) % 100_000));
    const won = yield* select({ length: from.read(into), dropped: patience(plan, n) });
    if (won.key === "dropped") continue;
    if (won.value === 0) return Buffer.concat(parts);
    parts.push(into.subarray(0, won.value));
  }
});

const plans = fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 });

for (const [name, connect] of Object.entries(KINDS))
  describe(
    name,
    { skip: name !== "TcpStream" && notOnDeno("much data over a Unix or TLS socket comes to a stop") },
    () => {
      test(`${name} loses nothing in either direction, wherever reads and writes are dropped`, async () => {
        const law = fc.asyncProperty(fc.nat(400_000), fc.nat(3000), plans, plans, async (there, back, one, other) => {
          const [long, short] = [pattern(there), pattern(back)];
          const main = async(function* () {
            const [a, b] = yield* connect();
            const written = bothWritten();
            try {
              const [, , received, answered] = yield* join(
                writing(a, long, one, written),
                writing(b, short, other, written),
                reading(b, one),
                reading(a, other),
              );
              assert.equal(Buffer.compare(received, long), 0);
              assert.equal(Buffer.compare(answered, short), 0);
            } finally {
              a[Symbol.dispose]();
              b[Symbol.dispose]();
            }
          });
          await run(main());
        });
        await fc.assert(law, { numRuns: 15 });
      });

      test(`copy() from ${name} to ${name} gives every byte in order, and reads no more ahead than is taken from it`, async () => {
        const bytes = pattern(20 * 2 ** 20);
        const main = async(function* () {
          const [source, here] = yield* connect();
          const [there, target] = yield* connect();
          const copying = spawn(
            async(function* () {
              const total = yield* copy(here, there);
              yield* there.shutdown();
              return total;
            })(),
          );
          const sending = spawn(sendAll(source, bytes));
          // Until nothing moves any more: nobody reads at the other end.
          for (let before = -1; before !== here.bytesRead;) {
            before = here.bytesRead;
            yield* sleep(100);
          }
          assert.ok(here.bytesRead < bytes.length, "the system took all of it: send more");
          // What was read and not handed over: a chunk that waits for room, and those that came before the source was told to wait.
          const held = here.bytesRead - there.bytesWritten;
          assert.ok(held <= 4 * 65_536, `${held} bytes are held here`);
          const received = yield* readToEnd(target);
          assert.equal(Buffer.compare(received, bytes), 0);
          assert.equal(yield* copying, bytes.length);
          yield* sending;
          for (const one of [source, here, there, target]) one[Symbol.dispose]();
        });
        await run(main());
      });
    },
  );
