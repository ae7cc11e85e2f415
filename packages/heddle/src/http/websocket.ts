/**
 * WebSocket: an open connection, as a stream and a sink of messages.
 *
 *     the other side ──► ws ──► #received ──► next()          over HIGH bytes in #received: ws is paused, and with it the other side
 *     the other side ◄── ws ◄── send(), which waits while over HIGH bytes have not left ws
 *
 * | it ends because                                    | next(), after what had come | send()            |
 * | -------------------------------------------------- | --------------------------- | ----------------- |
 * | the other side closed it, with any code             | END                         | DisconnectedError |
 * | `close()`                                           | END                         | ClosedError       |
 * | the connection broke, or the other side misbehaved  | DisconnectedError           | DisconnectedError |
 * | it was disposed of                                  | ClosedError                 | ClosedError       |
 */
import { ClosedError, DisconnectedError, quote } from "../base/errors.js";
import { Ring } from "../base/ring.js";
import { async } from "../future/async.js";
import type { Context } from "../future/context.js";
import { map } from "../future/gather-one.js";
import { END, type Future, PENDING, type Poll } from "../future/poll.js";
import { Waiter, WaitList } from "../future/wait-list.js";
import { Iteration } from "../io/iteration.js";
import { Lane, Operation } from "../io/operation.js";
import { type Referable, Held } from "../reactor/held.js";
import { Closed, tellClosed } from "./closed.js";
import { Heartbeat } from "./heartbeat.js";
import type { WsSocket } from "./ws-socket.js";

/** Text, or bytes. */
export type Message = string | Uint8Array;

/** How a WebSocket was closed. */
export interface Closure {
  /** 1000 and above by RFC 6455, section 7.4; 1005 if none was given, 1006 if the connection broke. */
  readonly code: number;
  readonly reason: string;
}

/** Bytes in one direction, from which the other side of the buffer has to wait, and down to which it goes on. */
const HIGH = 65_536;
const LOW = 16_384;
/** Up to how many bytes a message may wait for those of other connections. */
const SHORT = 8192;
/** What a message weighs besides its bytes, so that empty ones count. */
const OVERHEAD = 64;

const GOING = "closed by the shutdown of its server";

const weightOf = (message: Message): number => message.length + OVERHEAD;

/**
 * An open WebSocket. Made by {@link connect}, and by {@link upgrade} on servers.
 *
 * One task may wait for the next message; any number may send. One that is open does not keep the program alive; who waits for a message or for the end does.
 */
export class WebSocket implements AsyncIterable<Message> {
  /** @internal Who waits for the end. */
  readonly waiting = new WaitList<Closed>();
  /** @internal Who waits for room. */
  readonly senders = new WaitList<Sending>();
  readonly #ws: WsSocket;
  readonly #lane = new Lane("next", null);
  #received = new Ring<Message>();
  #weight = 0;
  #isPaused = false;
  /** What this side did to end it. */
  #ended: "" | "closed" | "disposed of" | typeof GOING = "";
  /** The errors that say so where this side has done nothing. */
  readonly #goodbyes = new WeakSet<Error>();
  #closure: Closure | null = null;
  readonly #heartbeat: Heartbeat;
  #error: Error | null = null;
  /** Null on a server, which keeps the process alive by itself. */
  readonly #held: Held | null;
  /** How many wait for something to come. */
  #waits = 0;

