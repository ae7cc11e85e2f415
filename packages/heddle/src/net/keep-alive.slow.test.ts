/**
 * What keeps a program alive that has sockets: who waits, and not what is open. Each program is a process of its own, and ends by itself or is killed.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { commandOf } from "../base/program.kit.js";
import { promisify } from "node:util";
import { CERTIFICATE, KEY } from "./certificate.kit.js";

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const IMPORTS = `
import { async, join, pending, run, sleep, spawn } from ${url("../index.js")};
import { writeAll } from ${url("../io.js")};
import { TcpListener, TcpStream, TlsListener, TlsStream, UdpSocket, UnixListener, UnixStream } from ${url("../net.js")};
const tls = ${JSON.stringify({ cert: CERTIFICATE, key: KEY })}, ca = tls.cert;
const kept = [], keep = (...values) => (kept.push(...values), values);
`;

const options = {
  encoding: "utf8",
  env: { ...process.env, NODE_OPTIONS: "", HEDDLE_WARNINGS: "" },
  timeout: 20_000,
} as const;
const commandFor = (body: string): [string, string[]] =>
  commandOf(`${IMPORTS} await run(async(function* () { ${body} })()); console.log("over");`);

/** Runs the body of a main task in a process of its own. What it printed. */
const printed = (body: string): string => execFileSync(...commandFor(body), options);

/** The same, while this process goes on. */
const printedLater = async (body: string): Promise<string> =>
  (await promisify(execFile)(...commandFor(body), options)).stdout;

/** A listener, and a connect that has not begun. */
const KINDS: Record<string, string> = {
  TcpStream: `const l = yield* TcpListener.bind("127.0.0.1:0"); const c = TcpStream.connect(l.localAddress);`,
  TlsStream: `const l = yield* TlsListener.bind("127.0.0.1:0", tls); const c = TlsStream.connect(l.localAddress, { ca });`,
};

test("A listener, and connections of which nobody reads, do not keep the program alive", () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-"));
  const at = JSON.stringify(join(folder, "socket"));
  const kinds = {
    ...KINDS,
    UnixStream: `const l = yield* UnixListener.bind(${at}); const c = UnixStream.connect(l.path);`,
  };
  try {
    for (const setup of Object.values(kinds))
      assert.equal(
        printed(`${setup} const [a, b] = keep(...(yield* join(c, l.accept()))); keep(l);
          yield* join(writeAll(a, "hello"), b.read(new Uint8Array(9)));`),
        "over\n",
      );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("A connection that nobody accepts does not keep the program alive", () => {
  assert.equal(printed(`${KINDS["TcpStream"]} keep(l, yield* c); yield* sleep(20);`), "over\n");
});

test("UdpSocket does not keep the program alive; a recv() that waits does, until it is dropped", () => {
  assert.equal(
    printed(`const [socket] = keep(yield* UdpSocket.bind("127.0.0.1:0"));
      setTimeout(() => run(UdpSocket.bind("127.0.0.1:0")).then((other) => run(other.sendTo(new Uint8Array(3), socket.localAddress))), 50).unref();
      console.log((yield* socket.recv()).length);
      const dropped = spawn(socket.recv());
      yield* sleep(5);
      dropped.abort();`),
    "3\nover\n",
  );
});

test("accept(), read() and peek() keep the program alive while they wait", () => {
  const later = "const later = (future) => setTimeout(() => run(future), 50).unref(), into = new Uint8Array(9);";
  for (const setup of Object.values(KINDS))
    assert.equal(
      printed(`${later} ${setup} later(c);
        keep(l, yield* l.accept());
        console.log("accepted");`),
      "accepted\nover\n",
    );
  for (const setup of Object.values(KINDS))
    assert.equal(
      printed(`${later} ${setup} const [a, b] = keep(...(yield* join(c, l.accept())));
        later(writeAll(a, "hello"));
        console.log(yield* b.peek(into), yield* b.read(into));
        later(writeAll(b, "hi"));
        console.log(yield* a.read(into));`),
      "5 5\n2\nover\n",
    );
});

test("SocketStream.write(): what was taken is sent before the program ends", async () => {
  let received = 0;
  const server = createServer((socket) => socket.on("data", ({ length }) => (received += length))).listen(
    0,
    "127.0.0.1",
  );
  const ended = once(server, "connection").then(([socket]) => once(socket as Socket, "end"));
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const program = `const [c] = keep(yield* TcpStream.connect("127.0.0.1:${port}")); yield* writeAll(c, new Uint8Array(5_000_000));`;
  assert.equal(await printedLater(program), "over\n");
  await ended;
  server.close();
  assert.equal(received, 5_000_000);
});
