/**
 * `mockStream`: both directions of a connection, played from a script that the test writes. What `io::Builder` of tokio-test is.
 */
import { type Duration, toMilliseconds } from "../base/duration.js";
import { ClosedError, HeddleError, quote } from "../base/errors.js";
import type { Context } from "../future/context.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import type { AsyncRead } from "../io/async-read.js";
import type { AsyncWrite } from "../io/async-write.js";
import { currentRuntime } from "../runtime/run.js";
import { Instant } from "../time/instant.js";
import { type Sleep, sleepUntil } from "../time/sleep.js";
import { Script, type Step, type StepOf } from "./script.js";
import { showBytes, showDifference } from "./show.js";
import { Side } from "./side.js";
import { TestRuntime } from "./test-runtime.js";

/** A connection that plays a script. See {@link mockStream}. */
export class MockStream implements AsyncRead, AsyncWrite {
  readonly #name: string;
  readonly #script: Script;
  readonly #reads: Side;
  readonly #writes: Side;
  /** The wait that a step has begun, as each side sees it. */
  #readNap: Sleep | null = null;
  #writeNap: Sleep | null = null;
  #deadline: Instant | null = null;
  #isShutDown = false;
  /** What the code under test did wrong. It is thrown there, and again at the end, in case it was caught. */
  #failure: HeddleError | null = null;

  /** @internal */
  constructor(name: string, script: Script) {
    this.#name = name;
    this.#script = script;
    this.#reads = new Side(`read from ${this}`, () => this.#readNap?.drop());
    this.#writes = new Side(`write to ${this}`, () => this.#writeNap?.drop());
  }

  /** `mock stream "smtp"` */
  toString(): string {
    return this.#name === "" ? "the mock stream" : `mock stream ${quote(this.#name)}`;
  }

  /**
   * Reads what the script has there, at most the bytes of one step. At its end 0, or what the last step for reads has failed with.
   *
   * **Cancel safety**: nothing is lost.
   *
   * @throws the error of a `readError` step
   * @throws BusyError `io.busy` if another read waits
   */
  read(into: Uint8Array): Future<number> {
    return this.#reads.wait((cx) => this.#pollRead(cx, into));
  }

  /**
   * Writes what the script expects, at most the bytes of one step: so a script can make writes short.
   *
   * **Cancel safety**: a write that is dropped has written nothing.
   *
   * @throws HeddleError `test.unexpected-write` if the script expects something else, or nothing; the test fails for it at its end as well
   * @throws the error of a `writeError` step
   * @throws ClosedError `io.closed` after `shutdown`
   * @throws BusyError `io.busy` if another write waits
   */
  write(bytes: Uint8Array): Future<number> {
    return this.#writes.wait((cx) => this.#pollWrite(cx, bytes));
  }

  /** Ready at once: what was written has been compared. */
  flush(): Future<void> {
    return this.#writes.wait(() => undefined);
  }

  /** Ready at once. What is written later fails. */
  shutdown(): Future<void> {
    return this.#writes.wait(() => {
      this.#isShutDown = true;
    });
  }

  #pollRead(cx: Context, into: Uint8Array): Poll<number> {
    if (into.length === 0) return 0;
    for (;;) {
      const step = this.#script.head;
      switch (step?.kind) {
        case undefined:
          return this.#endOfReads();
        case "wait":
          this.#readNap = this.#napOf(step, this.#readNap);
          if (this.#readNap.poll(cx) === PENDING) return PENDING;
          this.#over(step);
          continue;
        case "readError":
          this.#over(step);
          throw step.error;
        case "read":
          return this.#take(step, into);
        default:
          return PENDING; // The script expects a write first.
      }
    }
  }

  #endOfReads(): number {
    const failed = this.#script.lastReadError;
    if (failed !== undefined) throw failed.error;
    return 0;
  }

  #take(step: StepOf<"read">, into: Uint8Array): number {
    const taken = step.left.subarray(0, into.length);
    into.set(taken);
    step.left = step.left.subarray(taken.length);
    if (step.left.length === 0) this.#over(step);
    return taken.length;
  }

  #pollWrite(cx: Context, bytes: Uint8Array): Poll<number> {
    if (this.#isShutDown)
      throw new ClosedError("io.closed", `Cannot write to ${this}: it was shut down`, {
        help: "write before shutdown()",
      });
    if (this.#failure !== null) throw this.#failure;
    if (bytes.length === 0) return 0;
    for (;;) {
      const step = this.#script.nextWrite;
      if (step === undefined) throw this.#fail(bytes, ": its script expects no more writes");
      switch (step.kind) {
        case "wait":
          // It begins when all before it is over; reads may be among that.
          if (this.#script.head !== step) return PENDING;
          this.#writeNap = this.#napOf(step, this.#writeNap);
          if (this.#writeNap.poll(cx) === PENDING) return PENDING;
          this.#over(step);
          continue;
        case "writeError":
          this.#over(step);
          throw step.error;
        default:
          return this.#accept(step, bytes);
      }
    }
  }

  #accept(step: StepOf<"write">, bytes: Uint8Array): number {
    const count = Math.min(step.left.length, bytes.length);
    for (let at = 0; at < count; at++)
      if (bytes[at] !== step.left[at])
        throw this.#fail(bytes, ` as its script expects ${showBytes(step.left)} next: they differ`, step.left);
    step.left = step.left.subarray(count);
    if (step.left.length === 0) this.#over(step);
    return count;
  }

  #fail(bytes: Uint8Array, why: string, expected?: Uint8Array): HeddleError {
    const details = expected === undefined ? this.#script.toString() : showDifference(expected, bytes);
    return (this.#failure = new HeddleError(
      "test.unexpected-write",
      `Cannot write ${showBytes(bytes)} to ${this}${why}\n${details}`,
      { help: "correct what is written, or the script" },
    ));
  }

  #napOf(step: StepOf<"wait">, nap: Sleep | null): Sleep {
    this.#deadline ??= Instant.now().add(step.milliseconds);
    return nap ?? sleepUntil(this.#deadline);
  }

  #over(step: Step): void {
    step.isOver = true;
    if (step.kind === "wait") this.#endNaps();
    this.#reads.wake();
    this.#writes.wake();
  }

  #endNaps(): void {
    this.#readNap?.drop();
    this.#writeNap?.drop();
    this.#readNap = this.#writeNap = this.#deadline = null;
  }

  /**
   * Makes sure that the script was used up and that nothing was written that it does not expect. The end of a test made with `testWith` does it
   * for the streams that were built in it, as does the end of a `using` block.
   *
   * @throws HeddleError `test.unexpected-write`, or `test.script-left` with the steps that are left
   */
  assertDone(): void {
    if (this.#failure !== null) throw this.#failure;
    const { left, length } = this.#script;
    if (left === 0) return;
    throw new HeddleError(
      "test.script-left",
      `Cannot end ${this} as its script must be used up: ${left} of ${length} steps ${left === 1 ? "is" : "are"} left\n${this.#script}`,
      { help: "read and write what the script has, or make it shorter" },
    );
  }

  [Symbol.dispose](): void {
    this.assertDone();
  }
}

