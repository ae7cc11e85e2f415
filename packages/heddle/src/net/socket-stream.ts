/**
 * SocketStream: what every connection is, be it TCP, TLS or a Unix socket (needs Node: `node:net`).
 *
 * | call               | own writing          | own reading       | what the other side sees |
 * | ------------------ | -------------------- | ----------------- | ------------------------ |
 * | `shutdown()`       | flushed, over        | goes on           | the end                  |
 * | dispose            | over, unsent is lost | over              | the end, or a reset      |
 * | `reset()`          | over, unsent is lost | over              | a reset                  |
 */
import type { Socket } from "node:net";
import type { Future } from "../future/poll.js";
import type { AsyncRead } from "../io/async-read.js";
import type { AsyncWrite } from "../io/async-write.js";
import { type ChunkSource, type ChunkTarget, SOURCE, TARGET } from "../io/chunk.js";
import { NodeWriter } from "../io/node-writer.js";
import { TwoWay } from "../io/two-way.js";
import { SocketReader } from "./socket-reader.js";

/** The reading half of a connection. */
export class ReadHalf implements AsyncRead, Disposable {
  readonly #reader: SocketReader;
  readonly #onDisposed: () => void;

  /** @internal */
  constructor(reader: SocketReader, onDisposed: () => void) {
    this.#reader = reader;
    this.#onDisposed = onDisposed;
  }

  read(into: Uint8Array): Future<number> {
    return this.#reader.read(into);
  }

  /** @internal */
  get [SOURCE](): ChunkSource {
    return this.#reader;
  }

  /** As {@link read}, and the bytes stay for the next one. */
  peek(into: Uint8Array): Future<number> {
    return this.#reader.peek(into);
  }

  /** Reads no more. The connection is closed when both halves were disposed of. */
  [Symbol.dispose](): void {
    this.#reader.close();
    this.#onDisposed();
  }
}

/** The writing half of a connection. */
export class WriteHalf implements AsyncWrite, Disposable {
  readonly #writer: NodeWriter;
  readonly #onDisposed: () => void;

  /** @internal */
  constructor(writer: NodeWriter, onDisposed: () => void) {
    this.#writer = writer;
    this.#onDisposed = onDisposed;
  }

  /** @internal */
  get [TARGET](): ChunkTarget {
    return this.#writer;
  }

  write(bytes: Uint8Array): Future<number> {
    return this.#writer.write(bytes);
  }

  flush(): Future<void> {
    return this.#writer.flush();
  }

  shutdown(): Future<void> {
    return this.#writer.shutdown();
  }

  /** Sends what was taken, and then the end. The connection is closed when both halves were disposed of. */
  [Symbol.dispose](): void {
    try {
      void this.#writer.pollShutdown();
    } catch {
      // It has failed: there is nobody to be told that no more will come.
    }
    this.#onDisposed();
  }
}

/** A connection: bytes come and go, each direction by itself. */
export abstract class SocketStream extends TwoWay<SocketReader, NodeWriter> implements Disposable {
  /** @internal */
  protected readonly socket: Socket;

  /** @internal */
  constructor(socket: Socket) {
    super(new SocketReader(socket), new NodeWriter(socket));
    this.socket = socket;
  }

  /**
   * As {@link read}, and the bytes stay: the next read gives them again.
   *
   * **Cancel safety**: nothing is lost.
   */
  peek(into: Uint8Array): Future<number> {
    return this.reader.peek(into);
  }

  /** How many bytes have come in. */
  get bytesRead(): number {
    return this.socket.bytesRead;
  }

  /** How many bytes have gone out, or wait to. */
  get bytesWritten(): number {
    return this.socket.bytesWritten;
  }

  /**
   * The two directions, for two tasks. The connection is closed when both were disposed of; disposing of the writing half says to the other side
   * that no more will come. Use either the halves or the whole.
   */
  split(): [ReadHalf, WriteHalf] {
    let left = 2;
    const disposed = (): void => {
      if (--left === 0) this.#closeSent();
    };
    const once = (): (() => void) => {
      let isDone = false;
      return () => {
        if (isDone) return;
        isDone = true;
        disposed();
      };
    };
    return [new ReadHalf(this.reader, once()), new WriteHalf(this.writer, once())];
  }

  /** Closes the socket when what was taken has been sent. */
  #closeSent(): void {
    const { socket } = this;
    if (socket.writableFinished) socket.destroy();
    else socket.once("finish", () => socket.destroy());
  }

  /** Closes the connection at once, in both directions. What was not flushed may not arrive. */
  [Symbol.dispose](): void {
    this.reader.close();
    this.writer[Symbol.dispose]();
  }
}
