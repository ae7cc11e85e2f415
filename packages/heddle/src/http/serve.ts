/**
 * `serve`: an HTTP server that has a task for each request.
 */
import type { RequestListener, Server } from "node:http";
import type { ServerOptions as SecureOptions } from "node:https";
import { HeddleError } from "../base/errors.js";
import { async } from "../future/async.js";
import { fromCallback, fromPromise } from "../future/from-promise.js";
import { type Pinned, pin } from "../future/pin.js";
import type { Future } from "../future/poll.js";
import { pollFn } from "../future/ready.js";
import { badCertificate } from "../io/sockets.js";
import { currentRuntime } from "../runtime/run.js";
import { adapt } from "./adaptor.js";
import { Closed } from "./closed.js";
import { checkServe, nodeOptions, type ServeOptions, tlsOptions } from "./serve-options.js";
import { type OutgoingAnswer, outgoingOf } from "./outgoing.js";
import type { Handler } from "./served-request.js";
import { HttpServer } from "./server.js";
import { ServerLife } from "./server-life.js";
import { answerSwitch } from "./upgrade.js";

/**
 * Serves HTTP, and is ready when the server listens. `handler` takes a web-standard `Request` and gives a `Response`, as a heddle future, as a
 * promise, or at once; so what is written for other such servers runs on it, as a Hono app: `serve(app.fetch)`.
 *
 * Each request is a task of its own, called `GET /path`. When its client goes before the answer is complete, the task is aborted, so its
 * cleanups run, and `request.signal` is aborted, for native code. Bodies are streams with back-pressure in both directions.
 *
 * The error of a handler is answered with status 500, and is the error of its task, which nobody joins: `onUnhandled` of the runtime takes it,
 * or the option `onError`.
 *
 * `OPTIONS *`, which asks about the server as a whole, comes to the handler as `OPTIONS /`. HOST: Bun refuses it with status 400.
 *
 * With `tls` it speaks HTTPS, and its WebSockets are `wss:`.
 *
 * The server belongs to the task that awaits `serve`. When that task ends, however it does, the server is dropped: connections are closed and
 * requests aborted, and the task is over when their cleanups are. With `detached` it belongs to the runtime.
 *
 * HOST: it needs the package `@hono/node-server`, which is loaded when the first server starts. A client that sends more than the handler
 * reads is seen to go only when the handler reads on: the host does not look at a connection that waits for it.
 *
 * **Cancel safety**: dropped before it is ready, it listens no more.
 *
 * @param handler is called in the task of the request
 * @throws TypeError or RangeError if the handler or an option cannot be used
 * @throws HeddleError `http.cannot-listen` if the address cannot be had, `http.no-adaptor` if the package is missing,
 *   `net.no-certificate` if `tls` has none, `net.bad-certificate` if it cannot be used
 *
 * @example Hello
 * ```ts
 * import { async, run, sleep } from "heddle";
 * import { fetch, serve } from "heddle/http";
 *
 * const main = async(function* () {
 *   const server = yield* serve(function* (request) {
 *     yield* sleep(1);
 *     return new Response(`hello ${new URL(request.url).pathname}`);
 *   });
 *   const response = yield* fetch(`${server.url}/world`);
 *   console.log(response.status, yield* response.text());
 *   yield* server.shutdown({ timeout: 1000 });
 * });
 * await run(main());
 * // prints: 200 hello /world
 * ```
 */
export function serve(handler: Handler, options: ServeOptions = {}): Future<HttpServer> {
  checkServe(handler, options);
  return start(handler, options);
}

const start = async(function* (handler: Handler, options: ServeOptions) {
  const engine = currentRuntime()!;
  const life = new ServerLife(engine, handler, options);
  life.adapted = yield* fromPromise(() =>
    adapt(
      {
        serve: (request, { outgoing }) => (outgoing as OutgoingAnswer).owner!.handle(request),
        refuse: () => new Response("Bad Request", { status: 400 }),
      },
      options.replaceGlobals ?? true,
    ),
  );
  const answer = life.answer.bind(life);
  // Imported here, so that pages can load the front door.
  const { createServer, ServerResponse } = yield* fromPromise(() => import("node:http"));
  const Outgoing = outgoingOf(ServerResponse);
  const node = { ...nodeOptions(options), ServerResponse: Outgoing };
  const http =
    options.tls === undefined
      ? createServer(node, answer)
      : secured(yield* fromPromise(() => import("node:https")), { ...node, ...tlsOptions(options.tls, node) }, answer);
  http.maxConnections = options.maxConnections ?? http.maxConnections;
  http.maxRequestsPerSocket = options.maxRequestsPerConnection ?? 0;
  http.on("upgrade", (incoming, socket, head) => answerSwitch(answer, incoming, new Outgoing(incoming), socket, head));
  life.take(http, options.tls === undefined ? "connection" : "secureConnection");
  yield* listening(http, options);
  const address = http.address()!;
  life.began();
  const owner = keeper(life);
  if (options.detached === true) engine.spawn(owner, { name: "http server" });
  else yield* begun(pin(owner));
  return new HttpServer(life, address, options.tls === undefined ? "http" : "https");
});

function secured(https: typeof import("node:https"), options: SecureOptions, answer: RequestListener): Server {
  try {
    return https.createServer(options, answer);
  } catch (error) {
    throw unusable(error);
  }
}

const unusable = (error: unknown): unknown => badCertificate("serve with TLS", error, "tls: { key, cert }");

/** Is dropped when the server is to be. */
const keeper = async(function* (life: ServerLife) {
  try {
    yield* new Closed(life);
  } finally {
    life.drop("the task that started the server is over");
    yield* new Closed(life);
  }
});

/** Polls it once: from then on it is the task's, which drops it when it ends. */
function begun(pinned: Pinned<void>): Future<void> {
  return pollFn((cx) => void pinned.poll(cx));
}

function listening(http: Server, { port = 0, host, path, backlog }: ServeOptions): Future<void> {
  return fromCallback((resolve, reject) => {
    const where = path ?? `${host ?? "*"}:${port}`;
    const onError = (cause: NodeJS.ErrnoException): void => {
      // HOST: Bun looks at it only now.
      const error = unusable(cause);
      reject(error === cause ? cannotListen(where, cause) : error);
    };
    http.once("error", onError);
    http.listen({ ...(path === undefined ? { port, host } : { path }), backlog }, () => {
      http.off("error", onError);
      resolve();
    });
    return () => {
      http.on("error", () => {});
      http.close();
    };
  });
}

const REASONS: Record<string, readonly [problem: string, help: string]> = {
  EADDRINUSE: ["another one listens there", "stop that one, or choose another port; 0 takes a free one"],
  EACCES: ["this user may not listen there", "choose a port above 1023, or another path"],
  EADDRNOTAVAIL: ["this machine has no such address", "leave 'host' out to listen at all addresses of this machine"],
  ENOTFOUND: ["there is no such host", "leave 'host' out to listen at all addresses of this machine"],
};

function cannotListen(where: string, cause: NodeJS.ErrnoException): HeddleError {
  const [problem, help] = REASONS[cause.code ?? ""] ?? [cause.message, undefined];
  return new HeddleError("http.cannot-listen", `Cannot listen at ${where}: ${problem} (${cause.code})`, {
    cause,
    help,
  });
}