/** Writes down what a mock stream plays. See {@link mockStream}. */
export class MockStreamBuilder {
  readonly #name: string;
  readonly #steps: Step[] = [];

  /** @internal */
  constructor(name: string) {
    this.#name = name;
  }

  /** Reads give these bytes. */
  read(bytes: Uint8Array | string): this {
    return this.#add({ kind: "read", ...bytesFor("read", bytes), isOver: false });
  }

  /** These bytes are expected to be written. */
  write(bytes: Uint8Array | string): this {
    return this.#add({ kind: "write", ...bytesFor("write", bytes), isOver: false });
  }

  /** A read fails with `error`. As the last step for reads, so does every read after it. */
  readError(error: unknown): this {
    return this.#add({ kind: "readError", error, isOver: false });
  }

  /** A write fails with `error`. */
  writeError(error: unknown): this {
    return this.#add({ kind: "writeError", error, isOver: false });
  }

  /** Nothing goes on for so long, from when all steps before are over and somebody reads or writes. */
  wait(duration: Duration): this {
    const milliseconds = toMilliseconds(duration, "write a script", "duration");
    return this.#add({ kind: "wait", milliseconds, isOver: false });
  }

  #add(step: Step): this {
    this.#steps.push(step);
    return this;
  }

  /** Makes a stream that plays the script from its beginning. Built in a test runtime, it is checked at the end of the test. */
  build(): MockStream {
    const stream = new MockStream(this.#name, new Script(this.#steps.map((step) => ({ ...step }))));
    const runtime = currentRuntime();
    if (runtime instanceof TestRuntime) runtime.atEnd(() => stream.assertDone());
    return stream;
  }
}

function bytesFor(verb: string, bytes: Uint8Array | string): { bytes: Uint8Array; left: Uint8Array } {
  if (typeof bytes === "string") bytes = new TextEncoder().encode(bytes);
  if (!ArrayBuffer.isView(bytes))
    throw new TypeError(`Cannot write a script as what it ${verb}s must be text or bytes: received ${quote(bytes)}`);
  // An empty read would mean the end, which is where the script ends.
  if (bytes.length === 0)
    throw new RangeError(`Cannot write a script as what it ${verb}s must have at least one byte: received none`);
  return { bytes, left: bytes };
}

/**
 * Writes the script of a connection: what reads give, what is expected to be written, and when. Texts are UTF-8. A read comes to its step when all before it
 * are over, so an answer does not come before its question; after the last step reads are at the end.
 *
 * @param options.name for messages
 *
 * @example A client is tested without a server
 * ```ts
 * import { async } from "heddle";
 * import type { AsyncRead, AsyncWrite } from "heddle/io";
 * import { mockStream, testRuntime } from "heddle/test";
 *
 * const greet = async(function* (server: AsyncRead & AsyncWrite) {
 *   yield* server.write(new TextEncoder().encode("HELO me\r\n"));
 *   const answer = new Uint8Array(100);
 *   const count = yield* server.read(answer);
 *   return new TextDecoder().decode(answer.subarray(0, count)).trim();
 * });
 * const server = mockStream({ name: "smtp" }).write("HELO me\r\n").wait({ seconds: 5 }).read("250 ok\r\n").build();
 * console.log(await testRuntime().run(greet(server)));
 * server.assertDone();
 * // prints: 250 ok
 * ```
 */
export function mockStream(options: { name?: string | undefined } = {}): MockStreamBuilder {
  return new MockStreamBuilder(options.name ?? "");
}