  /**
   * @internal `ws` is open, and nothing has come yet.
   *
   * @param heartbeat milliseconds
   * @param socket that it goes through, if whoever waits is what keeps the process alive
   */
  constructor(ws: WsSocket, heartbeat: number, socket?: Referable) {
    this.#ws = ws;
    this.#held = socket === undefined ? null : new Held(socket);
    ws.on("message", (data, isBinary) => this.#take(data, isBinary));
    ws.on("error", (error) => (this.#error ??= error));
    ws.on("close", (code, reason) => this.#close(code, reason));
    this.#heartbeat = new Heartbeat(ws, heartbeat, (error) => {
      this.#error ??= error;
      ws.terminate();
    });
  }

  /** @internal Somebody waits for what comes from the other side. */
  waitBegins(): void {
    if (this.#waits++ === 0) this.#held?.wait();
  }

  /** @internal */
  waitEnds(): void {
    if (--this.#waits === 0) this.#held?.stop();
  }

  /** The subprotocol that both sides agreed on; empty if none. */
  get protocol(): string {
    return this.#ws.protocol;
  }

  /** Whether it is closed, from both sides or by a failure. */
  get isClosed(): boolean {
    return this.#closure !== null;
  }

  #take(data: Buffer, isBinary: boolean): void {
    this.#heartbeat.heard();
    // After a close of this side nobody may come to read: the goodbye of the other side must not wait behind.
    if (this.#ended === "closed") return;
    const message = isBinary ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : data.toString();
    this.#received.push(message);
    this.#weight += weightOf(message);
    if (this.#weight >= HIGH && !this.#isPaused) {
      this.#isPaused = true;
      this.#ws.pause();
    }
    this.#lane.wakeInEvent(message.length <= SHORT);
  }

  #close(code: number, reason: Buffer): void {
    this.#closure = { code, reason: reason.toString() };
    this.#lane.wake();
    for (const sender of this.senders.drain()) sender.wake();
    tellClosed(this);
  }

  /**
   * The next message; {@link END} when the WebSocket was closed. Messages that nobody takes are kept up to 64 KiB, then the other side has to wait.
   *
   * **Cancel safety**: nothing is lost.
   *
   * @throws DisconnectedError `http.socket-gone` if it ended without a close; ClosedError `http.socket-closed` once it was disposed of
   */
  next(): Future<Message | typeof END> {
    return new Next(this, this.#lane);
  }

  /** @internal */
  takeNext(): Poll<Message | typeof END> {
    const message = this.#received.shift();
    if (message === undefined) return this.#end();
    this.#weight -= weightOf(message);
    if (this.#isPaused && this.#weight <= LOW) {
      this.#isPaused = false;
      this.#ws.resume();
    }
    return message;
  }

  #end(): Poll<typeof END> {
    if (this.#ended === "disposed of") throw this.#gone("receive a message");
    if (this.#closure === null) return PENDING;
    if (this.#ended === "" && (this.#error !== null || this.#closure.code === 1006))
      throw this.#gone("receive a message");
    return END;
  }

  #gone(deed: string): Error {
    const error = this.#ended === "" ? this.#disconnected(deed) : this.#closed(deed);
    if (this.#ended === "" || this.#ended === GOING) this.#goodbyes.add(error);
    return error;
  }

  #closed(deed: string): Error {
    return new ClosedError(
      "http.socket-closed",
      `Cannot ${deed}: the WebSocket was ${this.#ended}${this.#ended === GOING ? "" : " on this side"}`,
      {
        help: "keep it until nobody needs it any more",
      },
    );
  }

  #disconnected(deed: string): Error {
    const { code, reason } = this.#closure!;
    const why =
      code === 1006 || this.#error !== null
        ? `the connection broke${this.#error === null ? "" : `: ${this.#error.message}`}`
        : `the other side closed the WebSocket with ${code}${reason === "" ? "" : ` ${quote(reason)}`}`;
    return new DisconnectedError("http.socket-gone", `Cannot ${deed}: ${why}`, { cause: this.#error ?? undefined });
  }

  /**
   * Sends a message, once less than 64 KiB wait to be sent, in the order in which `send` was first polled. Ready when it is on its way; whether
   * it arrives, only an answer can tell. Bytes are sent as they are then: do not change them afterwards.
   *
   * **Cancel safety**: a send that is dropped while it waits sends nothing.
   *
   * @throws TypeError if it is neither text nor bytes
   * @throws DisconnectedError `http.socket-gone` if the other side is gone, ClosedError `http.socket-closed` after a `close()`
   */
  send(message: Message): Future<void> {
    if (typeof message !== "string" && !(message instanceof Uint8Array))
      throw new TypeError(
        `Cannot send a message as it must be a string or a Uint8Array: received ${quote(message)}` +
          "\nhelp: JSON.stringify(value), or new Uint8Array(buffer)",
      );
    return new Sending(this, message);
  }

  /** @internal How many bytes wait to be sent. Throws if none will be any more. */
  get buffered(): number {
    if (this.#ended !== "" || this.#closure !== null) throw this.#gone("send a message");
    return this.#ws.bufferedAmount;
  }

  /** @internal @param buffered what waits before it */
  sendNow(message: Message, buffered: number): void {
    // Whoever finds no room is woken when what was sent last has gone. While there is much room left nobody need be: not to be told of it is a twentieth of a message.
    if (buffered + 3 * message.length < LOW) this.#ws.send(message);
    else this.#ws.send(message, this.#onSent);
  }

  readonly #onSent = (): void => {
    if (this.#ws.bufferedAmount <= LOW) this.senders.first?.wake();
  };

  /**
   * Closes it: sends what is on its way, says goodbye, and waits until the other side has done so too, for 30 s at most. What still
   * comes from there is not kept. To close what is closed is no mistake.
   *
   * **Cancel safety**: dropping the wait does not take the close back.
   *
   * @param code 1000, the default, or one that RFC 6455 lets applications send, such as 3000 to 4999
   * @param reason at most 123 bytes
   * @throws RangeError if the code or the reason cannot be sent
   */
  close(code = 1000, reason = ""): Future<Closure> {
    if (!isSendable(code))
      throw new RangeError(
        `Cannot close a WebSocket as 'code' must be one that may be sent: received ${quote(code)}\nhelp: 1000, or 3000 to 4999`,
      );
    if (new TextEncoder().encode(reason).length > 123)
      throw new RangeError("Cannot close a WebSocket as 'reason' must have at most 123 bytes: it has more");
    return closing(this, code, reason);
  }

  /** @internal Says goodbye, and waits for nobody. */
  beginClose(code: number, reason: string): void {
    if (this.#ended !== "" || this.isClosed) return;
    this.#ended = "closed";
    this.#ws.close(code, reason);
    this.#ws.resume();
    for (const sender of this.senders.drain()) sender.wake();
  }

  /**
   * Waits until it is closed, by whichever side, and tells how. Messages that nobody takes keep the other side's close from being seen.
   *
   * **Cancel safety**: dropping the wait changes nothing.
   */
  closed(): Future<Closure> {
    return map(new Closed(this), () => this.#closure!);
  }

  /** @internal Says goodbye for the server. What the other side had sent still comes. */
  goAway(): void {
    // Broken, it goes by itself, and whoever waits is to hear why.
    if (this.#ended !== "" || this.#error !== null || this.isClosed) return;
    this.#ended = GOING;
    this.#ws.close(1001, "the server is going away");
    for (const sender of this.senders.drain()) sender.wake();
  }

  /** @internal Whether `error` only says that the other side is gone, or the server is going. */
  isGoodbye(error: unknown): boolean {
    return this.#goodbyes.has(error as Error);
  }

  /** Breaks the connection off, without a goodbye. */
  [Symbol.dispose](): void {
    if (this.#ended !== "disposed of") this.#received = new Ring();
    this.#ended = "disposed of";
    this.#ws.terminate();
    this.#lane.wake();
    for (const sender of this.senders.drain()) sender.wake();
  }

  /** For `for await`, outside of tasks. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Message, undefined> {
    return new Iteration(this);
  }
}

const closing = async(function* (socket: WebSocket, code: number, reason: string) {
  socket.beginClose(code, reason);
  return yield* socket.closed();
});

/** RFC 6455, section 7.4, and the registry of IANA: the codes that an endpoint may put into a close frame. */
function isSendable(code: number): boolean {
  if (!Number.isInteger(code)) return false;
  return (code >= 1000 && code <= 1014 && (code < 1004 || code > 1006)) || (code >= 3000 && code <= 4999);
}

class Next extends Operation<Message | typeof END> {
  readonly #socket: WebSocket;
  #isWaiting = false;

  constructor(socket: WebSocket, lane: Lane) {
    super(lane);
    this.#socket = socket;
  }

  protected attempt(): Poll<Message | typeof END> {
    const message = this.#socket.takeNext();
    if (message === PENDING && !this.#isWaiting) {
      this.#isWaiting = true;
      this.#socket.waitBegins();
    }
    return message;
  }

  protected override over(): void {
    if (!this.#isWaiting) return;
    this.#isWaiting = false;
    this.#socket.waitEnds();
  }
}

/** Waits for room in the order of `senders`, and sends. */
class Sending extends Waiter<void> {
  readonly #socket: WebSocket;
  readonly #message: Message;

  get label(): string {
    return "send()";
  }

  constructor(socket: WebSocket, message: Message) {
    super();
    this.#socket = socket;
    this.#message = message;
  }

  poll(cx: Context): Poll<void> {
    const { senders } = this.#socket;
    // Throws when it is closed; who waited was taken out of the list before.
    const { buffered } = this.#socket;
    if (buffered < HIGH && (senders.isEmpty || senders.first === this)) {
      senders.remove(this);
      this.waker = null;
      this.#socket.sendNow(this.#message, buffered);
      senders.first?.wake();
      return undefined;
    }
    if (!senders.has(this)) senders.push(this);
    this.waker = cx.waker;
    return PENDING;
  }

  override drop(): void {
    const { senders } = this.#socket;
    this.waker = null;
    // It may have been woken for room that the next one can use.
    if (senders.remove(this)) senders.first?.wake();
  }
}
