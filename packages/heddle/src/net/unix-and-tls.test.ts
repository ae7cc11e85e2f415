/**
 * Unix sockets and TLS: they are connections as TCP has them, so only what is their own is tested here.
 */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import { join as joinPath } from "node:path";
import { after, test } from "node:test";
import tls from "node:tls";
import { async, fromPromise, type Future, type HeddleError, join, run } from "../index.js";
import { lookupHost, TlsListener, TlsStream, UnixListener, UnixStream } from "../net.js";
import { CERTIFICATE, KEY } from "./certificate.kit.js";

const folder = mkdtempSync(joinPath(tmpdir(), "heddle-net-"));
after(() => rmSync(folder, { recursive: true }));

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

const readText = async(function* (from: UnixStream | TlsStream) {
  const parts: Uint8Array[] = [];
  const into = new Uint8Array(4096);
  for (let length; (length = yield* from.read(into)) > 0;) parts.push(into.slice(0, length));
  return String(Buffer.concat(parts));
});

const caught = async(function* (future: Future<unknown>): Generator<any, HeddleError, any> {
  try {
    yield* future;
  } catch (error) {
    return error as HeddleError;
  }
  return assert.fail("it did not fail");
});

test("UnixListener and UnixStream speak to each other and to Node, and the file goes with the listener", async () => {
  const path = joinPath(folder, "socket");
  await run(
    async(function* () {
      const listener = yield* UnixListener.bind(path);
      assert.equal(listener.path, path);
      const [client, server] = yield* join(UnixStream.connect(path), listener.accept());
      yield* client.write(bytes("ours"));
      yield* client.shutdown();
      assert.equal(yield* readText(server), "ours");
      const native = net.connect(path).end("node's");
      const accepted = yield* listener.accept();
      assert.equal(yield* readText(accepted), "node's");
      for (const stream of [client, server, accepted]) stream[Symbol.dispose]();
      native.destroy();
      listener.close();
      assert.equal(existsSync(path), false);
    })(),
  );
});

test("UnixListener.bind() and UnixStream.connect() say what is in the way, or missing", async () => {
  const path = joinPath(folder, "file");
  writeFileSync(path, "");
  await run(
    async(function* () {
      assert.equal((yield* caught(UnixListener.bind(path))).code, "net.in-use");
      const missing = yield* caught(UnixStream.connect(joinPath(folder, "none")));
      assert.equal(missing.code, "net.refused");
      assert.match(missing.message, /^Cannot connect to ".*none": there is no such socket file$/);
    })(),
  );
  assert.throws(() => UnixStream.connect(""), { name: "TypeError" });
  // Longer ones were cut off, so that two of them were one.
  const long = joinPath(folder, "x".repeat(108));
  const most = /must have at most 10\d bytes on this system: received one of \d+\nhelp: use a shorter one/;
  assert.throws(() => UnixStream.connect(long), { name: "RangeError", message: most });
  assert.throws(() => UnixListener.bind(long), { name: "RangeError", message: most });
  assert.throws(() => UnixListener.bind(7 as never), { name: "TypeError", message: /received 7$/ });
});

test("TlsListener and TlsStream speak to each other, with the protocol they agree on", async () => {
  await run(
    async(function* () {
      const listener = yield* TlsListener.bind("127.0.0.1:0", {
        key: KEY,
        cert: CERTIFICATE,
        ALPNProtocols: ["one", "two"],
      });
      const { port } = listener.localAddress;
      const [client, server] = yield* join(
        TlsStream.connect(`localhost:${port}`, { ca: CERTIFICATE, ALPNProtocols: ["two"] }),
        listener.accept(),
      );
      assert.equal(client.version, "TLSv1.3");
      assert.deepEqual([client.protocol, server.protocol], ["two", "two"]);
      assert.equal(client.peerCertificate?.subject.CN, "localhost");
      assert.equal(server.peerCertificate, undefined);
      assert.equal(client.peerAddress?.port, port);
      assert.equal(client.localAddress?.port, server.peerAddress?.port);
      yield* client.write(bytes("a secret"));
      yield* client.shutdown();
      assert.equal(yield* readText(server), "a secret");
      yield* server.write(bytes("an answer"));
      yield* server.shutdown();
      assert.equal(yield* readText(client), "an answer");
      client[Symbol.dispose]();
      server[Symbol.dispose]();
      listener.close();
    })(),
  );
});

