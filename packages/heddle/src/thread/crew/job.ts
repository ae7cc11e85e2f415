/**
 * Job: a call of a function on another thread, and its handle.
 *
 * | state   | meaning                                | then                      |
 * | ------- | -------------------------------------- | ------------------------- |
 * | PENDING | not over                               | the three below           |
 * | VALUE   | the value came                         |                           |
 * | FAILED  | an error came, or its thread died      |                           |
 * | CUT     | aborted                                |                           |
 *
 * It is no task: nothing of it runs here. So it can be awaited by any number of tasks and promises, and no one's end ends it.
 */
import { AbortedError, JoinError, quote } from "../../base/errors.js";
import { withStackLimit } from "../../base/stacktrace.js";
import type { Context, Waker } from "../../future/context.js";
import { current } from "../../future/current.js";
import { PENDING as POLL_AGAIN, type Poll } from "../../future/poll.js";
import type { Engine } from "../../runtime/engine.js";
import { currentRuntime, defaultRuntime } from "../../runtime/run.js";
import type { JoinHandle } from "../../task/join-handle.js";
import type { Failure } from "../../task/task.js";
import { canEndThreads, refuseToEnd } from "../host.js";
import { RemoteHandle } from "../remote-handle.js";
import { unpackError } from "../values/errors.js";
import type { Parcel } from "../values/pack.js";
import { dispatcher, type Occupant } from "./dispatcher.js";
import type { Fate } from "./fate.js";
import type { Entry } from "./functions.js";
import { DONE, FREE, phaseOf, QUEUED, RUNNING, SEALED, TASK, valueOf } from "./slot.js";
import type { Thread } from "./thread.js";

const PENDING = 0;
const VALUE = 1;
const FAILED = 2;
const CUT = 3;

export interface ThreadAbortOptions {
  /** End the thread that runs it, if nothing less can stop it. What else the thread was doing fails with JoinError. False. */
  terminate?: boolean | undefined;
}

/**
 * Work on another thread, seen from here. All that a `JoinHandle` of a task can do, and to wait without letting anything else run here.
 */
export interface ThreadHandle<T> extends JoinHandle<T> {
  /**
   * Asks the work to stop.
   *
   * | the work                              | what happens                                                     |
   * | ------------------------------------- | ---------------------------------------------------------------- |
   * | has not begun                         | it never does                                                    |
   * | is an async function of heddle's      | it is dropped there, and over when its cleanups are               |
   * | blocks, or is a native async function  | it goes on, and a warning says so; with `terminate` its thread ends |
   *
   * @returns whether it will stop
   * @throws HeddleError `thread.unsupported` HOST: on Deno, with `terminate`, if only the end of its thread would stop it
   */
  abort(reason?: unknown, options?: ThreadAbortOptions): boolean;
  /**
   * Waits for the outcome and **blocks this thread** until it is there: no task, timer or socket of it gets a turn.
   *
   * @throws the error of the work, as a join does
   * @throws TypeError HOST: where the thread may not block, as the main thread of a page may not
   */
  joinBlocking(): T;
}

/** Where a job goes: a pool, or a thread of its own. */
export interface Place {
  /** Nobody has begun the job, and nobody will: it was called off. */
  calledOff(job: Job<any>): void;
  /** A job that a member had is over. */
  finished(job: Job<any>): void;
  /** The thread that has a job that has begun. */
  threadOf(job: Job<any>): Thread | null;
  /** A thread has asked for a job that is sealed. */
  asked(job: Job<any>): void;
  /** Looks for what a thread that is blocked cannot hear of: outcomes in ports, and threads that are gone. */
  look(): void;
}

/** What is known of a job besides its call. */
export interface JobPlan {
  /** The function's by default. */
  readonly name?: string | undefined;
  /** Where it was spawned, for those few that can afford it. */
  readonly site?: Error;
  /** Whose work it is; that of who spawns it by default. */
  readonly engine?: Engine | undefined;
}

let jobs = 0;

/** How long a blocked thread waits before it looks whether those it waits for are still there. */
const LOOK_AGAIN = 50;

export class Job<T> extends RemoteHandle<T> implements ThreadHandle<T>, Occupant {
  readonly id: number;
  /** @internal */
  readonly entry: Entry;
  /** @internal */
  readonly place: Place;
  /** @internal Until it has a slot: as what the arguments lie there, if they have place in one. */
  args: readonly unknown[];
  /** @internal Until it is sent, or sealed: the arguments, packed. */
  parcel: Parcel | null;
  /** @internal Its slot on the desk; -1 before it has one and when it is over. `dispatcher.ts` writes the two. */
  slot: number;
  /** @internal */
  ticket: number;
  /** @internal The thread that it was sent to; null if any may take it. The place writes it. */
  thread: Thread | null;
  #state: number;
  /** While PENDING, who is to be woken: null, a waker, or several. Then the value, a Failure, or the reason of the abort. */
  #outcome: any;
  readonly #name: string | undefined;
  /** @internal Whose tasks it belongs to, for errors that nobody joins. */
  readonly engine: Engine;
  #isDetached: boolean;
  #isAborted: boolean;
  #reason: unknown;
  readonly #site: Error | null;

