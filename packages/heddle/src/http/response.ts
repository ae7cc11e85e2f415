/**
 * HttpResponse: the answer to a request, whose body is read with futures.
 */
import { AbortedError, ClosedError, HeddleError } from "../base/errors.js";
import { async } from "../future/async.js";
import { fromPromise } from "../future/from-promise.js";
import type { END, Future } from "../future/poll.js";
import type { AsyncRead } from "../io/async-read.js";
import { Chunks } from "../io/iterables.js";
import { Iteration } from "../io/iteration.js";
import { empty } from "../io/nothing.js";
import { fromReadableStream, type WebReader } from "../io/web-reader.js";
import type { Exchange } from "./exchange.js";
import { checkValidator, parseJson, type StandardSchema, validated, type Validator } from "./shape.js";

/** How many bytes a piece of a body has at most. */
const PIECE = 65_536;

/**
 * The answer of a server: its status and headers are there, its body is still to be read, once: as a whole, with {@link HttpResponse.text} and its
 * like, or as it comes, with {@link HttpResponse.next}, or as the source of bytes that it is. What is not asked for is not fetched: a slow reader
 * makes the server wait.
 *
 * A body that nobody reads keeps its connection busy. Read it, or dispose of the response (`using response = yield* fetch(…)`). One that is forgotten is
 * disposed of when it is garbage-collected.
 */
export class HttpResponse implements AsyncRead, AsyncIterable<Uint8Array>, Disposable {
  readonly #raw: Response;
  readonly #exchange: Exchange;
  #reader: WebReader | null = null;
  #chunks: Chunks | null = null;
  #isClosed = false;

  /** @internal */
  constructor(raw: Response, exchange: Exchange) {
    this.#raw = raw;
    this.#exchange = exchange;
    if (raw.body === null) exchange.letGo();
    else exchange.endWhenCollected(this);
  }

  /** The platform's response, for what is not here. */
  get raw(): Response {
    this.#exchange.isTaken();
    return this.#raw;
  }

  get status(): number {
    return this.#raw.status;
  }

  /** Whether the status is between 200 and 299. A response with another one is not an error by itself. */
  get ok(): boolean {
    return this.#raw.ok;
  }

  get statusText(): string {
    return this.#raw.statusText;
  }

  get headers(): Headers {
    return this.#raw.headers;
  }

  /** Where the answer came from, after redirects. */
  get url(): string {
    return this.#raw.url;
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
  // By itself, and first: a schema that is a function as well says here what it gives.
  json<T>(schema: StandardSchema<T>): Future<T>;
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

  /**
   * Reads some of the body, as every source of bytes does.
   *
   * **Cancel safety**: nothing is lost. The connection stays open until the body was read or the response is disposed of.
   *
   * @throws BusyError `io.busy` if another read is under way; otherwise as {@link text}
   */
  read(into: Uint8Array): Future<number> {
    return HttpResponse.#reading.call(this, into);
  }

  static readonly #reading = async(function* read(this: HttpResponse, into: Uint8Array) {
    try {
      const length = yield* this.#source().read(into);
      if (length === 0 && into.length > 0) this.#exchange.letGo();
      return length;
    } catch (error) {
      // Heddle's own are about this reader, the platform's about the connection.
      throw error instanceof HeddleError ? error : this.#exchange.failed("read the body of", error);
    }
  });

  /**
   * The next piece of the body; {@link END} at its end.
   *
   * **Cancel safety**: as {@link read}.
   */
  next(): Future<Uint8Array | typeof END> {
    this.#chunks ??= new Chunks(this, PIECE);
    return this.#chunks.next();
  }

  /** The pieces of the body for `for await`, outside of tasks. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array, undefined> {
    return new Iteration(this);
  }

  #source(): AsyncRead {
    if (this.#isClosed) throw this.#over();
    if (this.#reader !== null) return this.#reader;
    if (this.#raw.body === null) return empty();
    if (this.#raw.bodyUsed) throw this.#over();
    return (this.#reader = fromReadableStream(this.#raw.body));
  }

  #over(): ClosedError {
    return new ClosedError(
      "http.body-over",
      `Cannot read the body of ${this.#exchange.url}: it was ${this.#isClosed ? "disposed of" : "read before"}`,
      { help: "read it once, and keep what it gives" },
    );
  }

  #read<B, T = B>(body: (raw: Response) => Promise<B>, then?: (body: B) => Promise<T>): Future<T> {
    return fromPromise(async (signal) => {
      const exchange = this.#exchange;
      if (this.#isClosed || this.#raw.bodyUsed || this.#reader !== null) throw this.#over();
      exchange.endWith(signal);
      exchange.isTaken();
      let read;
      try {
        read = await body(this.#raw);
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
    this.#reader?.[Symbol.dispose]();
  }
}
