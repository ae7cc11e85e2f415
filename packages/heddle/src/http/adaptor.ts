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

/** Makes a listener for node:http. @param ownResponse whether the global `Request` and `Response` become the adaptor's */
export async function adapt({ serve, refuse }: Answering, ownResponse: boolean): Promise<Listener> {
  const { getRequestListener } = await load();
  const { Request, Response } = globalThis;
  const listener = getRequestListener(serve as never, { errorHandler: refuse, overrideGlobalObjects: ownResponse });
  recognise(globalThis.Request, Request);
  recognise(globalThis.Response, Response);
  return listener as Listener;
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
