/**
 * Solo: a thread that is started for one job and ends with it.
 */
import { endWithMain } from "../../runtime/process.js";
import { showCalls } from "./calls.js";
import { dispatcher } from "./dispatcher.js";
import type { Fate } from "./fate.js";
import { argumentsOf, entryOf, packArguments } from "./functions.js";
import { Job, type Place } from "./job.js";
import { POSTED } from "./slot.js";
import { Thread, type ThreadLimits } from "./thread.js";

export interface SoloPlan {
  readonly name: string | undefined;
  readonly limits: ThreadLimits | undefined;
  /** Told of what ended the thread after its job was over. */
  readonly onLost: (error: unknown, thread: string) => void;
}

let started = 0;

/** Those whose jobs are not over. */
const living = new Set<Solo>();

async function endLiving(): Promise<void> {
  await Promise.all(Array.from(living, (solo) => solo.end()));
}

export class Solo implements Place {
  readonly #plan: SoloPlan;
  #thread: Thread | null = null;
  #job: Job<any> | null = null;
  #onOver: (() => void) | null = null;

  constructor(plan: SoloPlan) {
    this.#plan = plan;
  }

  /**
   * Starts the thread, with its job.
   *
   * @throws TypeError if the function cannot be found there, or an argument not be sent
   * @throws JoinError `thread.refused`
   */
  start<T>(fn: Function, args: readonly unknown[]): Job<T> {
    const entry = entryOf(fn);
    const name = this.#plan.name ?? `thread ${++started}`;
    const job = new Job<T>(this, entry, [], { name: this.#plan.name, site: new Error() });
    job.parcel = packArguments(fn, args, argumentsOf(fn, args), job.name);
    const thread = new Thread({
      name,
      member: 0,
      board: null,
      limits: this.#plan.limits,
      onEnd: (_, fate) => this.#ended(fate),
    });
    this.#thread = job.thread = thread;
    this.#job = job;
    living.add(this);
    endWithMain(endLiving);
    showCalls();
    job.begin();
    dispatcher().open(job);
    dispatcher().publish(job, POSTED, 0);
    try {
      thread.send(job);
    } catch (error) {
      job.failed(error);
      throw error;
    }
    return job;
  }

  /** Aborts its job if that can be aborted, and waits for its end. */
  end(): Promise<void> {
    const job = this.#job!;
    job.abortQuietly("the end of main");
    return new Promise((resolve) => (job.isOver ? resolve() : (this.#onOver = resolve)));
  }

  calledOff(): void {
    this.#isOver();
    // It ends by itself as soon as it has begun, with nothing left open that it began with.
    this.#thread!.stop();
  }

  #isOver(): void {
    this.#job = null;
    living.delete(this);
    this.#onOver?.();
  }

  finished(): void {
    const thread = this.#thread!;
    this.#isOver();
    thread.stop();
    // What it has printed, and what it has begun to close, comes before the end of the process.
    thread.hold();
  }

  asked(): void {
    // It is sealed by no one.
  }

  threadOf(): Thread | null {
    return this.#thread;
  }

  look(): void {
    this.#thread!.look();
  }

  #ended(fate: Fate): void {
    const job = this.#job;
    if (job !== null) job.abandoned(this.#thread!.name, fate);
    else if (fate.cause !== undefined) this.#plan.onLost(fate.cause, this.#thread!.name);
  }
}
