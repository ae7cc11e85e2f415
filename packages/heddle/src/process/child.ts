/**
 * Child: a process that was started, in the hands of whoever started it.
 *
 * What is known of the process is in `running.ts`, what it is connected with in `pipes.ts`. Here is what one can do with it, and who ends it:
 *
 * |                                          | `killOnDrop` | otherwise  |
 * | ---------------------------------------- | ------------ | ---------- |
 * | the task that spawned it ends            | killed       | runs on    |
 * | `using`, `[Symbol.dispose]()`            | killed       | runs on    |
 * | `status`, `output`, `waitWithOutput`     | killed, and  | runs on    |
 * | are dropped                              | waited for   |            |
 * | `[Symbol.asyncDispose]()`                | killed, and waited for   ||
 * | the object is forgotten                  | nothing      | nothing    |
 */
import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import { clampMilliseconds, type Duration, toMilliseconds } from "../base/duration.js";
import { quote } from "../base/errors.js";
import { Alarm } from "../future/alarm.js";
import { async } from "../future/async.js";
import type { Context } from "../future/context.js";
import { Leaf } from "../future/leaf.js";
import type { Future, Poll } from "../future/poll.js";
import { ready } from "../future/ready.js";
import { select } from "../future/select.js";
import type { AsyncRead } from "../io/async-read.js";
import type { AsyncWrite } from "../io/async-write.js";
import type { ExitStatus } from "./exit-status.js";
import { checkOutputOptions, collect, type Output, type OutputOptions } from "./output.js";
import { Pipes } from "./pipes.js";
import { Exit, Running } from "./running.js";
import type { Settings } from "./settings.js";

/**
 * A process that was started with {@link Command.spawn}.
 *
 * - Its pipes are there where the command says `"pipe"`. Their errors and their back-pressure are those of `heddle/io`; each can be disposed of.
 * - It is nobody's burden when it is forgotten: it runs on, the system is told when it ends, and it does not keep this process alive. Only
 *   what waits for it does.
 * - `using` is what dropping it is in Rust: its pipes are closed, and with `killOnDrop` it is killed. `await using` kills it and waits for its end.
 *
 * @example To talk with a process
 * ```ts
 * import { async, run } from "heddle";
 * import { BufReader, readLine, writeAll } from "heddle/io";
 * import { Command } from "heddle/process";
 *
 * const program = async(function* () {
 *   using child = yield* new Command("cat").stdin("pipe").stdout("pipe").killOnDrop().spawn();
 *   const answers = new BufReader(child.stdout!);
 *   yield* writeAll(child.stdin!, "is anybody there?\n");
 *   console.log(yield* readLine(answers));
 *   console.log(String(yield* child.wait()));
 * });
 * await run(program());
 * // prints: is anybody there?
 * // prints: exit code 0
 * ```
 */
export class Child implements Disposable, AsyncDisposable {
  readonly #running: Running;
  readonly #pipes: Pipes;

  /** @internal */
  constructor(host: ChildProcess, settings: Settings) {
    this.#running = new Running(host, settings);
    this.#pipes = new Pipes(host, this);
  }

  /** Its number in the system. Once the process is over, the system may give it to another one. */
  get id(): number {
    return this.#running.id;
  }

  /** Its standard input, if that is a pipe and was not taken. */
  get stdin(): (AsyncWrite & Disposable) | undefined {
    return this.#pipes.stdin;
  }

  /** Its standard output, if that is a pipe. */
  get stdout(): (AsyncRead & Disposable) | undefined {
    return this.#pipes.stdout;
  }

  /** Its standard error, if that is a pipe. */
  get stderr(): (AsyncRead & Disposable) | undefined {
    return this.#pipes.stderr;
  }

  /** Gives its standard input away: `wait()` does not close it any more, so that one task can write while another one waits. */
  takeStdin(): (AsyncWrite & Disposable) | undefined {
    return this.#pipes.takeStdin();
  }

