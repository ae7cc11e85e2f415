/**
 * `upgrade`: a request of a server becomes a WebSocket.
 *
 *     node:http "upgrade" ──► answerSwitch ──► adaptor ──► handler ──► upgrade(request, talk) ──► its Response, a mere token
 *                                                                                                    │
 *                    the task goes on with talk(socket) ◄── ws shakes hands ◄── converse ◄───────────┘
 *
 * Any other Response to such a request is written as usual, and the connection closed after it.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import type { Duration } from "../base/duration.js";
import { HeddleError } from "../base/errors.js";
import { async } from "../future/async.js";
import { fromPromise } from "../future/from-promise.js";
import type { Future } from "../future/poll.js";
import { MAX_MESSAGE_SIZE } from "./connect.js";
import { heartbeatOf } from "./heartbeat.js";
import { awaited } from "./given.js";
import { WebSocket } from "./websocket.js";
import { loadWs } from "./ws.js";
import type { WsSocket } from "./ws-socket.js";

/** What is done with a WebSocket. When it is over the socket is closed. */
export type Talk = (socket: WebSocket) => Future<unknown> | PromiseLike<unknown> | void;

/** What a WebSocket of a server is made with. */
export interface UpgradeOptions {
  /** The subprotocol that was chosen among those the client offers, in its header `sec-websocket-protocol`. */
  protocol?: string | undefined;
  /** Bytes of a message at most; a longer one breaks the connection. 16 MiB. */
  maxMessageSize?: number | undefined;
  /**
   * When nothing was heard of the client for so long, it is asked (a ping); when nothing comes for as long again, the connection is broken. So a client that is gone without
   * a word is noticed after two to three times as long; one that reads nothing for so long counts as gone too. 30 s; `false`: never.
   */
  heartbeat?: Duration | false | undefined;
}

/** @internal A connection that may become a WebSocket, and what is to be done with it. */
export interface Switch {
  readonly socket: Duplex;
  /** What the client has sent already. */
  readonly head: Buffer;
  talk: Talk | null;
  options: UpgradeOptions;
}

const SWITCH: unique symbol = Symbol("heddle.switch");

interface Switchable {
  [SWITCH]?: Switch;
}

/**
 * Makes a WebSocket of a request. Give the handler's server what this gives; then `talk` is called with the socket, in the task of the request, and
 * when it is over the socket is closed: with 1000, or with 1011 after an error.
 *
 * A request that does not ask for a WebSocket is answered with status 426. Whether the client may have one, by its `origin` say, is the
 * handler's to decide before.
 *
 * A client that goes does not abort the task, because messages of it may still be there to be read: `next()` gives them, and then the end.
 *
 * @param request the one that the handler was given, not a copy
 * @throws HeddleError `http.wrong-request` if it is another one
 *
 * @example As one route of several
 * ```ts
 * import { async, run } from "heddle";
 * import { connect, fetch, serve, upgrade } from "heddle/http";
 *
 * const main = async(function* () {
 *   const server = yield* serve((request) =>
 *     request.url.endsWith("/greet")
 *       ? upgrade(request, (socket) => socket.send("hello"))
 *       : new Response("there is nothing here", { status: 404 }),
 *   );
 *   const socket = yield* connect(`${server.url}/greet`);
 *   console.log(yield* socket.next());
 *   const response = yield* fetch(`${server.url}/greet`);
 *   console.log(response.status);
 * });
 * await run(main());
 * // prints: hello
 * // prints: 426
 * ```
 */
export function upgrade(request: Request, talk: Talk, options: UpgradeOptions = {}): Response {
  heartbeatOf(options.heartbeat, "upgrade");
  const way = (request as Switchable)[SWITCH];
  if (way !== undefined) {
    way.talk = talk;
    way.options = options;
    return new Response(null);
  }
  if (request.headers.get("upgrade")?.toLowerCase() === "websocket")
    throw new HeddleError(
      "http.wrong-request",
      "Cannot upgrade this request as it must be the one that serve() gave: it is another one",
      {
        help: "pass on the handler's own request, not a copy; in Hono it is c.req.raw",
      },
    );
  return new Response("Upgrade Required", { status: 426, headers: { connection: "upgrade", upgrade: "websocket" } });
}

/** Has a request that came as node:http's event "upgrade" answered like any other. @param outgoing is for it, and has no socket yet */
export function answerSwitch(
  answer: RequestListener,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  socket: Duplex,
  head: Buffer,
): void {
  // HOST: node:http listens to this socket no more. Without a listener an error of it would end the process.
  socket.on("error", () => {});
  // An answer to an earlier request is under way: the client could not tell the two apart.
  if ((socket as { _httpMessage?: unknown })._httpMessage) return void socket.destroy();
  (incoming as Switchable)[SWITCH] = { socket, head, talk: null, options: {} };
  outgoing.shouldKeepAlive = false;
  outgoing.assignSocket(socket as IncomingMessage["socket"]);
  outgoing.once("finish", () => {
    outgoing.detachSocket(socket as IncomingMessage["socket"]);
    (socket as IncomingMessage["socket"]).destroySoon();
  });
  answer(incoming, outgoing);
}

/** The switch of a request, if it has one; `request` can be upgraded then. */
export function switchOf(incoming: IncomingMessage, request: Request): Switch | null {
  if ((incoming as { upgrade?: boolean }).upgrade !== true) return null;
  return ((request as Switchable)[SWITCH] = (incoming as Switchable)[SWITCH]) ?? null;
}

/** The task of a request goes on with its WebSocket. @param opened is told of it, and that no answer will be written */
export const converse = async(function* (
  { socket, head, talk, options }: Switch,
  { incoming, outgoing }: { incoming: IncomingMessage; outgoing: ServerResponse },
  opened: (websocket: WebSocket) => void,
) {
  const { WebSocketServer } = yield* fromPromise(loadWs);
  outgoing.detachSocket(socket as IncomingMessage["socket"]);
  // The adaptor goes on listening to it, for `request.signal`.
  socket.once("close", () => outgoing.emit("close"));
  const library = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    perMessageDeflate: false,
    maxPayload: options.maxMessageSize ?? MAX_MESSAGE_SIZE,
    handleProtocols: () => options.protocol ?? false,
  });
  let websocket: WebSocket | undefined;
  // It calls back at once, or never: then it has refused a malformed handshake itself, with status 400.
  library.handleUpgrade(incoming, socket, head, (ws) => {
    websocket = new WebSocket(ws as WsSocket, heartbeatOf(options.heartbeat, "upgrade"));
  });
  if (websocket === undefined) return;
  opened(websocket);
  let code = 0;
  try {
    yield* awaited(talk!(websocket));
    code = 1000;
  } catch (error) {
    code = 1011;
    if (!websocket.isGoodbye(error)) throw error;
  } finally {
    if (code === 0) websocket[Symbol.dispose]();
    else websocket.beginClose(code, "");
  }
});
