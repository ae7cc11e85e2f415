/**
 * NetworkStream: one end of a simulated connection.
 *
 *     write ──window──► route ──latency──► received ──► read
 *       ▲                                                │
 *       └─────────── window opens ◄──latency── route ────┘
 *
 * | this end            | reads give                  | writes                      | the other end         |
 * | ------------------- | --------------------------- | --------------------------- | --------------------- |
 * | open                | what arrives                | wait for the window         | open                  |
 * | shut down           | what arrives                | ClosedError                 | reads to its end      |
 * | closed              | ClosedError                 | ClosedError                 | reads to its end; is  |
 * |                     |                             |                             | reset if it writes    |
 * | reset               | DisconnectedError           | DisconnectedError           | closed, or crashed    |
 */
import { ClosedError, DisconnectedError, type HeddleError, quote } from "../../base/errors.js";
import { PENDING, type Future, type Poll } from "../../future/poll.js";
import type { AsyncRead } from "../../io/async-read.js";
import type { AsyncWrite } from "../../io/async-write.js";
import { Side } from "../side.js";
import { Route, type Wire } from "./wire.js";

/** Where one end of a connection is. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** An address as messages call it: `server:80`. */
export function addressText({ host, port }: Address): string {
  return `${host}:${port}`;
}

/** One end of a simulated connection. */
export class NetworkStream implements AsyncRead, AsyncWrite {
  readonly local: Address;
  readonly peer: Address;
  readonly #route: Route;
  readonly #reads: Side;
  readonly #writes: Side;
  /** @internal The other end. Only `connect` writes it. */
  other: NetworkStream | null = null;
  /** What has arrived and was not read. */
  readonly #received: Uint8Array[] = [];
  /** How many bytes may be sent before the other end has read some. */
  #window: number;
  #hasEnded = false;
  #isShutDown = false;
  #isClosed = false;
  /** Why nothing goes on here. */
  #failure: (() => HeddleError) | null = null;
  readonly #onGone: () => void;

  /** @internal */
  constructor(wire: Wire, local: Address, peer: Address, window: number, onGone: () => void) {
    this.local = local;
    this.peer = peer;
    this.#window = window;
    this.#onGone = onGone;
    this.#route = new Route(wire, local.host, peer.host);
    this.#reads = new Side(`read from ${this}`);
    this.#writes = new Side(`write to ${this}`);
  }

  /** @internal Makes two ends one connection. */
  static connect(one: NetworkStream, other: NetworkStream): void {
    one.other = other;
    other.other = one;
  }

  /** `the connection of client:49152 with server:80` */
  toString(): string {
    return `the connection of ${addressText(this.local)} with ${addressText(this.peer)}`;
  }

  /**
   * Reads what has arrived.
   *
   * **Cancel safety**: nothing is lost.
   *
   * @throws DisconnectedError `io.disconnected` when the other end has crashed, or was closed before it had read everything
   * @throws ClosedError `io.closed` after `close`
   * @throws BusyError `io.busy` if another read waits
   */
  read(into: Uint8Array): Future<number> {
    return this.#reads.wait(() => this.#take(into));
  }

  /**
   * Sends some of `bytes`: as many as the window has room for. Waits while it has none, until the other end has read.
   *
   * **Cancel safety**: a write that is dropped has sent nothing.
   *
   * @throws DisconnectedError `io.disconnected` when the other end has crashed or was closed
   * @throws ClosedError `io.closed` after `shutdown` or `close`
   * @throws BusyError `io.busy` if another write waits
   */
  write(bytes: Uint8Array): Future<number> {
    return this.#writes.wait(() => this.#put(bytes));
  }

  /** Ready at once: what was written is on its way. */
  flush(): Future<void> {
    return this.#writes.wait(() => this.#mustWork());
  }

  /** Says that no more will come: the other end reads to its end, when all that was written has arrived. Reads go on. */
  shutdown(): Future<void> {
    return this.#writes.wait(() => {
      this.#mustWork();
      this.#end();
    });
  }

  /**
   * Ends both directions. The other end still reads all that was written; it is reset if it writes, or if something that it wrote was not read
   * here.
   */
  close(): void {
    if (this.#isClosed || this.#failure !== null) return;
    this.#isClosed = true;
    const hasUnread = this.#received.length > 0;
    this.#fail(() => new ClosedError("io.closed", `Cannot use ${this}: it was closed on this side`));
    if (hasUnread) this.#sendReset();
    else this.#end();
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #mustWork(): void {
    if (this.#failure !== null) throw this.#failure();
  }

  #end(): void {
    if (this.#isShutDown) return;
    this.#isShutDown = true;
    this.#route.send(() => {
      this.other!.#hasEnded = true;
      this.other!.#reads.wake();
    });
  }

  #put(bytes: Uint8Array): Poll<number> {
    this.#mustWork();
    if (this.#isShutDown)
      throw new ClosedError("io.closed", `Cannot write to ${this}: it was shut down`, {
        help: "write before shutdown()",
      });
    if (!ArrayBuffer.isView(bytes))
      throw new TypeError(`Cannot write to ${this} as 'bytes' must be a Uint8Array: received ${quote(bytes)}`);
    if (bytes.length === 0) return 0;
    const sent = bytes.slice(0, this.#window);
    if (sent.length === 0) return PENDING;
    this.#window -= sent.length;
    this.#route.send(() => this.other!.#arrive(sent));
    return sent.length;
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#isClosed) this.#sendReset();
    if (this.#failure !== null) return;
    this.#received.push(bytes);
    this.#reads.wake();
  }

  #take(into: Uint8Array): Poll<number> {
    this.#mustWork();
    if (into.length === 0) return 0;
    let count = 0;
    while (count < into.length && this.#received.length > 0) {
      const first = this.#received[0]!;
      const taken = first.subarray(0, into.length - count);
      into.set(taken, count);
      count += taken.length;
      if (taken.length === first.length) this.#received.shift();
      else this.#received[0] = first.subarray(taken.length);
    }
    if (count === 0) return this.#hasEnded ? 0 : PENDING;
    this.#route.send(() => this.other!.#opened(count));
    return count;
  }

  /** The other end has read. */
  #opened(count: number): void {
    this.#window += count;
    this.#writes.wake();
  }

  /** @internal The host of this end has crashed: this end is gone at once, and the other one learns of it. */
  crash(): void {
    this.#reset("this host crashed");
    this.#route.send(() => this.other!.#reset(`the host ${JSON.stringify(this.local.host)} crashed`));
  }

  /** @internal Nobody will use this end: the other one learns of it. */
  abandon(): void {
    this.#reset("it was given up");
    this.#sendReset();
  }

  #sendReset(): void {
    this.#route.send(() => this.other!.#reset(`${addressText(this.local)} closed it`));
  }

  #reset(why: string): void {
    if (this.#failure === null)
      this.#fail(() => new DisconnectedError("io.disconnected", `Cannot use ${this}: ${why}`));
  }

  #fail(failure: () => HeddleError): void {
    this.#failure = failure;
    this.#received.length = 0;
    this.#reads.wake();
    this.#writes.wake();
    this.#onGone();
  }
}
