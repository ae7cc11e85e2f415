/**
 * The adaptor: makes a web-standard Request of a message of node:http, and writes a Response to it. The one file that names it.
 *
 * It is the package `@hono/node-server`, an optional peer dependency that is loaded when the first server starts. Measured on Node 20, in
 * microseconds of the server's CPU time for one small answer: node:http alone 14, with this adaptor 15, with `@whatwg-node/server` 17; with
 * the platform's own Response 31 and 41. So the adaptor's own Response is used, as it does by default.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { HeddleError } from "../base/errors.js";

/** Answers one message. */
export type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>;

/** The answer to come, as the adaptor awaits it: a promise without its cost. */
export interface Answer {
  then(onFulfilled: (response: Response) => void): void;
}

/** What the handler's side of the adaptor has to be. `serve` is called once for each message; what it gives is awaited, unless it is there. */
export interface Answering {
  readonly serve: (
    request: Request,
    message: { incoming: IncomingMessage; outgoing: ServerResponse },
  ) => Answer | Response;
  /** The message can be made no Request of: its answer instead of a bare 400. Nothing when `serve` was called, and gave no Response. */
  readonly refuse: (error: unknown) => Response | undefined;
}

export interface Adapted {
  /** For node:http. */
  readonly listener: Listener;
  /** The body of a response, if it is a stream. */
  readonly streamOf: (response: Response) => ReadableStream | null;
}

/** Makes a listener for node:http. @param ownResponse whether the global `Request` and `Response` become the adaptor's */
export async function adapt({ serve, refuse }: Answering, ownResponse: boolean): Promise<Adapted> {
  const { getRequestListener } = await load();
  const { Request, Response } = globalThis;
  const listener = getRequestListener(serve as never, {
    errorHandler: refuse,
    overrideGlobalObjects: ownResponse,
    // Of a client that names none, as those of HTTP/1.0 need not.
    hostname: "localhost",
  });
  recognise(globalThis.Request, Request);
  recognise(globalThis.Response, Response);
  const listen = listener as Listener;
  return {
    listener: (incoming, outgoing) => {
      // `OPTIONS *` asks the server, not a resource: its URI has an empty path (RFC 9112, 3.3), which a URL writes as "/". The adaptor refuses it.
      if (incoming.url === "*" && incoming.method === "OPTIONS") incoming.url = "/";
      return listen(incoming, outgoing);
    },
    streamOf: streams(),
  };
}

/**
 * How to find the body of a response if that is a stream. Not by `response.body` alone: that makes a whole Response of one of the adaptor's, which keeps no more
 * than its status, body and headers until then.
 */
function streams(): Adapted["streamOf"] {
  const symbols = Object.getOwnPropertySymbols(new Response(""));
  const parts = symbols.find(({ description }) => description === "cache") as keyof Response | undefined;
  return (response) => {
    const own = parts === undefined ? undefined : (response[parts] as unknown as unknown[] | undefined);
    // A list is made Headers by the adaptor where nobody hears of a mistake in it: do it here.
    if (own !== undefined && Array.isArray(own[2])) void response.headers;
    const body = own === undefined ? response.body : own[1];
    return typeof (body as ReadableStream | null)?.getReader === "function" ? (body as ReadableStream) : null;
  };
}

/**
 * Tells when a body is over that the adaptor writes, and with what error.
 *
 * HOST: the adaptor (2.1) closes the connection when there is one, prints it, and tells nobody. It awaits `closed` of the reader for that.
 */
export function watchBody(body: ReadableStream, watcher: { bodyOver(error: unknown): void }): void {
  const getReader = body.getReader.bind(body);
  body.getReader = ((options?: any) => {
    const reader = getReader(options);
    const closed = reader.closed.then(
      () => watcher.bodyOver(null),
      (error: unknown) => watcher.bodyOver(error),
    );
    return Object.defineProperty(reader, "closed", { value: closed });
  }) as typeof body.getReader;
}

async function load(): Promise<typeof import("@hono/node-server")> {
  try {
    return await import("@hono/node-server");
  } catch (cause) {
    throw new HeddleError(
      "http.no-adaptor",
      'Cannot serve HTTP without the package "@hono/node-server": it cannot be loaded',
      {
        cause,
        help: "install it, and what it needs: npm install @hono/node-server hono",
      },
    );
  }
}

// HOST: the adaptor's classes (2.1) derive from the platform's. Without this `instanceof Response`, once they stand in the place of those, is
// false for the answer of a `fetch`, which is the platform's.
function recognise(derived: Function, platform: Function): void {
  if (derived === platform || Object.hasOwn(derived, Symbol.hasInstance)) return;
  Object.defineProperty(derived, Symbol.hasInstance, { value: (value: unknown) => value instanceof (platform as any) });
}
