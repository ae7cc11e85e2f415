/**
 * HttpServer: a server that listens, as its owner sees it. How it lives is `server-life.ts`.
 */
import type { AddressInfo } from "node:net";
import { type Duration, toMilliseconds } from "../base/duration.js";
import { async } from "../future/async.js";
import { Context } from "../future/context.js";
import { PENDING, type Future } from "../future/poll.js";
import { Closed } from "./closed.js";
import type { ServerLife } from "./server-life.js";

const finish = async(function* (life: ServerLife, limit: number) {
  life.drain(limit);
  yield* new Closed(life);
});

/** A server that listens. Made by `serve`, which has an example. */
export class HttpServer {
  readonly #life: ServerLife;
  readonly #address: AddressInfo | string;
  readonly #scheme: "http" | "https";

  /** @internal */
  constructor(life: ServerLife, address: AddressInfo | string, scheme: "http" | "https") {
    this.#life = life;
    this.#address = address;
    this.#scheme = scheme;
  }

  /** Where it listens; 0 on a Unix socket. */
  get port(): number {
    return typeof this.#address === "string" ? 0 : this.#address.port;
  }

  /** The address it listens at, such as `::` for all of them, or the path of its Unix socket. */
  get address(): string {
    return typeof this.#address === "string" ? this.#address : this.#address.address;
  }

  /** For clients on this machine: `http://localhost:8080`, or `https://…` with TLS. Empty on a Unix socket. */
  get url(): string {
    const { address, port } = this;
    if (port === 0) return "";
    const everywhere = address === "::" || address === "0.0.0.0" || address === "::1" || address === "127.0.0.1";
    return `${this.#scheme}://${everywhere ? "localhost" : address.includes(":") ? `[${address}]` : address}:${port}`;
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#life.connections;
  }

  /** How many requests are being answered. */
  get requests(): number {
    return this.#life.requests;
  }

  /**
   * Waits until it is closed: it accepts nothing more, its last connection is closed, and the last task of a request is over with its cleanups.
   *
   * **Cancel safety**: dropping the wait changes nothing.
   */
  closed(): Future<void> {
    return new Closed(this.#life);
  }

  /**
   * Shuts it down gracefully: it accepts nothing more and closes idle connections, each other connection after the answer that is under way;
   * WebSockets are told that the server goes (1001). What is not over in time is dropped. Ready when all is closed.
   *
   * **Cancel safety**: dropping the wait does not take the shutdown back, nor its time limit.
   *
   * @param options.timeout how long requests may still take; for ever by default. Called again, the last limit holds
   * @throws TypeError or RangeError if it is no duration
   */
  shutdown(options?: { timeout?: Duration | undefined }): Future<void> {
    const { timeout } = options ?? {};
    return finish(this.#life, timeout === undefined ? Infinity : toMilliseconds(timeout, "shut down", "timeout"));
  }

  /** Drops it: connections are closed, and tasks of requests aborted, at once. Their cleanups still run. */
  [Symbol.dispose](): void {
    this.#life.drop("the server was disposed of");
  }

  /** The same, and waits until it is closed. */
  [Symbol.asyncDispose](): Promise<void> {
    this[Symbol.dispose]();
    return new Promise((resolve) => {
      if (new Closed(this.#life).poll(new Context({ wake: resolve })) !== PENDING) resolve();
    });
  }
}
