/**
 * SocketListener: what takes connections, be they TCP, TLS or of a Unix socket (needs Node: `node:net`).
 *
 *     system's backlog ──► Node ──paused──► waiting here ──accept()──► its task
 *
 * HOST: Node takes connections from the system as they come. They wait here, unread, until somebody accepts them; what comes while `backlog` of them wait
 * and nobody asks for one is reset, as a system would refuse it.
 *
 * Do not reset any while somebody asks. The host may take hundreds in a row before it gives whoever accepts another turn, which would lose those of a
 * server that is as quick as it can be.
 */
import type { Server, Socket } from "node:net";
import { BusyError, ClosedError, quote } from "../base/errors.js";
import { Ring } from "../base/ring.js";
import type { Context } from "../future/context.js";
import { END, PENDING, type Future, type Pending, type Poll } from "../future/poll.js";
import { Waiter } from "../future/wait-list.js";
import { Iteration } from "../io/iteration.js";
import { Held } from "../reactor/held.js";
import { networkError } from "./failures.js";

/** Node's own default, for both queues. */
export const BACKLOG = 511;

/** @throws RangeError if it is no number of connections */
export function checkBacklog(backlog: unknown): void {
  if (!Number.isInteger(backlog) || (backlog as number) < 1)
    throw new RangeError(`Cannot listen as 'backlog' must be an integer >= 1: received ${quote(backlog)}`);
}

/** Takes connections. */
export abstract class SocketListener<S> implements AsyncIterable<S>, Disposable {
  /** @internal */
  protected readonly server: Server;
  /** The process is kept alive by who accepts, and by nothing else here. */
  readonly #held: Held;
  readonly #backlog: number;
  readonly #waiting = new Ring<Socket>();
  #error: unknown = null;
  /** The accept that was polled and waits. */
  #accept: Accept<S> | null = null;
  /** The accept that was awaited and is not over: its task may have to go behind others before it is polled. */
  #asking: Accept<S> | null = null;
  #isClosed = false;

  /** @internal @param event what the server says of a connection that can be used */
  constructor(server: Server, backlog: number | undefined, event: "connection" | "secureConnection" = "connection") {
    this.server = server;
    this.#held = new Held(server);
    this.#backlog = backlog ?? BACKLOG;
    server.on(event, (socket: Socket) => this.#arrived(socket));
    server.on("error", (error) => {
      this.#error ??= error;
      this.#accept?.wake();
    });
  }

  /** @internal */
  protected abstract wrap(socket: Socket): S;

  /** @internal For messages: `127.0.0.1:80`. */
  protected abstract get place(): string;

  #arrived(socket: Socket): void {
    const isFull = this.#waiting.length >= this.#backlog && this.#accept === null && this.#asking === null;
    if (this.#isClosed || isFull) {
      reset(socket.on("error", ignore));
      return;
    }
    socket.on("error", ignore).unref();
    this.#waiting.push(socket);
    this.#accept?.wake();
  }

  /**
   * Waits for the next connection. One accept at a time.
   *
   * **Cancel safety**: no connection is lost; the next accept gives it.
   *
   * @throws ClosedError `net.closed` after `close`; BusyError `net.busy` if another accept waits; HeddleError `net.too-many-open` when no more sockets can be
   *   opened: the listener goes on, accept again. HOST: Node as a rule closes what it has no descriptor for, and says nothing
   */
  accept(): Future<S> {
    return new Accept<S>(this);
  }

  /** As {@link accept}, for loops: gives `END` when the listener was closed. */
  next(): Future<S | typeof END> {
    return new Accept<S>(this, END) as Future<S | typeof END>;
  }

  /** For code outside of tasks. The loop is over when the listener is closed; to break out of it does not close it. */
  [Symbol.asyncIterator](): AsyncIterableIterator<S, undefined> {
    return new Iteration<S>(this);
  }

  /** @internal Somebody awaits it. */
  asks(accept: Accept<S>): void {
    this.#asking = accept;
  }

  /** @internal */
  pollAccept(accept: Accept<S>, cx: Context): Poll<S> | typeof END {
    if (this.#accept !== null && this.#accept !== accept)
      throw new BusyError("net.busy", `Cannot accept at ${this.place} from two places: another one accepts`, {
        help: "accept in one task, and let that spawn one for each connection",
      });
    for (let socket = this.#waiting.shift(); socket !== undefined; socket = this.#waiting.shift()) {
      socket.off("error", ignore);
      // It went away while it waited: the other side sees no difference.
      if (!socket.destroyed) return this.#end(this.wrap(socket));
    }
    if (this.#error !== null) {
      const error = networkError(`accept at ${this.place}`, this.#error);
      this.#error = null;
      throw this.#end(error);
    }
    if (this.#isClosed) {
      if (accept.atEnd !== undefined) return this.#end(accept.atEnd);
      this.#end(null);
      throw new ClosedError("net.closed", `Cannot accept at ${this.place}: the listener was closed`, {
        help: "accept until it is closed: for (…; (connection = yield* listener.next()) !== END; )",
      });
    }
    accept.waker = cx.waker;
    this.#accept = accept;
    this.#held.wait();
    return PENDING;
  }

  /** Nobody waits any more. */
  #end<T>(value: T): T {
    this.#accept = this.#asking = null;
    this.#held.stop();
    return value;
  }

  /** @internal */
  dropAccept(accept: Accept<S>): void {
    if (this.#asking === accept) this.#asking = null;
    if (this.#accept === accept) this.#end(null);
  }

  /** Whether it was closed. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** Takes no more connections. Those that nobody has accepted are reset; those that were accepted live on. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.server.close();
    for (let socket = this.#waiting.shift(); socket !== undefined; socket = this.#waiting.shift()) reset(socket);
    this.#accept?.wake();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function ignore(): void {}

/** Closes a connection with a reset. HOST: Node can reset TCP only; the others are closed. */
function reset(socket: Socket): void {
  try {
    socket.resetAndDestroy();
  } catch {
    socket.destroy();
  }
}

class Accept<S> extends Waiter<S> {
  readonly #listener: SocketListener<S>;
  /** What is given when the listener was closed, unless that is an error. */
  readonly atEnd: typeof END | undefined;

  constructor(listener: SocketListener<S>, atEnd?: typeof END) {
    super();
    this.#listener = listener;
    this.atEnd = atEnd;
  }

  get label(): string {
    return "accept()";
  }

  override next(): IteratorResult<Pending, S> {
    this.#listener.asks(this);
    return super.next();
  }

  poll(cx: Context): Poll<S> {
    return this.#listener.pollAccept(this, cx) as Poll<S>;
  }

  override drop(): void {
    this.waker = null;
    this.#listener.dropAccept(this);
  }
}
