import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createServer as createSecureServer } from "node:tls";
import type { Future } from "../future/poll.js";
import { leavesNothing, tellsSockets } from "../io/opening.kit.js";
import { CERTIFICATE, KEY } from "./certificate.kit.js";
import { lookupHost } from "./lookup-host.js";
import { TcpListener } from "./tcp-listener.js";
import { TcpStream } from "./tcp-stream.js";
import { TlsListener, TlsStream } from "./tls.js";
import { UdpSocket } from "./udp-socket.js";
import { UnixListener, UnixStream } from "./unix.js";

const PATH = join(tmpdir(), `heddle-opening-${process.pid}`);
const IDENTITY = { key: KEY, cert: CERTIFICATE };

/** Closes what a client has closed. */
const quiet = (socket: Socket): void => void socket.on("error", () => {}).resume();
const plain = () => createServer(quiet);
const secure = () => createSecureServer(IDENTITY, quiet);

/** What opens something, and what has to listen meanwhile, where. */
const OPENERS: Record<string, [open: (port: number) => Future<any>, server?: () => Server, path?: string]> = {
  "TcpListener.bind()": [() => TcpListener.bind(["192.0.2.1:0", "127.0.0.1:0"])],
  "TlsListener.bind()": [() => TlsListener.bind("127.0.0.1:0", IDENTITY)],
  "UnixListener.bind()": [() => UnixListener.bind(PATH)],
  "UdpSocket.bind()": [() => UdpSocket.bind("127.0.0.1:0")],
  "lookupHost()": [() => lookupHost("localhost:80")],
  "TcpStream.connect()": [(port) => TcpStream.connect({ host: "127.0.0.1", port }), plain],
  "TlsStream.connect()": [(port) => TlsStream.connect({ host: "localhost", port }, { ca: CERTIFICATE }), secure],
  "UnixStream.connect()": [() => UnixStream.connect(PATH), plain, PATH],
};

for (const [name, [open, server, path]] of Object.entries(OPENERS))
  test(`${name} leaves no socket, wherever it is dropped`, { skip: !tellsSockets }, async () => {
    const listening = server?.().listen(path === undefined ? { port: 0 } : { path });
    if (listening !== undefined) await once(listening, "listening");
    const port = (listening?.address() as AddressInfo | undefined)?.port ?? 0;
    assert.ok((await leavesNothing(() => open(port))) > 0);
    listening?.close();
  });
