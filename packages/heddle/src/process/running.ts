/**
 * Running: a process as the host knows it, from its start to its end.
 *
 *     launch ──► RUNNING ──'exit'──► EXITED(status)
 *                  │                   └─ wakes who waits; signals go nowhere from here on
 *                  └─ the host's loop is held exactly while somebody waits
 *
 * INVARIANT: a signal is sent only while RUNNING. The host reaps the process in the same step in which it tells of the exit, so until then
 * its number cannot belong to another one.
 */
import type { ChildProcess } from "node:child_process";
import process from "node:process";
import type { Context, Waker } from "../future/context.js";
import { type ActiveRoot, currentRoot, type Droppable } from "../future/current.js";
import { Leaf } from "../future/leaf.js";
import { Outside } from "../future/outside.js";
import { PENDING, type Poll } from "../future/poll.js";
import { ExitStatus } from "./exit-status.js";
import { cannotSignal } from "./failures.js";
import type { Settings } from "./settings.js";

/** A process that was started. */
export class Running implements Droppable {
  readonly id: number;
  readonly program: string;
  readonly killOnDrop: boolean;
  readonly #host: ChildProcess;
  readonly #isGroup: boolean;
  /** Who is told when it ends. */
  readonly #awaited = new Set<Waker>();
  /** The task that it is not to outlive. */
  #root: ActiveRoot | null = null;
  #status: ExitStatus | undefined;
  #isKilled = false;

  constructor(host: ChildProcess, settings: Settings) {
    this.id = host.pid!;
    this.program = settings.program;
    this.killOnDrop = settings.killOnDrop;
    this.#host = host;
    this.#isGroup = settings.processGroup;
    host.once("exit", (code, signal) => this.#exited(new ExitStatus(code, signal)));
    host.unref();
    if (!this.killOnDrop) return;
    this.#root = currentRoot();
    this.#root?.keep(this);
  }

  /** How it ended; undefined while it runs. */
  get status(): ExitStatus | undefined {
    return this.#status;
  }

  /** Whether it was told to end at once. */
  get isKilled(): boolean {
    return this.#isKilled;
  }

  #exited(status: ExitStatus): void {
    this.#status = status;
    this.#root?.release(this);
    this.#root = null;
    const awaited = [...this.#awaited];
    this.#awaited.clear();
    for (const waker of awaited) waker.wake();
  }

  /** Has it woken at the end of the process, and keeps this one alive until then. Not called after the end. */
  wait(waker: Waker): void {
    if (this.#awaited.size === 0) this.#host.ref();
    this.#awaited.add(waker);
  }

  stop(waker: Waker): void {
    if (this.#awaited.delete(waker) && this.#awaited.size === 0) this.#host.unref();
  }

  /**
   * Sends a signal to it, or to its whole group. False if it is over.
   *
   * @throws HeddleError `process.not-signalled`
   */
  signal(signal: NodeJS.Signals): boolean {
    if (this.#status !== undefined) return false;
    try {
      process.kill(this.#isGroup ? -this.id : this.id, signal);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === "ESRCH") return false;
      throw cannotSignal(this.program, this.id, signal, cause);
    }
    if (signal === "SIGKILL") this.#isKilled = true;
    return true;
  }

  /** The task that it is not to outlive ends. */
  drop(): void {
    try {
      this.signal("SIGKILL");
    } catch (error) {
      currentRoot()?.cleanupFailed(error);
    }
  }
}

/** The end of a process. */
export class Exit extends Leaf<ExitStatus> {
  readonly #running: Running;
  readonly #outside = new Outside();

  constructor(running: Running) {
    super();
    this.#running = running;
  }

  get label(): string {
    return `the end of ${JSON.stringify(this.#running.program)}, process ${this.#running.id}`;
  }

  poll(cx: Context): Poll<ExitStatus> {
    const { status } = this.#running;
    if (status !== undefined) return status;
    if (!this.#outside.isAwaited) this.#running.wait(this);
    this.#outside.wait(cx.waker);
    return PENDING;
  }

  /** @internal The process has ended. */
  wake(): void {
    this.#outside.wake();
  }

  override drop(): void {
    this.#running.stop(this);
    this.#outside.leave();
  }
}
