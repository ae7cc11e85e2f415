/**
 * `fetch`: the platform's, as a lazy future that is cancelled by dropping it.
 */
import { type Duration, toMilliseconds } from "../base/duration.js";
import { DisconnectedError, quote } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import { fromPromise } from "../future/from-promise.js";
import type { Future } from "../future/poll.js";
import { Exchange } from "./exchange.js";
import { outgoing, type RequestBody } from "./request-body.js";
import { HttpResponse } from "./response.js";

/** What the platform's `fetch` takes, and more. Its `signal` aborts the request and the reading of the body. */
export interface FetchOptions extends Omit<RequestInit, "body"> {
  /** What the platform's takes; or a source of bytes, or an async iterable of bytes and text, which are asked as the server takes them. */
  body?: RequestBody | undefined;
  /** How long all of it may take, from the first poll until the body of the answer was read. It fails with ElapsedError then. */
  timeout?: Duration | undefined;
}

/**
 * Makes a request, and is ready when the server has answered with its status and headers. Whatever the status, that is a success.
 *
 * Nothing is sent before it is polled. Connections are the platform's: kept open and used again.
 *
 * **Cancel safety**: dropping it aborts the request and closes its connection. Whether the server acted on the request is then unknown.
 *
 * @param input an absolute URL; in pages also a relative one
 * @returns the response, whose body is read with futures as well
 * @throws TypeError if the URL or the options cannot be used
 * @throws DisconnectedError if there is no answer: `http.refused`, `http.unknown-host`, `http.disconnected`, `http.failed`
 * @throws what the source of a body fails with
 * @throws ElapsedError `http.elapsed` if `init.timeout` is over
 * @throws AbortedError if `init.signal` is aborted
 *
 * @example Typed JSON from a server
 * ```ts
 * import { async, run } from "heddle";
 * import { fetch } from "heddle/http";
 *
 * const main = async(function* () {
 *   const response = yield* fetch("data:application/json,[1,2,3]");
 *   const numbers = yield* response.json((value) => {
 *     if (Array.isArray(value)) return value as number[];
 *     throw new Error("expected an array");
 *   });
 *   return `${response.status} ${numbers.length}`;
 * });
 * console.log(await run(main()));
 * // prints: 200 3
 * ```
 */
export function fetch(input: string | URL | Request, init?: FetchOptions): Future<HttpResponse> {
  const url = urlOf(input);
  checkOptions(init ?? undefined, "fetch", '{ method: "POST", body: "…" }');
  const { timeout, body, ...rest } = init ?? {};
  const limit = timeout === undefined ? Infinity : toMilliseconds(timeout, "fetch", "timeout");
  return fromPromise(async (dropped) => {
    const signals = [init?.signal, input instanceof Request ? input.signal : null].filter((signal) => signal != null);
    const exchange = new Exchange(url, signals);
    exchange.endWith(dropped);
    const { init: sent, end, failure } = outgoing(body);
    exchange.signal.addEventListener("abort", end, { once: true });
    const request = requestOf(input, { ...rest, ...sent, signal: exchange.signal }, exchange);
    exchange.request = request;
    if (limit < Infinity) exchange.endAfter(limit);
    try {
      return new HttpResponse(await globalThis.fetch(request), exchange);
    } catch (error) {
      const failed = exchange.failed("fetch", error);
      // Not the other side's doing: the source's own error, unless it was ended from here.
      throw failed instanceof DisconnectedError ? (failure() ?? { error: failed }).error : failed;
    }
  });
}

/** The URL for messages. */
// Without its scheme `localhost:8080/` is a URL all the same: its scheme is "localhost:".
const HOST_AND_PORT = /^[\w.-]+:\d+(?:\/|$)/;

function urlOf(input: string | URL | Request): string {
  let url;
  try {
    if (typeof input === "string" && HOST_AND_PORT.test(input)) throw new TypeError("Invalid URL");
    const base = (globalThis as { location?: { href: string } }).location?.href;
    url = new URL(input instanceof Request ? input.url : input, base);
  } catch (cause) {
    throw new TypeError(
      `Cannot fetch as 'input' must be an absolute URL: received ${quote(input)}\nhelp: write it with its scheme, as in http://localhost:8080/`,
      { cause },
    );
  }
  // The hosts differ: some refuse it, some send it.
  if (url.username !== "" || url.password !== "")
    throw new TypeError(
      `Cannot fetch as 'input' must be a URL without credentials: received one for ${quote(url.host)} with a user or a password` +
        '\nhelp: pass them as a header: { headers: { authorization: "Basic …" } }',
    );
  const { href } = url;
  return href.length > 200 ? `${href.slice(0, 199)}…` : href;
}

function requestOf(input: string | URL | Request, init: RequestInit, exchange: Exchange): Request {
  try {
    return new Request(input, init);
  } catch (cause) {
    exchange.letGo();
    throw new TypeError(`Cannot fetch ${exchange.url}: ${(cause as Error).message}`, { cause });
  }
}
