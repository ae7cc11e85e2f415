/**
 * Thread: one thread that heddle has started, seen from the one that started it.
 *
 * It does not keep the process alive; the jobs do (`dispatcher.ts`).
 */
import { hostNow } from "../../base/clock.js";
import type { Warnings } from "../../base/warnings.js";
import type { Engine } from "../../runtime/engine.js";
import { currentRuntime, defaultRuntime } from "../../runtime/run.js";
import { JoinError, quote } from "../../base/errors.js";
import { hostTimer } from "../../reactor/host.js";
import { existsSync } from "node:fs";
import { type MessagePort, type ResourceLimits, Worker } from "node:worker_threads";
import { canEndThreads } from "../host.js";
import { LIFE, lifeTable, threadEnded } from "../life.js";
import { workerOptions } from "../reference/worker.js";
import type { Parcel } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import { dispatcher } from "./dispatcher.js";
import { type Fate, fateOf, givenUp, systemLimits } from "./fate.js";
import { type Entry, references } from "./functions.js";
import type { Board } from "./layout.js";
import { Line, newLine, portsOf } from "./line.js";
import {
  ABORT,
  type Answer,
  type Charter,
  DEFINE,
  DUMP,
  ENVELOPE,
  JOB,
  type Letter,
  type Order,
  type Report,
  STOP,
} from "./messages.js";

/** What it is told of a job. */
export interface Shipment {
  readonly slot: number;
  readonly ticket: number;
  readonly entry: Entry;
  /** The arguments; null if they lie in the slot, or in an envelope. */
  readonly parcel: Parcel | null;
}

/** What a thread may be given. */
export interface ThreadLimits extends ResourceLimits {}

export interface ThreadPlan {
  readonly name: string;
  readonly member: number;
  readonly board: Board | null;
  readonly limits: ThreadLimits | undefined;
  /** Whose `onWarning` hears of what it warns of, and whose limits it keeps to. By default that of the runtime that is current when it starts. */
  readonly engine?: Engine | undefined;
  /** Called once, when it is over. `fate` says why; nothing was heard of its jobs any more. */
  readonly onEnd: (thread: Thread, fate: Fate) => void;
}

/** How many threads may be alive at once, unless the program says otherwise. */
const DEFAULT_LIMIT = 512;

/** The threads that this thread has started and that are not over; the most there may be. Written here alone. */
const alive = { count: 0, limit: DEFAULT_LIMIT, threads: new Set<Thread>() };

/** The threads that this thread has started and that are not over. */
export function livingThreads(): Thread[] {
  return [...alive.threads];
}

/** How many threads this one may have alive at once. */
export function threadLimit(limit?: number): number {
  if (limit === undefined) return alive.limit;
  if (!Number.isInteger(limit) || limit < 1)
    throw new RangeError(`Cannot limit threads as the limit must be an integer >= 1: received ${quote(limit)}`);
  return (alive.limit = limit);
}

/** How long a thread that is to be ended may go on loading modules, in milliseconds. */
const PATIENCE = 1000;

/** HOST: how long a thread that is said to be over may go on before it is given up, in milliseconds. See `host.ts`. */
const GRACE = 100;

export class Thread {
  readonly name: string;
  readonly member: number;
  /** The host's id. */
  readonly id: number;
  readonly #worker: Worker;
  readonly #line: Line<Report, Order>;
  readonly #board: Board | null;
  readonly #startedAt = hostNow();
  readonly #onEnd: ThreadPlan["onEnd"];
  readonly #warnings: Warnings | null;
  /** How many functions it has been told. */
  #told: number;
  /** Jobs that were sent to it alone and are not over. `pool.ts` counts. */
  posted = 0;
  #questions = 0;
  readonly #asked = new Map<number, (answer: Answer | "busy" | "starting" | "ended") => void>();
  /** Whether it had a job since `roster.ts` last looked. */
  wasUsed = true;
  isStopping = false;
  #wasTerminated = false;
  #isOver = false;
  /** Whether it has loaded what it begins with. */
  isReady = false;
  #patience = 0;
  #error: unknown = null;
  /** HOST: where the system shows the thread, on Linux; "" elsewhere. The thread writes it when it starts. */
  #trace = "";