  /**
   * Closes its standard input, unless that was taken, and waits until the process is over. Any number may wait, also after the end.
   *
   * It does not read its output: a process that writes more than a pipe holds waits for a reader, and whoever waits here waits for ever. See
   * {@link waitWithOutput}.
   *
   * **Cancel safety**: nothing is lost but that the standard input is closed; wait again.
   */
  wait(): Future<ExitStatus> {
    return wait(this, this.#running, this.#pipes);
  }

  /** How the process ended, if this program was told of it already. It closes nothing. */
  tryWait(): ExitStatus | undefined {
    return this.#running.status;
  }

  /**
   * Sends a signal, to the whole group if the command says `processGroup`, and does not wait.
   *
   * @param signal `"SIGKILL"` by default, which no process can ignore
   * @returns false if the process is over
   * @throws TypeError if this system has no such signal; HeddleError `process.not-signalled` if the system refuses
   */
  startKill(signal: NodeJS.Signals = "SIGKILL"): boolean {
    checkSignal(signal);
    return this.#running.signal(signal);
  }

  /**
   * Sends a signal, as {@link startKill} does, and waits until the process is over, as {@link wait} does. A process may ignore any signal but SIGKILL.
   *
   * **Cancel safety**: once it was polled the signal is sent; what is lost is the wait.
   *
   * @throws TypeError if this system has no such signal; HeddleError `process.not-signalled` if the system refuses
   */
  kill(signal: NodeJS.Signals = "SIGKILL"): Future<ExitStatus> {
    checkSignal(signal);
    return kill(this, this.#running, this.#pipes, signal);
  }

  /**
   * Asks the process to end, with SIGTERM; when it has not ended after `grace`, kills it. Waits until it is over.
   *
   * **Cancel safety**: dropped during the grace, it was asked and is not killed.
   *
   * @throws HeddleError `process.not-signalled` if the system refuses
   */
  terminate(grace: Duration): Future<ExitStatus> {
    const milliseconds = clampMilliseconds(toMilliseconds(grace, "terminate a process", "grace"));
    return terminate(this, this.#running, this.#pipes, milliseconds);
  }

  /**
   * Waits until the process is over and its pipes are at their ends, and gives what it wrote: all pipes are drained while it waits. Its standard
   * input is closed, once it has had `input`.
   *
   * A process that it started and that still has the pipes keeps them from their ends.
   *
   * **Cancel safety**: the pipes are closed and what was read is lost. With `killOnDrop` the process is killed, and waited for.
   *
   * @throws HeddleError `process.too-much-output` if there is more than `limit`: it is killed then
   * @throws BusyError `io.busy` if somebody else reads its output
   */
  waitWithOutput(options: OutputOptions = {}): Future<Output> {
    checkOutputOptions(options);
    return waitWithOutput(this, { ...options });
  }

  /** Closes its pipes, but for a standard input that was taken. With `killOnDrop` it is killed, and not waited for. */
  [Symbol.dispose](): void {
    this.#pipes.close();
    if (this.#running.killOnDrop) this.#running.signal("SIGKILL");
  }

  /** Kills it, waits until it is over, and closes its pipes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const running = this.#running;
    this.#pipes.close();
    if (running.signal("SIGKILL")) await new Promise<void>((resolve) => running.wait({ wake: resolve }));
  }

  /** @internal */
  static closePipes(child: Child): void {
    child.#pipes.close();
  }

  /** @internal */
  static collecting(child: Child, options: OutputOptions): Future<Output> {
    const { stdin, stdout, stderr } = child;
    return collect(child.#running, { stdin, stdout, stderr }, options);
  }

  /** @internal What remains to be waited for once nobody wants its outcome any more. */
  static remains(child: Child): Future<unknown> {
    return child.#running.isKilled ? new Exit(child.#running) : ready(undefined);
  }
}

const wait = async(function* wait(_child: Child, running: Running, pipes: Pipes) {
  pipes.endStdin();
  return yield* new Exit(running);
});

const kill = async(function* kill(_child: Child, running: Running, pipes: Pipes, signal: NodeJS.Signals) {
  running.signal(signal);
  pipes.endStdin();
  return yield* new Exit(running);
});

const terminate = async(function* terminate(_child: Child, running: Running, pipes: Pipes, grace: number) {
  running.signal("SIGTERM");
  pipes.endStdin();
  const { key, value } = yield* select({ exit: new Exit(running), late: new Grace(grace) }, { biased: true });
  if (key === "exit") return value;
  running.signal("SIGKILL");
  return yield* new Exit(running);
});

const waitWithOutput = async(function* waitWithOutput(child: Child, options: OutputOptions) {
  return yield* toItsEnd(ready(child), (child) => Child.collecting(child, options));
});

/**
 * Has a process do what only this call is there for. However the call ends, nothing of the child is left with us: its pipes are closed, and
 * if it was killed, it is over.
 */
export const toItsEnd = async(function* toItsEnd<T>(spawned: Future<Child>, use: (child: Child) => Future<T>) {
  const child = yield* spawned;
  let isOver = false;
  try {
    const outcome = yield* use(child);
    isOver = true;
    return outcome;
  } finally {
    child[Symbol.dispose]();
    if (!isOver) yield* Child.remains(child);
  }
});

/** How long a process has to end by itself. */
class Grace extends Leaf<void> {
  readonly #alarm: Alarm;

  constructor(milliseconds: number) {
    super();
    this.#alarm = new Alarm(milliseconds);
  }

  poll(cx: Context): Poll<void> {
    return this.#alarm.poll(cx);
  }

  override drop(): void {
    this.#alarm.cancel();
  }
}

function checkSignal(signal: unknown): void {
  if (typeof signal === "string" && Object.hasOwn(constants.signals, signal)) return;
  throw new TypeError(
    `Cannot kill a process as 'signal' must be the name of a signal of this system: received ${quote(signal)}` +
      '\nhelp: for example "SIGTERM" or "SIGINT"',
  );
}
