/**
 * The standard streams of the process (needs Node: `process`). Importing this touches none of them: each is opened when it is first used.
 */
import type { Future } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { NodeReader } from "./node-reader.js";
import { fromNodeWritable, type NodeWriter } from "./node-writer.js";

// HOST: what stands behind process.stdin depends on what it is: a terminal, a pipe and a socket have ref and unref, a file has not. Once it has ended they
// must not be called any more: Node 24 adds a listener each time.
interface Holding {
  ref?(): void;
  unref?(): void;
}

class StdinReader extends NodeReader {
  #isHolding = true;

  constructor() {
    super(process.stdin);
    this.waits(false);
  }

  /** Only a read that waits keeps the process alive, not the input that may still come. */
  override waits(isWaiting: boolean): void {
    if (isWaiting === this.#isHolding || process.stdin.destroyed) return;
    this.#isHolding = isWaiting;
    const { stdin: input }: { stdin: Holding } = process;
    if (isWaiting) input.ref?.();
    else input.unref?.();
  }
}

class Stdin implements AsyncRead {
  #reader: StdinReader | null = null;

  read(into: Uint8Array): Future<number> {
    return (this.#reader ??= new StdinReader()).read(into);
  }
}

class Output implements AsyncWrite {
  readonly #name: "stdout" | "stderr";
  #writer: NodeWriter | null = null;

  constructor(name: "stdout" | "stderr") {
    this.#name = name;
  }

  get #open(): NodeWriter {
    return (this.#writer ??= fromNodeWritable(process[this.#name]));
  }

  write(bytes: Uint8Array): Future<number> {
    return this.#open.write(bytes);
  }

  flush(): Future<void> {
    return this.#open.flush();
  }

  shutdown(): Future<void> {
    // HOST: Node does not let a program close these two, for console.log needs them.
    return this.#open.flush();
  }
}

/**
 * The standard input. It reads ahead once something was read; the process is kept alive only while a read waits.
 *
 * **Cancel safety**: a read that is dropped loses nothing.
 *
 * @example Lines of the input
 * ```ts no-run
 * import { async, END, run } from "heddle";
 * import { BufReader, readLine, stdin } from "heddle/io";
 *
 * const main = async(function* () {
 *   const input = new BufReader(stdin);
 *   for (let line; (line = yield* readLine(input)) !== END; ) console.log(line.length);
 * });
 * await run(main());
 * ```
 */
export const stdin: AsyncRead = /* @__PURE__ */ new Stdin();

/**
 * The standard output. Each write passes through Node's buffer, as `console.log` does: the order is kept. It cannot be closed: `shutdown()` flushes.
 *
 * **Cancel safety**: a write that is dropped has taken nothing.
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { stdout, writeAll } from "heddle/io";
 *
 * await run(writeAll(stdout, "hello\n"));
 * // prints: hello
 * ```
 */
export const stdout: AsyncWrite = /* @__PURE__ */ new Output("stdout");

/** The standard error stream: see {@link stdout}. */
export const stderr: AsyncWrite = /* @__PURE__ */ new Output("stderr");