test("TlsStream.connect() trusts nobody that it was not told to trust, and no other name", async () => {
  await run(
    async(function* () {
      const listener = yield* TlsListener.bind("127.0.0.1:0", { key: KEY, cert: CERTIFICATE });
      const { port } = listener.localAddress;
      const untrusted = yield* caught(TlsStream.connect(`127.0.0.1:${port}`));
      assert.equal(untrusted.code, "net.untrusted");
      assert.match(
        untrusted.message,
        /^Cannot connect to 127\.0\.0\.1:\d+ with TLS: its certificate is not trusted: self.signed/,
      );
      const other = yield* caught(
        TlsStream.connect(`127.0.0.1:${port}`, { ca: CERTIFICATE, serverName: "example.org" }),
      );
      assert.equal(other.code, "net.untrusted");
      const [client, server] = yield* join(
        TlsStream.connect(`127.0.0.1:${port}`, { rejectUnauthorized: false }),
        listener.accept(),
      );
      client[Symbol.dispose]();
      server[Symbol.dispose]();
      listener.close();
    })(),
  );
});

test("TlsListener serves a client of Node's, and goes on after one that speaks no TLS", async () => {
  await run(
    async(function* () {
      const listener = yield* TlsListener.bind("127.0.0.1:0", { key: KEY, cert: CERTIFICATE });
      const { port } = listener.localAddress;
      const stranger = net.connect(port, "127.0.0.1", () => stranger.write("GET / HTTP/1.0\r\n\r\n"));
      yield* fromPromise(
        new Promise((resolve) =>
          stranger
            .on("close", resolve)
            .on("error", () => {})
            .resume(),
        ),
      );
      const native = tls.connect({ port, host: "127.0.0.1", ca: CERTIFICATE }, () => native.end("from node"));
      const server = yield* listener.accept();
      assert.equal(yield* readText(server), "from node");
      server[Symbol.dispose]();
      native.destroy();
      listener.close();
    })(),
  );
});

test("TlsListener.bind() without a certificate is refused at the call", () => {
  assert.throws(() => TlsListener.bind(":0", {}), { code: "net.no-certificate" });
});

test("TlsListener.close() closes those who have not proven themselves, and no others", async () => {
  await run(
    async(function* () {
      const listener = yield* TlsListener.bind("127.0.0.1:0", { key: KEY, cert: CERTIFICATE });
      const { port } = listener.localAddress;
      const [client, server] = yield* join(
        TlsStream.connect(`127.0.0.1:${port}`, { ca: CERTIFICATE }),
        listener.accept(),
      );
      const silent = net.connect(port, "127.0.0.1").resume();
      const isClosed = new Promise((resolve) => silent.on("error", () => {}).on("close", resolve));
      // Node has it as soon as the next one is accepted.
      const [other, another] = yield* join(
        TlsStream.connect(`127.0.0.1:${port}`, { ca: CERTIFICATE }),
        listener.accept(),
      );
      listener.close();
      yield* fromPromise(isClosed);
      // The others live on.
      yield* client.write(bytes("still"));
      yield* client.shutdown();
      assert.equal(yield* readText(server), "still");
      for (const stream of [client, server, other, another]) stream[Symbol.dispose]();
    })(),
  );
});

test("TlsListener and TlsStream say what is wrong with their options", async () => {
  const start = /: a certificate or a key cannot be used: no start line\nhelp: pass \{ key, cert, ca \}/;
  const listener = await run(TlsListener.bind("127.0.0.1:0", { key: KEY, cert: CERTIFICATE }));
  const { port } = listener.localAddress;
  const bad = { key: "key.pem", cert: "certificate.pem" };
  for (const future of [TlsListener.bind("127.0.0.1:0", bad), TlsStream.connect(`127.0.0.1:${port}`, bad)]) {
    const { code, message } = await run(caught(future));
    assert.equal(code, "net.bad-certificate");
    assert.match(message, start);
  }
  listener.close();
  assert.throws(() => TlsListener.bind(":0", { key: KEY, cert: CERTIFICATE, backlog: -1 }), {
    name: "RangeError",
    message: "Cannot listen as 'backlog' must be an integer >= 1: received -1",
  });
});

test("TlsStream.connect() to what speaks no TLS says so", async () => {
  const server = net.createServer((socket) =>
    socket
      .on("error", () => {})
      .resume()
      .end("220 hello\r\n"),
  );
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as net.AddressInfo;
  const error = await run(caught(TlsStream.connect(`127.0.0.1:${port}`)));
  assert.match(error.message, /^Cannot connect to 127\.0\.0\.1:\d+ with TLS: what it answers is no TLS$/);
  server.close();
});

test("lookupHost() gives addresses, or says that there is no such host", async () => {
  assert.deepEqual(await run(lookupHost("127.0.0.1:80")), [{ host: "127.0.0.1", port: 80 }]);
  const local = await run(lookupHost({ host: "localhost", port: 1 }));
  assert.ok(local.some(({ host }) => host === "127.0.0.1" || host === "::1"));
  await assert.rejects(run(lookupHost("no-such-host.invalid:1")), (error: HeddleError) => {
    assert.match(error.message, /^Cannot look no-such-host\.invalid up: /);
    return error.code === "net.unknown-host";
  });
});
