import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { test } from "node:test";
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import { run } from "../runtime/run.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { fromNodeDuplex } from "./node-duplex.js";

/** Both ends of a real connection. */
async function connected(allowHalfOpen: boolean): Promise<[Socket, Socket]> {
  const server = createServer({ allowHalfOpen }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const accepted = once(server, "connection");
  const client = connect({ port: (server.address() as AddressInfo).port, allowHalfOpen });
  const [socket] = (await accepted) as [Socket];
  server.close();
  return [client, socket];
}

async function closed(...sockets: Socket[]): Promise<void> {
  for (const socket of sockets) if (!socket.closed) await once(socket, "close");
}

const readAll = async(function* (reader: AsyncRead) {
  const into = new Uint8Array(30_000);
  let text = "";
  for (let n; (n = yield* reader.read(into)) > 0;) text += Buffer.from(into.subarray(0, n)).toString();
  return text;
});

const writeAll = async(function* (writer: AsyncWrite, text: string) {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length;) at += yield* writer.write(bytes.subarray(at));
});

test("fromNodeDuplex() half-closes a socket: the answer still comes", async () => {
  const sockets = await connected(true);
  const [client, server] = [fromNodeDuplex(sockets[0]), fromNodeDuplex(sockets[1])];
  const question = "q".repeat(500_000);
  const asking = async(function* () {
    yield* writeAll(client, question);
    yield* client.shutdown();
    return yield* readAll(client);
  });
  const answering = async(function* () {
    const asked = yield* readAll(server);
    yield* writeAll(server, `${asked.length} bytes`);
    yield* server.shutdown();
    return asked === question;
  });
  assert.deepEqual(await run(join(asking(), answering())), ["500000 bytes", true]);
  await closed(...sockets);
});

test("fromNodeDuplex() bounds what a writer can have under way to a peer that does not read", async () => {
  const [client, server] = await connected(true);
  const writer = fromNodeDuplex(client);
  let taken = 0;
  const flooding = async(function* () {
    const block = new Uint8Array(65_536);
    for (;;) taken += yield* writer.write(block);
  });
  const controller = new AbortController();
  const flood = run(flooding(), { signal: controller.signal }).catch((error: Error) => error.name);
  // Until nothing moves any more: the buffers of the system are full.
  for (let before = -1; before !== taken || client.writableLength === 0;) {
    before = taken;
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
  }
  assert.ok(client.writableLength <= client.writableHighWaterMark + 65_536, `${client.writableLength} bytes are held`);
  controller.abort();
  assert.equal(await flood, "AbortError");
  writer[Symbol.dispose]();
  server.destroy();
});

test("fromNodeDuplex() gives DisconnectedError in both directions after a reset", async () => {
  const [client, server] = await connected(true);
  const duplex = fromNodeDuplex(client);
  server.resetAndDestroy();
  const codes: unknown[] = [];
  for (const attempt of [
    () => duplex.read(new Uint8Array(1)),
    () => duplex.write(new Uint8Array(1)),
    () => duplex.shutdown(),
  ])
    codes.push(await run<unknown>(attempt()).catch((error: { code: string }) => error.code));
  assert.deepEqual(codes, ["io.disconnected", "io.disconnected", "io.disconnected"]);
});

test("fromNodeDuplex() says who ended a socket that does not stay half-open", async () => {
  const [client, server] = await connected(false);
  const duplex = fromNodeDuplex(client);
  server.end();
  assert.equal(await run(duplex.read(new Uint8Array(1))), 0);
  const error = await run(duplex.write(new Uint8Array(1))).catch((error: Error) => error.message);
  assert.equal(error, "Cannot write to the stream: it was ended elsewhere");
  await closed(client, server);
});
