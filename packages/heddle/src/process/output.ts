/**
 * Output: how a process ended, and what it wrote until then.
 */
import { async } from "../future/async.js";
import { join } from "../future/join.js";
import type { Future } from "../future/poll.js";
import { ready } from "../future/ready.js";
import type { AsyncRead } from "../io/async-read.js";
import type { AsyncWrite } from "../io/async-write.js";
import { checkLimit } from "../io/failures.js";
import { readToEnd } from "../io/read.js";
import { writeAll } from "../io/write-all.js";
import { quote } from "../base/errors.js";
import type { ExitStatus } from "./exit-status.js";
import { tooMuchOutput } from "./failures.js";
import { Exit, type Running } from "./running.js";

/** How a process ended, and what it wrote until then. */
export class Output {
  readonly status: ExitStatus;
  /** What it wrote to its standard output; empty if that was no pipe. */
  readonly stdout: Uint8Array;
  /** What it wrote to its standard error; empty if that was no pipe. */
  readonly stderr: Uint8Array;

  /** @internal */
  constructor(status: ExitStatus, stdout: Uint8Array, stderr: Uint8Array) {
    this.status = status;
    this.stdout = stdout;
    this.stderr = stderr;
  }

  /** The standard output as text. What is no UTF-8 becomes U+FFFD. */
  stdoutText(): string {
    return decoder.decode(this.stdout);
  }

  /** The standard error as text. What is no UTF-8 becomes U+FFFD. */
  stderrText(): string {
    return decoder.decode(this.stderr);
  }
}

// Not strict: what programs say is for people, and half a character at the end of it no reason to lose the rest.
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

/** How output is taken. */
export interface OutputOptions {
  /**
   * What it may write to its standard output, and as much again to its standard error, in bytes. What writes more is killed, and fails. No limit by
   * default: give one for what strangers have a say in.
   */
  limit?: number | undefined;
  /** What it can read from its standard input: bytes, or text as UTF-8. A program that ends without reading it all is no failure. */
  input?: Uint8Array | string | undefined;
}

/** @throws TypeError, RangeError if they make no sense */
export function checkOutputOptions({ limit, input }: OutputOptions): void {
  if (limit !== undefined) checkLimit(limit, "take the output of a command", "limit");
  if (input !== undefined && typeof input !== "string" && !(input instanceof Uint8Array))
    throw new TypeError(
      `Cannot give a command its input as 'input' must be a string or a Uint8Array: received ${quote(input)}`,
    );
}

/** The ends of a child's pipes, where there are any. */
interface Ends {
  readonly stdin: AsyncWrite | undefined;
  readonly stdout: AsyncRead | undefined;
  readonly stderr: AsyncRead | undefined;
}

const nothing = (): Future<Uint8Array> => ready(new Uint8Array(0));

/** Feeds and drains all pipes at once, so that neither side waits for the other, until they are at their ends and the process is over. */
export const collect = async(function* collect(running: Running, ends: Ends, options: OutputOptions) {
  const limit = options.limit ?? Number.POSITIVE_INFINITY;
  const drained = (pipe: AsyncRead | undefined): Future<Uint8Array> =>
    pipe === undefined ? nothing() : readToEnd(pipe, { limit });
  try {
    const [, stdout, stderr, status] = yield* join(
      fed(ends.stdin, options.input),
      drained(ends.stdout),
      drained(ends.stderr),
      new Exit(running),
    );
    return new Output(status, stdout, stderr);
  } catch (error) {
    if ((error as { code?: unknown }).code !== "io.too-long") throw error;
    running.signal("SIGKILL");
    throw tooMuchOutput(running.program, limit, error);
  }
});

const fed = async(function* feed(stdin: AsyncWrite | undefined, input: Uint8Array | string = "") {
  if (stdin === undefined) return;
  try {
    yield* writeAll(stdin, input);
    yield* stdin.shutdown();
  } catch (error) {
    // It does not read any more, and need not.
    if ((error as { code?: unknown }).code !== "io.disconnected") throw error;
  }
});