  constructor(place: Place, entry: Entry, args: readonly unknown[], { name, site, engine }: JobPlan) {
    super();
    this.id = ++jobs;
    this.entry = entry;
    this.place = place;
    this.args = args;
    this.parcel = null;
    this.slot = -1;
    this.ticket = 0;
    this.thread = null;
    this.#state = PENDING;
    this.#outcome = null;
    this.#name = name;
    this.engine = engine ?? currentRuntime() ?? defaultRuntime();
    this.#isDetached = false;
    this.#isAborted = false;
    this.#reason = undefined;
    this.#site = site ?? null;
  }

  /** @internal It is on its way. */
  begin(): void {
    dispatcher().expect();
    this.engine.timers.outsideBegins();
  }

  get name(): string {
    return this.#name ?? this.entry.name;
  }

  /** @internal As messages and dumps call it. */
  get label(): string {
    return `thread task ${quote(this.name)} (#${this.id})`;
  }

  /** @internal Whether it is over, as far as was heard. */
  get isOver(): boolean {
    return this.#state !== PENDING;
  }

  /** @internal Whether any thread of a pool may have it. */
  get isQueued(): boolean {
    const phase = this.#phase;
    return phase === QUEUED || phase === SEALED;
  }

  /** @internal For dumps: how far it has come. */
  get standing(): "queued" | "running" | "over" {
    const phase = this.#phase;
    return phase === DONE ? "over" : phase === RUNNING || phase === TASK ? "running" : "queued";
  }

