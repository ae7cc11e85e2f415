/**
 * `connect`: a WebSocket to a server.
 */
import type { Socket } from "node:net";
import type { ConnectionOptions, SecureContextOptions } from "node:tls";
import type { Duration } from "../base/duration.js";
import { DisconnectedError, quote } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import { async } from "../future/async.js";
import { fromCallback, fromPromise } from "../future/from-promise.js";
import type { Future } from "../future/poll.js";
import { heartbeatOf } from "./heartbeat.js";
import { explain } from "./problems.js";
import { WebSocket } from "./websocket.js";
import { loadWs } from "./ws.js";
import type { WsSocket } from "./ws-socket.js";

/** What a WebSocket is asked for with. */
export interface ConnectOptions {
  /** The subprotocols to choose from, the dearest first. */
  protocols?: readonly string[] | undefined;
  /** Headers of the request. */
  headers?: Record<string, string> | undefined;
  /** Bytes of a message at most; a longer one breaks the connection. 16 MiB. */
  maxMessageSize?: number | undefined;
  /**
   * When nothing was heard of the server for so long, it is asked (a ping); when nothing comes for as long again, the connection is broken. So a server that is gone without
   * a word is noticed after two to three times as long; one that reads nothing for so long counts as gone too. 30 s; `false`: never.
   */
  heartbeat?: Duration | false | undefined;
  /** For `wss:`: what a certificate is trusted by, or shown. */
  tls?: (SecureContextOptions & Pick<ConnectionOptions, "rejectUnauthorized" | "servername">) | undefined;
}

/** Unless options say otherwise. */
export const MAX_MESSAGE_SIZE = 16 * 1024 * 1024;

/**
 * Opens a WebSocket, and is ready when the server has agreed. HOST: it needs the package `ws`, which is loaded at the first call.
 *
 * **Cancel safety**: dropped before it is ready, the connection is closed.
 *
 * @param url `ws:` or `wss:`; `http:` and `https:` mean the same
 * @throws TypeError if the URL or an option cannot be used
 * @throws DisconnectedError if there is no connection: `http.no-upgrade` if the server refuses, else the codes of `fetch`
 * @throws HeddleError `http.no-ws` if the package is missing
 *
 * @example A server that shouts back
 * ```ts
 * import { async, END, run } from "heddle";
 * import { connect, serve, upgrade, type WebSocket } from "heddle/http";
 *
 * const shout = async(function* (socket: WebSocket) {
 *   for (;;) {
 *     const message = yield* socket.next();
 *     if (message === END) return;
 *     yield* socket.send(String(message).toUpperCase());
 *   }
 * });
 * const main = async(function* () {
 *   const server = yield* serve((request) => upgrade(request, shout));
 *   const socket = yield* connect(server.url);
 *   yield* socket.send("hello");
 *   console.log(yield* socket.next());
 *   const { code } = yield* socket.close();
 *   console.log(code);
 * });
 * await run(main());
 * // prints: HELLO
 * // prints: 1000
 * ```
 */
export function connect(url: string | URL, options: ConnectOptions = {}): Future<WebSocket> {
  checkOptions(options, "connect", "{ headers: { … } }");
  return start(checked(url), options, heartbeatOf(options.heartbeat, "connect"));
}

const start = async(function* (
  url: URL,
  { protocols, headers, maxMessageSize, tls }: ConnectOptions,
  heartbeat: number,
) {
  const { WebSocket: Ws } = yield* fromPromise(loadWs);
  return yield* fromCallback<WebSocket>((resolve, reject) => {
    const where = textOf(url);
    const ws = opening(where, () => {
      const limits = { maxPayload: maxMessageSize ?? MAX_MESSAGE_SIZE, perMessageDeflate: false };
      return new Ws(url, [...(protocols ?? [])], { ...tls, headers, ...limits });
    });
    // HOST: on Bun it does not tell its socket, and then keeps the process alive while it is open.
    let socket: Socket | undefined;
    ws.once("upgrade", (response) => {
      if (typeof (response.socket as Partial<Socket> | undefined)?.unref === "function") socket = response.socket;
    });
    ws.once("open", () => resolve(new WebSocket(ws as WsSocket, heartbeat, socket)));
    ws.once("unexpected-response", (request, { statusCode }) => {
      reject(
        new DisconnectedError(
          "http.no-upgrade",
          `Cannot connect to ${where}: the server answered with status ${statusCode}`,
          {
            help: "correct the path of the URL, or what the server wants to let you in",
          },
        ),
      );
      request.destroy();
    });
    // Afterwards it says nothing new, but an error that nobody hears would end the process.
    ws.on("error", (cause) => {
      const [code, problem, help] = explain(cause);
      reject(new DisconnectedError(code, `Cannot connect to ${where}: ${problem}`, { cause, help }));
    });
    return () => ws.terminate();
  });
});

/** @throws TypeError if the options make no request */
function opening<W>(where: string, open: () => W): W {
  try {
    return open();
  } catch (cause) {
    throw new TypeError(`Cannot connect to ${where}: ${(cause as Error).message}`, { cause });
  }
}

const SCHEMES = new Set(["ws:", "wss:", "http:", "https:"]);

function checked(input: string | URL): URL {
  const url = URL.canParse(input) ? new URL(input) : null;
  if (url !== null && SCHEMES.has(url.protocol)) {
    url.protocol = url.protocol.replace("http", "ws");
    url.hash = "";
    return url;
  }
  throw new TypeError(
    `Cannot connect as 'url' must be the URL of a WebSocket: received ${quote(input instanceof URL ? input.href : input)}` +
      "\nhelp: write it with its scheme, as in ws://localhost:8080/",
  );
}

/** For messages: without credentials. */
function textOf(url: URL): string {
  const { href } = Object.assign(new URL(url), { username: "", password: "" });
  return href.length > 200 ? `${href.slice(0, 199)}…` : href;
}
