/**
 * Envelopes: the letters that wait with their owner until a thread opens them at once. Who gets one, and when, stands in pool.ts.
 *
 * | what is in it                  | how it waits              | because                                                                       |
 * | ------------------------------ | ------------------------- | ----------------------------------------------------------------------------- |
 * | something that is moved        | in a port of its own      | it can be taken out only where it stays                                       |
 * | much                           | in a port of its own      | to take it out here, and put it into another message, costs more than the port |
 * | little, as in most             | as a clone                | a port that is made and sent along takes 22 µs, a clone of little 3            |
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import type { Job } from "./job.js";
import type { Letter } from "./messages.js";

/** How heavy a letter may be of which a clone is kept, in bytes or so. */
const LIGHT = 4096;

export class Envelopes {
  /** In the order in which they came. */
  readonly #envelopes = new Map<Job<any>, MessagePort | Letter>();

  get count(): number {
    return this.#envelopes.size;
  }

  has(job: Job<any>): boolean {
    return this.#envelopes.has(job);
  }

  /** All that wait, whether they lie on the board or not. */
  get jobs(): Job<any>[] {
    return [...this.#envelopes.keys()];
  }

  /** Of the jobs that any thread may ask for, the one that has waited longest. */
  get oldest(): Job<any> | null {
    // Those that have no place on the board came after all that have.
    for (const job of this.#envelopes.keys()) return job.slot < 0 ? null : job;
    return null;
  }

  /** Clones what a job brings along now, whenever it will be sent: the caller may change it as soon as this one returns. */
  seal(job: Job<any>): void {
    if (job.parcel === null) return;
    const { data, extras, transfer } = job.parcel;
    const letter: Letter = [job.entry.id, data, extras];
    const isLight = transfer.length === 0 && without(letter, LIGHT) >= 0;
    this.#envelopes.set(job, isLight ? cloneOf(letter) : inPort(letter, transfer));
    job.parcel = null;
  }

  /** Gives the letter of a job away; undefined if it was not sealed. */
  take(job: Job<any>): MessagePort | Letter | undefined {
    const envelope = this.#envelopes.get(job);
    this.#envelopes.delete(job);
    return envelope;
  }

  /** A job is over. INVARIANT: nothing that is over lies here; who has asked would be sent nothing, and wait for it. */
  discard(job: Job<any>): void {
    const envelope = this.take(job);
    if (envelope !== undefined && !Array.isArray(envelope)) envelope.close();
  }
}

function inPort(letter: Letter, transfer: readonly object[]): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port1.postMessage(letter, transfer as any);
  return port2;
}

// Made at the first use. Nobody listens to it, so it keeps no process alive.
let mirror: MessageChannel | null = null;

/** As a thread would get it: what a host takes in a message it does not always take in `structuredClone`. */
function cloneOf(letter: Letter): Letter {
  mirror ??= new MessageChannel();
  mirror.port1.postMessage(letter);
  return receiveMessageOnPort(mirror.port2)!.message;
}

/** What is left of a weight when a value is taken off; below 0 if that is heavier. Looks no further then, so that it may go in circles. */
function without(value: unknown, left: number): number {
  left -= 8;
  if (typeof value === "string") return left - value.length;
  if (typeof value !== "object" || value === null || left < 0) return left;
  if (ArrayBuffer.isView(value)) return without(value.buffer, left);
  if (value instanceof ArrayBuffer) return left - value.byteLength;
  // Entries of a map are arrays.
  const isList = Array.isArray(value) || value instanceof Map || value instanceof Set;
  return withoutAll(isList ? value : Object.values(value), left);
}

function withoutAll(values: Iterable<unknown>, left: number): number {
  for (const value of values) {
    if (left < 0) break;
    left = without(value, left);
  }
  return left;
}