  /** @throws JoinError `thread.refused` if there are too many, or the system refuses */
  constructor({ name, member, board, limits, engine, onEnd }: ThreadPlan) {
    if (alive.count >= alive.limit)
      throw refused(
        name,
        `${alive.count} threads are alive, which is the limit`,
        "join some first, or raise it with thread.limit(n)",
      );
    this.name = name;
    this.member = member;
    this.#board = board;
    this.#onEnd = onEnd;
    this.#told = references.length;
    const served = engine ?? currentRuntime() ?? defaultRuntime();
    this.#warnings = served.warnings;
    const [end, itsEnd] = newLine();
    const charter: Charter = {
      desk: dispatcher().desk.memory,
      board: board?.memory ?? null,
      members: board?.members ?? 0,
      member,
      name,
      line: itsEnd,
      isWarning: this.#warnings !== null,
      limits: served.limits,
      references,
    };
    try {
      const options = workerOptions();
      this.#worker = new Worker(new URL("./entry.js", import.meta.url), {
        ...options,
        // Modules look at the arguments of the program when they are loaded, on whatever thread.
        argv: process.argv.slice(2),
        name,
        ...(limits && { resourceLimits: limits }),
        workerData: { ...options.workerData, heddle: charter, [LIFE]: lifeTable },
        transferList: portsOf(itsEnd),
      });
    } catch (error) {
      end.port.close();
      end.bell?.close();
      throw refusedBySystem(name, error);
    }
    alive.count++;
    alive.threads.add(this);
    this.id = this.#worker.threadId;
    this.#line = new Line(end);
    this.#line.listen(
      (message) => this.#receive(message),
      (error) => {
        this.#error = error;
        this.terminate();
      },
    );
    this.#line.unref();
    this.#worker.unref();
    this.#worker.on("error", (error) => (this.#error = error));
    this.#worker.on("exit", (code) => (canEndThreads ? this.#end(code) : this.#endWhenGone(code, hostNow() + GRACE)));
  }

  #receive(message: Report): void {
    if (typeof message === "string") {
      this.isReady = true;
      this.#trace = message;
      return;
    }
    if (!Array.isArray(message)) {
      if ("question" in message) return this.#asked.get(message.question)?.(message);
      this.#warnings?.({ code: message.code, message: `On ${this.name}: ${message.message}` });
      return;
    }
    const [slot, ticket, isError, data, extras] = message;
    const job = dispatcher().jobOf(slot, ticket);
    if (job === null) return;
    if (isError) return job.mailed(true, data);
    let value;
    try {
      value = unpack(data, extras);
    } catch (error) {
      return job.failed(error);
    }
    job.mailed(false, value);
  }

  /** Takes what has come. For a thread that blocks. */
  look(): void {
    for (let it = this.#line.take(); it !== undefined; it = this.#line.take()) this.#receive(it.message);
    // No event tells a blocked thread that this one has ended, but the system does.
    if (this.#trace !== "" && this.#isGone) this.#end(1);
  }

  /** Whether the system does not show it any more. */
  get #isGone(): boolean {
    return !existsSync(this.#trace);
  }

  /** Tells it of the functions that it does not know. To be called before a job with a new one can come to it. */
  define(): void {
    for (; this.#told < references.length; this.#told++) this.#post([DEFINE, this.#told, references[this.#told]!]);
  }

  /** Sends a job, whose parcel it may keep. */
  send(job: Shipment): void {
    this.define();
    const { slot, ticket, entry, parcel } = job;
    this.#post([JOB, slot, ticket, entry.id, parcel!.data, parcel!.extras], parcel!.transfer);
  }

  /** Sends a job whose letter was cloned before. */
  sendSealed({ slot, ticket }: Shipment, letter: MessagePort | Letter): void {
    this.define();
    if (Array.isArray(letter)) this.#post([JOB, slot, ticket, ...letter]);
    else this.#post([ENVELOPE, slot, ticket, letter], [letter as unknown as Transferable]);
  }

  /** Sends nothing to a thread that expects a job, which could not be sent. */
  sendNothing(slot: number, ticket: number): void {
    this.#post([JOB, slot, ticket, 0, null, null]);
  }

  abort({ slot, ticket }: Shipment, reason: unknown): void {
    try {
      this.#post([ABORT, slot, ticket, reason]);
    } catch {
      // The reason cannot be cloned. It is kept here for who joins; the thread gets its words.
      this.#post([ABORT, slot, ticket, quote(reason)]);
    }
  }

  #post(order: Order, transfer: readonly Transferable[] = []): void {
    this.#line.post(order, transfer);
  }

  /** Asks it where its tasks stand, for so many milliseconds. It keeps the process alive as long. */
  async ask(milliseconds: number): Promise<Answer | "busy" | "starting" | "ended"> {
    if (this.#isOver) return "ended";
    const question = ++this.#questions;
    const timer = hostTimer(() => this.#asked.get(question)?.(this.isReady ? "busy" : "starting"));
    const answer = new Promise<Awaited<ReturnType<Thread["ask"]>>>((resolve) => this.#asked.set(question, resolve));
    timer.arm(milliseconds);
    // Threads that it asks itself have to be sooner.
    this.#post([DUMP, question, milliseconds / 2]);
    try {
      return await answer;
    } finally {
      this.#asked.delete(question);
      timer.release();
    }
  }

  /** Lets it finish what it has begun, and end. It keeps the process alive until then. */
  stop(): void {
    if (this.isStopping) return;
    this.isStopping = true;
    this.#post([STOP]);
  }

  /** Has the process wait for its end. */
  hold(): void {
    this.#worker.ref();
  }

  /** Ends it, whatever it is doing. */
  terminate(): void {
    if (this.#wasTerminated || this.#isOver) return;
    this.#wasTerminated = true;
    this.#patience = hostNow() + PATIENCE;
    this.#endWhenLoaded();
  }

  // HOST: Node leaves the files open that a thread was just reading modules from when it is terminated.
  #endWhenLoaded(): void {
    const isLoading = !this.isReady || this.#loads() > 0;
    if (isLoading && hostNow() < this.#patience) hostTimer(() => this.#endWhenLoaded()).arm(2);
    else void this.#worker.terminate();
  }

  #loads(): number {
    const board = this.#board;
    return board === null ? 0 : Atomics.load(board.words, board.loads(this.member));
  }

  // HOST: Deno says that a thread is over as soon as it is told to end, or ends. It may still hold a lock, and let go of it.
  #endWhenGone(code: number, limit: number): void {
    if (this.#isGone) this.#end(code);
    else if (hostNow() < limit) hostTimer(() => this.#endWhenGone(code, limit)).arm(1);
    else this.#end(code, true);
  }

  /** @param runsOn whether it is given up, though it is still there */
  #end(code: number, runsOn = false): void {
    if (this.#isOver) return;
    this.#isOver = true;
    alive.threads.delete(this);
    for (const tell of this.#asked.values()) tell("ended");
    const trace = this.#trace;
    // What it had sent before it ended counts.
    this.#trace = "";
    this.look();
    this.#line.close();
    if (runsOn) countOutWhenGone(this.id, trace);
    else countOut(this.id);
    dispatcher().lookAgain();
    const age = hostNow() - this.#startedAt;
    this.#onEnd(this, runsOn ? givenUp(age) : fateOf(this.#error, code, age, this.#wasTerminated));
  }
}

function countOut(id: number): void {
  alive.count--;
  threadEnded(id);
}

/** What it holds is not taken from it while it may still use it. */
function countOutWhenGone(id: number, trace: string): void {
  if (!existsSync(trace)) return countOut(id);
  const timer = hostTimer(() => countOutWhenGone(id, trace));
  timer.arm(GRACE);
  timer.release();
}

function refused(name: string, why: string, help: string, cause?: unknown): JoinError {
  return new JoinError("thread.refused", `Cannot start thread ${quote(name)}: ${why}`, { help, cause });
}

function refusedBySystem(name: string, error: unknown): unknown {
  if ((error as { code?: string }).code !== "ERR_WORKER_INIT_FAILED") return error;
  const limits = systemLimits();
  return refused(
    name,
    `the system gives no more after ${alive.count} (${(error as Error).message})`,
    `have fewer alive at once${limits === "" ? "" : `; the limits here: ${limits}`}`,
    error,
  );
}
