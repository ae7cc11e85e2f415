/**
 * Envelopes: the letters that wait with their owner until a thread opens them at once, each in a port. Who gets one, and when, stands in pool.ts.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Job } from "./job.js";
import type { Letter } from "./messages.js";

export class Envelopes {
  /** In the order in which they came. */
  readonly #ports = new Map<Job<any>, MessagePort>();

  get count(): number {
    return this.#ports.size;
  }

  has(job: Job<any>): boolean {
    return this.#ports.has(job);
  }

  /** All that wait, whether they lie on the board or not. */
  get jobs(): Job<any>[] {
    return [...this.#ports.keys()];
  }

  /** Of the jobs that any thread may ask for, the one that has waited longest. */
  get oldest(): Job<any> | null {
    // Those that have no place on the board came after all that have.
    for (const job of this.#ports.keys()) return job.slot < 0 ? null : job;
    return null;
  }

  /** Clones what a job brings along now, whenever it will be sent: the caller may change it as soon as this one returns. */
  seal(job: Job<any>): void {
    if (job.parcel === null) return;
    const { port1, port2 } = new MessageChannel();
    const { data, extras, transfer } = job.parcel;
    const letter: Letter = [job.entry.id, data, extras];
    port1.postMessage(letter, transfer as any);
    job.parcel = null;
    this.#ports.set(job, port2);
  }

  /** Gives the letter of a job away; undefined if it was not sealed. */
  take(job: Job<any>): MessagePort | undefined {
    const port = this.#ports.get(job);
    this.#ports.delete(job);
    return port;
  }

  /** A job is over. INVARIANT: nothing that is over lies here; who has asked would be sent nothing, and wait for it. */
  discard(job: Job<any>): void {
    this.take(job)?.close();
  }
}
