/**
 * The options of `serve`, checked, and as node:http wants them.
 */
import type { ServerOptions } from "node:http";
import type { SecureContextOptions, TlsOptions } from "node:tls";
import { type Duration, toMilliseconds } from "../base/duration.js";
import { HeddleError, quote } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import { checkPort, checkSocketPath } from "../io/sockets.js";

/** The certificate of a server, and what it asks of its clients. */
export type ServeTls = SecureContextOptions & Pick<TlsOptions, "requestCert" | "rejectUnauthorized" | "SNICallback">;

/** Where a server listens, how long it lives, and what it allows. */
export interface ServeOptions {
  /** 0, the default, takes one that is free: `server.port` tells which. */
  port?: number | undefined;
  /** A name or an address of this machine. All of its addresses by default. */
  host?: string | undefined;
  /** A Unix socket, or a named pipe on Windows, instead of a port. */
  path?: string | undefined;
  /** Serves HTTPS: Node's own options for the certificate, `key` and `cert` or `pfx` at least, and whether clients are to show one. */
  tls?: ServeTls | undefined;
  /** How many connections the system keeps waiting to be accepted. 511. */
  backlog?: number | undefined;
  /** The server outlives the task that started it, until it is shut down, disposed of, or the runtime is shut down. */
  detached?: boolean | undefined;
  /** Drops the server when it is aborted. */
  signal?: AbortSignal | undefined;
  /**
   * Takes the error of a handler, and may answer the request; without an answer the client gets status 500. What it throws is the task's error.
   *
   * Also takes, and what it gives is not used then: the error of an answer that cannot be sent, such as one with a character that no header may have (the client
   * gets status 500); the error of a body that is a stream and breaks off while it is sent (the connection is closed); and, without a request, an error of the server itself, such as that no descriptor is left for a connection.
   *
   * Without it errors are those of tasks that nobody joins: the runtime's `onUnhandled` takes them.
   */
  onError?: ((error: unknown, request: Request | undefined) => Response | undefined | void) | undefined;
  /** Connections at once; those beyond it are closed when they come. As many as the system allows. */
  maxConnections?: number | undefined;
  /** Bytes of all headers of a request. 16 KiB; status 431 beyond it. */
  maxHeaderSize?: number | undefined;
  /** Requests that one connection may make one after the other. No limit. */
  maxRequestsPerConnection?: number | undefined;
  /** How long a client may take to send its headers. 60 s; status 408 after it. */
  headerTimeout?: Duration | undefined;
  /** How long a client may take to send a whole request, its body included. 300 s; status 408 after it. */
  requestTimeout?: Duration | undefined;
  /** How long a connection may be idle between two requests. 5 s. */
  keepAliveTimeout?: Duration | undefined;
  /**
   * False leaves the global `Request` and `Response` the platform's. By default a server puts the adaptor's in their place, for the whole program,
   * which are the same to use and halve the cost of a request.
   */
  replaceGlobals?: boolean | undefined;
}

const KNOWN: Record<keyof ServeOptions, string> = {
  port: "number",
  host: "string",
  path: "string",
  tls: "object",
  backlog: "number",
  detached: "boolean",
  signal: "object",
  onError: "function",
  maxConnections: "number",
  maxHeaderSize: "number",
  maxRequestsPerConnection: "number",
  headerTimeout: "number object",
  requestTimeout: "number object",
  keepAliveTimeout: "number object",
  replaceGlobals: "boolean",
};

const COUNTS = ["backlog", "maxConnections", "maxHeaderSize", "maxRequestsPerConnection"] as const;

/** How often node:http looks for connections that are late, at most and at least. */
const LOOKS = { seldom: 30_000, often: 20 };

/** @throws TypeError or RangeError if the handler or an option cannot be used */
export function checkServe(handler: unknown, options: ServeOptions): void {
  if (typeof handler !== "function")
    throw new TypeError(
      `Cannot serve as 'handler' must be a function: received ${quote(handler)}\nhelp: serve((request) => new Response("hello"))`,
    );
  checkOptions(options, "serve", "{ port: 8080 }");
  for (const [key, value] of Object.entries(options)) {
    const types = (KNOWN as Record<string, string>)[key];
    if (types === undefined)
      throw new TypeError(
        `Cannot serve as '${key}' is not an option\nhelp: the options are ${Object.keys(KNOWN).join(", ")}`,
      );
    if (value !== undefined && !types.split(" ").includes(typeof value))
      throw new TypeError(
        `Cannot serve as '${key}' must be of type ${types.replaceAll(" ", " or ")}: received ${quote(value)}`,
      );
  }
  const { port = 0, path } = options;
  checkPort(port, "serve");
  if (path !== undefined && (options.port ?? options.host) !== undefined)
    throw new TypeError("Cannot serve as 'path' and 'port' or 'host' exclude each other: received both");
  if (path !== undefined) checkSocketPath(path, "serve");
  for (const key of COUNTS) {
    const count = options[key];
    if (count !== undefined && !(Number.isInteger(count) && count >= 1))
      throw new RangeError(`Cannot serve as '${key}' must be an integer >= 1: received ${quote(count)}`);
  }
  checkCertificate(options.tls);
  nodeOptions(options);
}

function checkCertificate(tls: ServeTls | undefined): void {
  if (tls === undefined || tls?.pfx !== undefined || (tls?.key !== undefined && tls.cert !== undefined)) return;
  if (tls?.SNICallback !== undefined) return;
  throw new HeddleError("net.no-certificate", "Cannot serve with TLS: there is no certificate", {
    help: "pass tls: { key, cert } in PEM format, or { pfx }",
  });
}

/** What node:https is made with besides. A client that does not come to an end with its handshake is as late as with its headers. */
export function tlsOptions(tls: ServeTls, { headersTimeout }: ServerOptions): TlsOptions {
  return { ...tls, ...(headersTimeout ? { handshakeTimeout: headersTimeout } : {}) };
}

/** What node:http is made with. Its limits go by the time of the host, whatever clock the runtime has. */
export function nodeOptions(options: ServeOptions): ServerOptions {
  const { headerTimeout, requestTimeout = 300_000, keepAliveTimeout = 5000, maxHeaderSize } = options;
  const whole = toMilliseconds(requestTimeout, "serve", "requestTimeout");
  const headers = toMilliseconds(headerTimeout ?? Math.min(60_000, whole), "serve", "headerTimeout");
  const node: ServerOptions = {
    requestTimeout: finite(whole),
    headersTimeout: finite(Math.min(headers, whole)),
    keepAliveTimeout: finite(toMilliseconds(keepAliveTimeout, "serve", "keepAliveTimeout")),
    connectionsCheckingInterval: Math.min(LOOKS.seldom, Math.max(LOOKS.often, Math.ceil(Math.min(headers, whole) / 4))),
  };
  return maxHeaderSize === undefined ? node : { ...node, maxHeaderSize };
}

// HOST: 0 is no limit to node:http.
const finite = (milliseconds: number): number => (milliseconds === Infinity ? 0 : Math.max(1, Math.ceil(milliseconds)));
