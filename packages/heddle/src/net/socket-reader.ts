/**
 * SocketReader: the bytes that a socket receives (needs Node: `node:net`).
 *
 *     socket 'data' ──► queue ──► read() ──copy──► `into`
 *       ▲                │
 *       └── resume ◄── empty    full ──► pause
 *
 * The socket flows while less than `FULL` bytes wait here, and is paused otherwise: this is the back-pressure. Flowing costs less than asking
 * a paused stream for each chunk.
 */
import type { Socket } from "node:net";
import { ClosedError } from "../base/errors.js";
import { Ring } from "../base/ring.js";
import { PENDING, type Poll } from "../future/poll.js";
import { type ChunkSource, SOURCE } from "../io/chunk.js";
import { disconnected } from "../io/failures.js";
import { ChunkReader } from "../io/polled-reader.js";
import { Held } from "../reactor/held.js";
import { broken } from "./failures.js";

/** From how many waiting bytes on the socket is paused. */
const FULL = 65_536;
/** Up to how many bytes a chunk may wait for those of other sockets. A longer one is best passed on while it lies in the processor's memory. */
const SHORT = 8192;

export class SocketReader extends ChunkReader implements ChunkSource {
  readonly #socket: Socket;
  /** The chunk that came first; those behind it are in the ring, which most connections never need. */
  #first: Uint8Array | null = null;
  #others: Ring<Uint8Array> | null = null;
  #waiting = 0;
  /** Whether the socket's stream flows and holds nothing. */
  #isFlowing = false;
  /** Whether the socket was told, while its stream flows, to receive no more for now. */
  #isStopped = false;
  #hasEnded = false;
  #error: unknown = null;
  #isDisposed = false;
  /** An open connection does not keep the process alive, a read that waits does. Writes do until they are sent, by themselves. */
  readonly #held: Held;

  /** @internal */
  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    this.#held = new Held(socket);
    const wake = (): void => this.wakeReader();
    socket.on("data", (chunk: Uint8Array) => {
      this.#isFlowing = socket.readableLength === 0;
      if (this.#received(chunk)) return;
      this.#isFlowing = false;
      socket.pause();
    });
    this.#shorten(socket);
    socket.on("end", () => {
      this.#hasEnded = true;
      this.wakeReader();
    });
    // INVARIANT: there is a listener for 'error' as long as the socket lives; without one an error would end the process.
    socket.on("error", (error) => {
      this.#error ??= error;
      this.wakeReader();
    });
    socket.on("close", wake);
  }

  /** @internal */
  get [SOURCE](): ChunkSource {
    return this;
  }

  /** @internal */
  pollChunk(): Poll<Uint8Array | null> {
    if (this.#isDisposed)
      throw new ClosedError("io.closed", "Cannot read from the socket: it was disposed of on this side", {
        help: "keep it until nobody needs it any more",
      });
    const chunk = this.#first;
    if (chunk !== null) {
      this.#first = this.#others?.shift() ?? null;
      this.#waiting -= chunk.length;
      return chunk;
    }
    if (this.#hasEnded) return null;
    if (this.#error !== null) throw broken("read from the socket", this.#error);
    if (this.#socket.closed) throw disconnected("read from the socket", "it was closed");
    if (this.#isStopped) {
      this.#isStopped = false;
      this.#socket._read(FULL);
    } else if (this.#socket.isPaused()) this.#socket.resume();
    return PENDING;
  }

  /**
   * Takes chunks where the socket itself puts them into its stream, while that flows and holds nothing: then the stream would only hand them on, and that
   * costs as much as all of heddle's reading.
   *
   * HOST: Node (20 to 26) gives what it has received to `push`, receives no more when that answers false, and goes on with `_read`. A host that does not
   * is none the worse: the events come as ever.
   */
  #shorten(socket: Socket): void {
    const push = socket.push.bind(socket);
    socket.push = (chunk: unknown, encoding?: BufferEncoding): boolean => {
      if (!this.#isFlowing || chunk === null) return push(chunk, encoding);
      const goesOn = this.#received(chunk as Uint8Array);
      this.#isStopped = !goesOn;
      return goesOn;
    };
  }

  /** Answers whether there is room for more. */
  #received(chunk: Uint8Array): boolean {
    if (this.#first === null) this.#first = chunk;
    else (this.#others ??= new Ring()).push(chunk);
    this.#waiting += chunk.length;
    this.lane.wakeInEvent(chunk.length <= SHORT);
    // Look afterwards: who waited has taken it by now.
    return this.#waiting < FULL;
  }

  /** @internal */
  override waits(isWaiting: boolean): void {
    if (isWaiting) this.#held.wait();
    else this.#held.stop();
  }

  /** What was received and not read is lost; reads fail with ClosedError. */
  close(): void {
    this.#isDisposed = true;
    this.discard();
    this.#first = this.#others = null;
    this.wakeReader();
  }
}
