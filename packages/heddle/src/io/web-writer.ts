/**
 * Web streams of bytes: `WritableStream` as a destination, and a destination as `WritableStream`.
 */
import { quote } from "../base/errors.js";
import { type Future, PENDING, type Poll } from "../future/poll.js";
import { currentRuntime, defaultRuntime } from "../runtime/run.js";
import type { AsyncWrite } from "./async-write.js";
import { closed, type Deed } from "./failures.js";
import { PolledWriter } from "./polled-writer.js";
import { writeAll } from "./write-all.js";

const MOST = 65_536;

/** Writes to a Web stream. Made with {@link fromWritableStream}. */
export class WebWriter extends PolledWriter implements Disposable {
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  #error: { reason: unknown } | null = null;
  /** Writes that have not come to their end. */
  #unsent = 0;
  /** Room was asked for. */
  #isAsked = false;
  #state: "open" | "closing" | "closed" = "open";

  /** @internal */
  constructor(stream: WritableStream<Uint8Array>) {
    super(null);
    this.#writer = stream.getWriter();
    this.#writer.closed.catch((reason: unknown) => this.#fail(reason));
  }

  /** @internal */
  pollWrite(bytes: Uint8Array): Poll<number> {
    this.#check();
    if (this.#state !== "open") throw closed("write to the stream", "shut down");
    if (this.#writer.desiredSize! <= 0) return this.#askForRoom();
    const taken = bytes.slice(0, MOST);
    this.#unsent++;
    this.#writer.write(taken).then(
      () => {
        this.#unsent--;
        this.wakeWriter();
      },
      (reason: unknown) => this.#fail(reason),
    );
    return taken.length;
  }

  #askForRoom(): typeof PENDING {
    if (!this.#isAsked) {
      this.#isAsked = true;
      this.#writer.ready.then(
        () => {
          this.#isAsked = false;
          this.wakeWriter();
        },
        // It has failed, though it may not be over before a write that it has under way is.
        (reason: unknown) => this.#fail(reason),
      );
    }
    return PENDING;
  }

  /** @internal */
  pollFlush(): Poll<void> {
    this.#check();
    return this.#unsent === 0 ? undefined : PENDING;
  }

  /** @internal */
  pollShutdown(): Poll<void> {
    this.#check();
    if (this.#state === "closed") return undefined;
    if (this.#state === "open") {
      this.#state = "closing";
      this.#writer.close().then(
        () => {
          this.#state = "closed";
          this.wakeWriter();
        },
        (reason: unknown) => this.#fail(reason),
      );
    }
    return PENDING;
  }

  #check(): void {
    if (this.#error !== null) throw this.#error.reason;
  }

  #fail(reason: unknown): void {
    this.#error ??= { reason };
    this.wakeWriter();
  }

  /** Aborts the stream, unless it was shut down. Writes fail with ClosedError. */
  [Symbol.dispose](): void {
    const deed: Deed = "write to the stream";
    this.#error ??= { reason: closed(deed, "disposed of") };
    if (this.#state !== "closed") this.#writer.abort(this.#error.reason).catch(() => {});
    this.wakeWriter();
  }
}

/**
 * Writes to a Web stream of bytes. A write waits while the stream wants no more (`desiredSize`), and takes at most 64 KiB, as a copy. The stream is locked
 * from now on; disposing of the writer aborts it.
 *
 * **Cancel safety**: a write that is dropped has taken nothing.
 *
 * @throws TypeError if the stream is locked
 */
export function fromWritableStream(stream: WritableStream<Uint8Array>): WebWriter {
  if (typeof (stream as Partial<WritableStream> | null)?.getWriter !== "function")
    throw new TypeError(`Cannot write to a Web stream as it must be a WritableStream: received ${quote(stream)}`);
  return new WebWriter(stream);
}

/**
 * A Web stream that writes to `writer`. Closing it shuts the writer down; aborting it aborts the write and disposes of the writer, if it can be disposed of.
 */
export function toWritableStream(writer: AsyncWrite): WritableStream<Uint8Array> {
  const runtime = currentRuntime() ?? defaultRuntime();
  let signal: AbortSignal;
  const done = async (future: Future<void>): Promise<void> => {
    const handle = runtime.spawn(future);
    // The stream waits for what is under way before it calls `abort`: end it now.
    const end = (): void => handle.abort(signal.reason);
    signal.addEventListener("abort", end, { once: true });
    try {
      await handle;
    } finally {
      signal.removeEventListener("abort", end);
    }
  };
  const dispose = (): void => (writer as Partial<Disposable>)[Symbol.dispose]?.();
  return new WritableStream<Uint8Array>({
    start: (controller) => void ({ signal } = controller),
    write: (chunk) => done(writeAll(writer, chunk)),
    async close() {
      try {
        await done(writer.shutdown());
      } catch (error) {
        // A stream that is closing does not call `abort` any more.
        if (signal.aborted) dispose();
        throw error;
      }
    },
    abort: dispose,
  });
}
