/**
 * NetworkListener: where a simulated host takes connections.
 */
import { ClosedError, type HeddleError } from "../../base/errors.js";
import { PENDING, type Future } from "../../future/poll.js";
import { Side } from "../side.js";
import { type Address, addressText, type NetworkStream } from "./stream.js";

/** Takes connections at one port of a simulated host. */
export class NetworkListener {
  readonly local: Address;
  readonly #accepts: Side;
  readonly #waiting: NetworkStream[] = [];
  readonly #onGone: () => void;
  #failure: (() => HeddleError) | null = null;

  /** @internal */
  constructor(local: Address, onGone: () => void) {
    this.local = local;
    this.#onGone = onGone;
    this.#accepts = new Side(`accept at ${addressText(local)}`);
  }

  /**
   * The next connection, in the order in which they came.
   *
   * **Cancel safety**: no connection is lost.
   *
   * @throws ClosedError `io.closed` after `close`, or when the host has crashed
   * @throws BusyError `io.busy` if another accept waits
   */
  accept(): Future<NetworkStream> {
    return this.#accepts.wait(() => {
      if (this.#failure !== null) throw this.#failure();
      return this.#waiting.shift() ?? PENDING;
    });
  }

  /** @internal */
  push(stream: NetworkStream): void {
    this.#waiting.push(stream);
    this.#accepts.wake();
  }

  /** Takes no more connections. Those that nobody has accepted are reset. */
  close(): void {
    this.#stop("it was closed");
  }

  /** @internal */
  crash(): void {
    this.#stop("this host crashed");
  }

  #stop(why: string): void {
    if (this.#failure !== null) return;
    this.#failure = () => new ClosedError("io.closed", `Cannot accept at ${addressText(this.local)}: ${why}`);
    this.#onGone();
    for (const stream of this.#waiting.splice(0)) stream.abandon();
    this.#accepts.wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
