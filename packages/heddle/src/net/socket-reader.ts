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
import { ChunkReader } from "../io/polled-reader.js";
import { networkError } from "./failures.js";

/** From how many waiting bytes on the socket is paused. */
const FULL = 65_536;

export class SocketReader extends ChunkReader implements ChunkSource {
  readonly #socket: Socket;
  readonly #chunks = new Ring<Uint8Array>();
  #waiting = 0;
  #hasEnded = false;
  #error: unknown = null;
  #isDisposed = false;
  #isAwaited = false;

  /** @internal */
  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.unref();
    const wake = (): void => this.wakeReader();
    socket.on("data", (chunk: Uint8Array) => {
      this.#chunks.push(chunk);
      this.#waiting += chunk.length;
      if (this.#waiting >= FULL) socket.pause();
      this.wakeReader();
    });
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
    const chunk = this.#chunks.shift();
    if (chunk !== undefined) {
      this.#waiting -= chunk.length;
      return chunk;
    }
    if (this.#hasEnded) return null;
    if (this.#error !== null) throw networkError("read from the socket", this.#error);
    if (this.#socket.closed) throw networkError("read from the socket", { code: "ECONNABORTED" });
    if (this.#socket.isPaused()) this.#socket.resume();
    return PENDING;
  }

  /** @internal An open connection does not keep the process alive, a read that waits does. Writes do until they are sent, by themselves. */
  override waits(isWaiting: boolean): void {
    if (isWaiting === this.#isAwaited) return;
    this.#isAwaited = isWaiting;
    const socket = this.#socket;
    if (socket.destroyed) return;
    if (isWaiting) socket.ref();
    else socket.unref();
  }

  /** What was received and not read is lost; reads fail with ClosedError. */
  close(): void {
    this.#isDisposed = true;
    this.discard();
    this.#chunks.clear();
    this.wakeReader();
  }
}