  /** @internal How many wait for it. */
  get joinerCount(): number {
    if (this.#state !== PENDING || this.#outcome === null) return 0;
    return Array.isArray(this.#outcome) ? this.#outcome.length : 1;
  }

  get #phase(): number {
    const { desk } = dispatcher();
    return this.slot < 0 ? FREE : phaseOf(Atomics.load(desk.words, desk.state(this.slot)));
  }

  /** @internal Whether nobody but `thread` could bring it to its end. */
  wasHeldBy(thread: Thread): boolean {
    return this.place.threadOf(this) === thread;
  }

  get isFinished(): boolean {
    if (this.#state === PENDING) dispatcher().drain();
    return this.#state !== PENDING;
  }

  get isDetached(): boolean {
    return this.#isDetached;
  }

  detach(): void {
    if (this.#isDetached) return;
    this.#isDetached = true;
    if (this.#state === FAILED) this.engine.failed(this, this.#outcome);
  }

  abort(reason?: unknown, options?: ThreadAbortOptions): boolean {
    if (this.#state !== PENDING) return false;
    if (this.#isAborted && options?.terminate !== true) return true;
    if (this.slot < 0 || dispatcher().recall(this)) {
      this.place.calledOff(this);
      this.cut(reason);
      return true;
    }
    const thread = this.place.threadOf(this);
    if (options?.terminate === true && (canEndThreads || this.#phase !== TASK)) {
      refuseToEnd(thread?.name ?? "a thread");
      this.#isAborted = true;
      this.#reason = reason;
      thread?.terminate();
      return true;
    }
    if (!this.entry.isAsync && this.#phase !== TASK) {
      this.engine.warnings?.({
        code: "thread.not-aborted",
        message:
          `Cannot abort ${this.label}: it runs on ${thread?.name ?? "its thread"} already, and blocks it or awaits native promises` +
          "\nhelp: let it end, make it an async function of heddle's, or abort with { terminate: true }, which ends the thread",
      });
      return false;
    }
    this.#isAborted = true;
    this.#reason = reason;
    thread?.abort(this, reason);
    return true;
  }

  /** @internal As `abort`, of what is not worth a word if it goes on. */
  abortQuietly(reason: unknown): void {
    // Not `abort` for what has not begun: it may begin in between.
    if (this.#state === PENDING && (this.slot < 0 || dispatcher().recall(this))) {
      this.place.calledOff(this);
      this.cut(reason);
    } else if (this.entry.isAsync || this.#phase === TASK) this.abort(reason);
  }

  /** @internal Its slot says what became of it. */
  reported(): void {
    const { desk } = dispatcher();
    this.over(VALUE, valueOf(desk, this.slot, 0));
  }

  /** @internal The outcome came through a port. */
  mailed(isError: boolean, outcome: unknown): void {
    if (!isError) return this.over(VALUE, outcome);
    const thread = this.place.threadOf(this);
    const label = thread === null ? "that is over" : `${quote(thread.name)} (#${thread.id})`;
    const error = unpackError(outcome, { thread: label, ...this.#where() });
    if (this.#isAborted && (error as Partial<Error> | null)?.name === "AbortError") this.over(CUT, this.#reason);
    else this.failed(error);
  }

  /** @internal A thread has asked for it. */
  asked(): void {
    this.place.asked(this);
  }

  #where(): { stack?: string } {
    const stack = this.#site?.stack;
    return stack === undefined ? {} : { stack };
  }

  /** @internal */
  failed(error: unknown): void {
    this.over(FAILED, error);
  }

  /** @internal Its thread has ended. */
  abandoned(thread: string, { why, help, cause }: Fate): void {
    // The thread wrote the value, and died before it said so.
    if (this.#phase === DONE) this.reported();
    else if (this.#isAborted) this.over(CUT, this.#reason);
    else
      this.failed(
        new JoinError("thread.ended", `Cannot finish ${this.label} as ${thread} ended: ${why}`, { help, cause }),
      );
  }

  /** @internal It never begins. */
  cut(reason: unknown): void {
    this.over(CUT, reason);
  }

  /** @internal It is over. */
  over(state: number, outcome: unknown): void {
    if (this.#state !== PENDING) return;
    const desk = dispatcher();
    const hadSlot = this.slot >= 0;
    if (hadSlot) {
      this.place.finished(this);
      desk.close(this);
    }
    desk.forget();
    this.engine.timers.outsideEnds();
    const joiners: Waker | Waker[] | null = this.#outcome;
    this.#state = state;
    this.#outcome = outcome;
    this.args = NO_ARGUMENTS;
    this.parcel = null;
    if (state === FAILED) {
      const failure: Failure = { error: outcome, label: this.label, wasJoined: joiners !== null, isTaken: false };
      this.#outcome = failure;
      this.engine.failed(this, failure);
    }
    if (joiners === null) return;
    if (!Array.isArray(joiners)) joiners.wake();
    else for (const joiner of joiners) joiner.wake();
  }

  /** @internal The outcome for a joiner. */
  poll(cx: Context): Poll<T> {
    if (this.#state === VALUE) return this.#outcome as T;
    if (this.#state === PENDING) {
      this.#addJoiner(cx.waker);
      return POLL_AGAIN;
    }
    const error = this.#takeError();
    if (this.#state === FAILED) current.diagnostics.traceNative(error, current.stack!, 0);
    throw error;
  }

  /** @internal */
  forget(waker: Waker): void {
    if (this.#state !== PENDING) return;
    const joiners: Waker | Waker[] | null = this.#outcome;
    if (joiners === waker) this.#outcome = null;
    else if (Array.isArray(joiners)) this.#outcome = joiners.filter((joiner) => joiner !== waker);
  }

  #addJoiner(waker: Waker): void {
    const joiners: Waker | Waker[] | null = this.#outcome;
    if (joiners === null) this.#outcome = waker;
    else if (Array.isArray(joiners)) {
      if (!joiners.includes(waker)) joiners.push(waker);
    } else if (joiners !== waker) this.#outcome = [joiners, waker];
  }

  #takeError(): unknown {
    if (this.#state === CUT) return withStackLimit(10, () => new AbortedError(this.#outcome, this.label));
    const failure = this.#outcome as Failure;
    failure.isTaken = true;
    return failure.error;
  }

  /** @internal What became of it. Call it when it is finished. */
  result(): PromiseSettledResult<T> {
    return this.#state === VALUE
      ? { status: "fulfilled", value: this.#outcome as T }
      : { status: "rejected", reason: this.#takeError() };
  }

  /** @internal */
  look(waker: Waker): PromiseSettledResult<T> | null {
    if (this.#state !== PENDING) return this.result();
    this.#addJoiner(waker);
    return null;
  }

  joinBlocking(): T {
    const desk = dispatcher();
    while (this.#state === PENDING) {
      if (desk.drain() > 0) continue;
      this.place.look();
      if (this.#state === PENDING && !desk.block(LOOK_AGAIN)) desk.lookAround();
    }
    if (this.#state === VALUE) return this.#outcome as T;
    throw this.#takeError();
  }

  protected wasAborted(): boolean {
    return this.#state === CUT;
  }
}

const NO_ARGUMENTS: readonly unknown[] = [];
