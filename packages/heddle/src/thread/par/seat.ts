/**
 * A seat: one thread's part in a join, and in all the joins inside of that.
 *
 *     join(a, b):   offer b ──► call a ──► take b back ──► call b                          nobody was free
 *                      │                      └─ too late ─► work on what others offer ──► outcome of b
 *                      └── another seat takes it ──► calls b ──► outcome, through a port
 *
 * To offer something costs some microseconds, so a seat offers only as long as it has no other offer, or somebody is hungry: nearly all joins are two
 * plain calls.
 */
import { JoinError } from "../../base/errors.js";
import { type MessagePort, receiveMessageOnPort } from "node:worker_threads";
import { here } from "../here.js";
import { isOver, ownThreadId } from "../life.js";
import { unpackError } from "../values/errors.js";
import { pack, packError } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import { CELLS, DONE, type Exchange, FREE, OFFERED, phaseOf, REFUSED, seatOf, TAKEN } from "./exchange.js";
import type { Offers } from "./offers.js";
import type { Callee } from "./reader.js";

/** How long a seat sleeps before it looks whether the other threads are still there, in milliseconds. */
const LOOK_AGAIN = 50;

/** An outcome. With an error comes the name of its thread. */
type Mail = [cell: number, isError: boolean, data: unknown, extras: unknown];

const seats: { current: Seat | null } = { current: null };

/** The seat that this thread has at the moment. */
export const currentSeat = (): Seat | null => seats.current;

export class Seat {
  readonly #exchange: Exchange;
  readonly #seat: number;
  /** By seat: how one reaches it. */
  readonly #ports: readonly (MessagePort | null)[];
  readonly #offers: Offers;
  /** How many cells are not free. They are a stack: a join inside another is over before it. */
  #open = 0;
  /** What came for a cell whose join has to wait for another one first. */
  readonly #mail = new Map<number, Mail>();

  constructor(exchange: Exchange, seat: number, ports: readonly (MessagePort | null)[], offers: Offers) {
    this.#exchange = exchange;
    this.#seat = seat;
    this.#ports = ports;
    this.#offers = offers;
  }

  /** Has this thread take the seat while it calls `fn`, if there is one, and then as long as there is something to do. */
  occupy<T>(fn: (() => T) | null): T | undefined {
    const exchange = this.#exchange;
    exchange.seat(this.#seat, ownThreadId);
    seats.current = this;
    here.jobs++;
    try {
      if (fn === null) return undefined;
      exchange.begins();
      try {
        return fn();
      } finally {
        exchange.ends();
      }
    } finally {
      this.#work(() => exchange.isStopped || exchange.isIdle);
      here.jobs--;
      seats.current = null;
      exchange.seat(this.#seat, -1);
      for (const port of this.#ports) port?.close();
    }
  }

  /** Calls both, and gives what they do. If one fails the other is called all the same, and the first error is thrown. */
  join(first: () => unknown, second: () => unknown, fn: Callee, args: readonly unknown[]): [unknown, unknown] {
    this.#refuseStopped();
    const cell = this.#offer(fn, args);
    return both(first, cell < 0 ? second : () => this.#outcome(cell, fn, second));
  }

  #refuseStopped(): void {
    if (this.#exchange.isStopped)
      throw new JoinError(
        "thread.ended",
        "Cannot join any more: what this is a part of was dropped, or a thread of it ended",
      );
  }

  /** Offers a call, if it is worth it; -1 if not. */
  #offer(fn: Callee, args: readonly unknown[]): number {
    const exchange = this.#exchange;
    const cell = this.#cell(this.#open);
    const isWanted = exchange.isHungry || this.#open === 0 || exchange.state(cell - 1) !== OFFERED;
    if (this.#open === CELLS || !isWanted) return -1;
    const bytes = this.#offers.write(fn, args);
    if (bytes === null) return -1;
    this.#open++;
    exchange.offer(cell, bytes);
    return cell;
  }

  #cell(i: number): number {
    return this.#seat * CELLS + i;
  }

  /** What became of an offer. Nobody has begun it: it is called here. */
  #outcome(cell: number, fn: Callee, call: () => unknown): unknown {
    const exchange = this.#exchange;
    if (exchange.take(cell, null)) {
      this.#open--;
      return call();
    }
    this.#work(() => exchange.isStopped || phaseOf(exchange.state(cell)) !== TAKEN);
    const state = exchange.state(cell);
    if (phaseOf(state) === TAKEN) this.#refuseStopped();
    exchange.settle(cell, FREE, 0);
    this.#open--;
    if (phaseOf(state) === REFUSED) {
      this.#offers.refuse(fn);
      return call();
    }
    const [, isError, data, extras] = this.#receive(cell, seatOf(state));
    if (isError) throw unpackError(data, { thread: String(extras) });
    return unpack(data, extras);
  }

  /** INVARIANT: the mail was posted before the state said DONE. */
  #receive(cell: number, from: number): Mail {
    for (;;) {
      const mail = this.#mail.get(cell);
      if (mail !== undefined) {
        this.#mail.delete(cell);
        return mail;
      }
      const next: Mail = receiveMessageOnPort(this.#ports[from]!)!.message;
      this.#mail.set(next[0], next);
    }
  }

  /** Works on what others offer until `isDone`, and sleeps while there is nothing. */
  #work(isDone: () => boolean): void {
    while (!isDone()) {
      let cell = this.#take();
      cell ??= this.#exchange.sleep(() => (isDone() ? -1 : this.#take()), LOOK_AGAIN);
      if (cell === null) this.#lookForDead();
      else if (cell >= 0) this.#call(cell);
    }
  }

  /** Takes the oldest offer of another seat. */
  #take(): number | null {
    const exchange = this.#exchange;
    for (let i = 1; i < exchange.seats; i++) {
      const seat = (this.#seat + i) % exchange.seats;
      for (let cell = seat * CELLS; cell < (seat + 1) * CELLS; cell++) {
        const state = exchange.state(cell);
        if (state === FREE) break;
        if (state === OFFERED && exchange.take(cell, this.#seat)) return cell;
      }
    }
    return null;
  }

  #lookForDead(): void {
    if (this.#exchange.threads().some(isOver)) this.#exchange.stop();
  }

  #call(cell: number): void {
    const call = this.#offers.read(this.#exchange.bytes(cell));
    if (call === null) return this.#exchange.settle(cell, REFUSED, this.#seat);
    const port = this.#ports[Math.floor(cell / CELLS)]!;
    try {
      const { data, extras, transfer } = pack(call(), "the result", "from its thread");
      port.postMessage([cell, false, data, extras] satisfies Mail, transfer);
    } catch (error) {
      port.postMessage([cell, true, packError(error), `"${here.name}"`] satisfies Mail);
    }
    this.#exchange.settle(cell, DONE, this.#seat);
  }
}

/** Calls both, one after the other. If one fails the other is called all the same, and the first error is thrown. */
export function both(first: () => unknown, second: () => unknown): [unknown, unknown] {
  let a: unknown;
  try {
    a = first();
  } catch (error) {
    try {
      second();
    } catch {
      // The first error counts.
    }
    throw error;
  }
  return [a, second()];
}
