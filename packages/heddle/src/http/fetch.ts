/**
 * `fetch`: the platform's, as a lazy future that is cancelled by dropping it.
 */
import { quote } from "../base/errors.js";
import { fromPromise } from "../future/from-promise.js";
import type { Future } from "../future/poll.js";
import { Exchange } from "./exchange.js";
import { HttpResponse } from "./response.js";

/** What the platform's `fetch` takes. Its `signal` aborts the request and the reading of the body. */
export type FetchOptions = RequestInit;

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
  return fromPromise(async (dropped) => {
    const signals = [init?.signal, input instanceof Request ? input.signal : null].filter((signal) => signal != null);
    const exchange = new Exchange(url, signals);
    exchange.endWith(dropped);
    const request = requestOf(input, { ...init, signal: exchange.signal }, url);
    try {
      return new HttpResponse(await globalThis.fetch(request), exchange);
    } catch (error) {
      throw exchange.failed("fetch", error);
    }
  });
}

/** The URL for messages, without credentials. */
function urlOf(input: string | URL | Request): string {
  let url;
  try {
    const base = (globalThis as { location?: { href: string } }).location?.href;
    url = new URL(input instanceof Request ? input.url : input, base);
  } catch (cause) {
    throw new TypeError(
      `Cannot fetch as 'input' must be an absolute URL: received ${quote(input)}\nhelp: write it with its scheme, as in http://localhost:8080/`,
      { cause },
    );
  }
  url.username = url.password = "";
  const { href } = url;
  return href.length > 200 ? `${href.slice(0, 199)}…` : href;
}

function requestOf(input: string | URL | Request, init: RequestInit, url: string): Request {
  try {
    return new Request(input, init);
  } catch (cause) {
    throw new TypeError(`Cannot fetch ${url}: ${(cause as Error).message}`, { cause });
  }
}
