/**
 * This side of a child's pipes.
 *
 * A pipe that nobody has taken out of the `Child` is closed when the `Child` is collected; the rest is with whoever took it.
 */
import type { ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { NodeReader } from "../io/node-reader.js";
import { NodeWriter } from "../io/node-writer.js";

// HOST: the pipes are sockets, which can be told not to keep the process alive.
interface Holding {
  ref?(): void;
  unref?(): void;
}

/** What a child writes. Only a read that waits keeps this process alive, not the output that may still come. */
class OutputReader extends NodeReader {
  readonly #holding: Holding;

  constructor(stream: Readable & Holding) {
    super(stream);
    this.#holding = stream;
    stream.unref?.();
  }

  /** @internal */
  override waits(isWaiting: boolean): void {
    if (isWaiting) this.#holding.ref?.();
    else this.#holding.unref?.();
  }
}

/** The three, those that are pipes. */
export class Pipes {
  stdin: NodeWriter | undefined;
  readonly #stdout: NodeReader | undefined;
  readonly #stderr: NodeReader | undefined;
  readonly #untouched = new Set<Disposable>();

  /** @param owner when it is collected, the pipes that it gave to nobody are closed */
  constructor(host: ChildProcess, owner: object) {
    this.stdin = host.stdin === null ? undefined : new NodeWriter(host.stdin);
    // Do not wait until somebody wants to read: at the exit the host throws away what nobody listens for.
    this.#stdout = host.stdout === null ? undefined : new OutputReader(host.stdout);
    this.#stderr = host.stderr === null ? undefined : new OutputReader(host.stderr);
    for (const pipe of [this.stdin, this.#stdout, this.#stderr]) if (pipe !== undefined) this.#untouched.add(pipe);
    if (this.#untouched.size > 0) collected.register(owner, this.#untouched);
  }

  get stdout(): NodeReader | undefined {
    return this.#touched(this.#stdout);
  }

  get stderr(): NodeReader | undefined {
    return this.#touched(this.#stderr);
  }

  /** Gives it away: it is not closed any more from here. */
  takeStdin(): NodeWriter | undefined {
    const stdin = this.#touched(this.stdin);
    this.stdin = undefined;
    return stdin;
  }

  /** Says that no more input will come. What was taken is still sent. */
  endStdin(): void {
    const stdin = this.stdin;
    if (stdin === undefined) return;
    try {
      stdin.pollShutdown();
    } catch {
      // The child does not read any more.
    }
  }

  close(): void {
    this.stdin?.[Symbol.dispose]();
    this.#stdout?.[Symbol.dispose]();
    this.#stderr?.[Symbol.dispose]();
  }

  #touched<P extends Disposable | undefined>(pipe: P): P {
    if (pipe !== undefined) this.#untouched.delete(pipe);
    return pipe;
  }
}

const collected = /* @__PURE__ */ new FinalizationRegistry<Set<Disposable>>((untouched) => {
  for (const pipe of untouched) pipe[Symbol.dispose]();
});
