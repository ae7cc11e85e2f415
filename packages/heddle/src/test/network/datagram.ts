/**
 * DatagramSocket: messages between simulated hosts that may be lost, and that may overtake each other.
 */
import { ClosedError, type HeddleError } from "../../base/errors.js";
import { PENDING, type Future } from "../../future/poll.js";
import { Side } from "../side.js";
import { type Address, addressText } from "./stream.js";

/** One message, and where it came from. */
export interface Datagram {
  readonly bytes: Uint8Array;
  readonly from: Address;
}

/** Hands a datagram to the wire. */
export type Carry = (bytes: Uint8Array, to: Address) => void;

// What comes when so many wait is lost.
const MOST_WAITING = 1024;

/** Sends and receives datagrams at one port of a simulated host. */
export class DatagramSocket {
  readonly local: Address;
  readonly #sends: Side;
  readonly #receives: Side;
  readonly #waiting: Datagram[] = [];
  readonly #carry: Carry;
  readonly #onGone: () => void;
  #failure: (() => HeddleError) | null = null;

  /** @internal */
  constructor(local: Address, carry: Carry, onGone: () => void) {
    this.local = local;
    this.#carry = carry;
    this.#onGone = onGone;
    this.#sends = new Side(`send from ${addressText(local)}`);
    this.#receives = new Side(`receive at ${addressText(local)}`);
  }

  /**
   * Sends one datagram. It is ready at once; nobody says whether it arrives.
   *
   * **Cancel safety**: one that is dropped was not sent.
   *
   * @throws ClosedError `io.closed` after `close`, or when the host has crashed
   */
  sendTo(bytes: Uint8Array, host: string, port: number): Future<void> {
    return this.#sends.wait(() => {
      if (this.#failure !== null) throw this.#failure();
      this.#carry(bytes.slice(), { host, port });
    });
  }

  /**
   * The next datagram, in the order in which they arrived. 1,024 may wait here; what comes then is lost.
   *
   * **Cancel safety**: nothing is lost.
   *
   * @throws ClosedError `io.closed` after `close`, or when the host has crashed
   * @throws BusyError `io.busy` if another one waits
   */
  recvFrom(): Future<Datagram> {
    return this.#receives.wait(() => {
      if (this.#failure !== null) throw this.#failure();
      return this.#waiting.shift() ?? PENDING;
    });
  }

  /** @internal */
  arrive(datagram: Datagram): void {
    if (this.#waiting.length < MOST_WAITING) this.#waiting.push(datagram);
    this.#receives.wake();
  }

  /** Sends and receives no more. */
  close(): void {
    this.#stop("it was closed");
  }

  /** @internal */
  crash(): void {
    this.#stop("this host crashed");
  }

  #stop(why: string): void {
    if (this.#failure !== null) return;
    this.#failure = () => new ClosedError("io.closed", `Cannot use the socket at ${addressText(this.local)}: ${why}`);
    this.#waiting.length = 0;
    this.#onGone();
    this.#receives.wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
