/**
 * HttpResponse: the answer to a request, whose body is read with futures.
 */
import { AbortedError, ClosedError } from "../base/errors.js";
import { fromPromise } from "../future/from-promise.js";
import type { Future } from "../future/poll.js";
import type { Exchange } from "./exchange.js";
import { checkValidator, parseJson, validated, type Validator } from "./shape.js";

/**
 * The answer of a server: its status and headers are there, its body is still to be read, once.
 *
 * A body that nobody reads keeps its connection busy. Read it, or dispose of the response (`using response = yield* fetch(…)`).
 */
export class HttpResponse {
  /** The platform's response, for what is not here. */
  readonly raw: Response;
  readonly #exchange: Exchange;
  #isClosed = false;

  /** @internal */
  constructor(raw: Response, exchange: Exchange) {
    this.raw = raw;
    this.#exchange = exchange;
    if (raw.body === null) exchange.letGo();
  }

  get status(): number {
    return this.raw.status;
  }

  /** Whether the status is between 200 and 299. A response with another one is not an error by itself. */
  get ok(): boolean {
    return this.raw.ok;
  }

  get statusText(): string {
    return this.raw.statusText;
  }

  get headers(): Headers {
    return this.raw.headers;
  }

  /** Where the answer came from, after redirects. */
  get url(): string {
    return this.raw.url;
  }

  /**
   * Reads the body as text.
   *
   * **Cancel safety**: dropping it closes the connection; the body is lost.
   *
   * @throws ClosedError if the body was read before, DisconnectedError if the connection broke, AbortedError by the request's signal
   */
  text(): Future<string> {
    return this.#read((raw) => raw.text());
  }

  /** Reads the body as bytes. Otherwise as {@link text}. */
  bytes(): Future<Uint8Array> {
    return this.#read(async (raw) => new Uint8Array(await raw.arrayBuffer()));
  }

  /**
   * Reads the body as JSON, and has `validator` look at it.
   *
   * **Cancel safety**: as {@link text}.
   *
   * @param validator an object of the Standard Schema interface, or a function that returns the value it wants, and throws otherwise
   * @throws ShapeError `http.not-json` or `http.wrong-shape`, with the place and what was received; otherwise as {@link text}
   */
  json(): Future<unknown>;
  json<T>(validator: Validator<T>): Future<T>;
  json<T>(validator?: Validator<T>): Future<unknown> {
    if (validator !== undefined) checkValidator(validator);
    const { url } = this.#exchange;
    return this.#read(
      (raw) => raw.text(),
      async (text) => {
        const value = parseJson(text, url);
        return validator === undefined ? value : await validated(value, validator, url);
      },
    );
  }

  #read<B, T = B>(body: (raw: Response) => Promise<B>, then?: (body: B) => Promise<T>): Future<T> {
    return fromPromise(async (signal) => {
      const exchange = this.#exchange;
      if (this.#isClosed || this.raw.bodyUsed)
        throw new ClosedError(
          "http.body-over",
          `Cannot read the body of ${exchange.url}: it was ${this.#isClosed ? "disposed of" : "read before"}`,
          { help: "read it once, and keep what it gives" },
        );
      exchange.endWith(signal);
      let read;
      try {
        read = await body(this.raw);
      } catch (error) {
        throw exchange.failed("read the body of", error);
      }
      exchange.letGo();
      return then === undefined ? (read as unknown as T) : await then(read);
    });
  }

  /** Gives up the body: if it was not read to its end the connection is closed. */
  [Symbol.dispose](): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#exchange.end(new AbortedError());
  }
}
