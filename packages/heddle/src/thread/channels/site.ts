/**
 * Site: the part of one thread in an mpsc channel whose ends are on several. One of them has the receiver, and is the hub.
 *
 *     thread 1           thread 2: the hub                  thread 3
 *     sender ─┐                                             ┌─ sender
 *     sender ─┴─ Spoke ══ link ══► Hub ──► ring ──► receiver
 *                                   ▲ ◄══ link ══ Spoke ─────┘
 *                          sender ──┘  (of thread 2)
 *
 *     all of them: Board, in shared memory
 *
 * Slots are taken from the board, by whoever has a message, without asking anyone. Only who finds none free asks the hub, where all wait in one queue, in
 * the order in which they were heard of. When the receiver goes to another thread, the links go with it, and what was the hub is a spoke.
 */
import type { Waker } from "../../future/context.js";
import { current } from "../../future/current.js";
import type { END } from "../../future/poll.js";
import { Closers } from "../../sync/closed.js";
import type { EMPTY } from "../../sync/empty.js";
import { disconnected } from "../../sync/refusals.js";
import { AGAIN, type Claim, GRANTED, OVER, REFUSED, SHUT, TAKEN, WAIT, WAITING, WATCHED } from "../../sync/slots.js";
import { type Board, OPEN, type Row } from "./board.js";
import { hold } from "./link.js";

/** Words that go through a link. */
export const WANT = 0;
export const CANCEL = 1;
export const GRANT = 2;
export const LOOK = 3;
export const ATTACH = 4;

/** What the ends of one thread have in common. */
export abstract class Site<T> {
  readonly board: Board;
  readonly row: Row;
  /** How many slots this thread holds for permits, and for messages that it has not posted. Of the row, that is what no other thread can know better. */
  protected held: number;
  readonly closers: SiteClosers;
  /** Those of this thread who wait for slots, first come, first. */
  protected readonly waiting = new Set<Claim<any>>();
  #isHolding = false;

  constructor(board: Board, row: Row, held: number, closers: SiteClosers) {
    this.board = board;
    this.row = row;
    this.held = held;
    this.closers = closers;
    closers.site = this;
  }

  // ---- slots -----------------------------------------------------------------------------------

  /** One poll of a claim, as `Slots.take`. */
  claim(claim: Claim<any>, waker: Waker): number {
    const { stage } = claim;
    if (stage === WATCHED) current.diagnostics.unwatch(claim);
    if (stage <= WATCHED && this.board.closed === OPEN) {
      if (this.tryTake(claim.wanted)) {
        claim.stage = OVER;
        return TAKEN;
      }
      claim.stage = WAITING;
      claim.missing = claim.wanted;
      this.waiting.add(claim);
      this.ask(claim);
      this.rehold();
    }
    if (claim.stage === WAITING) {
      claim.waker = waker;
      return WAIT;
    }
    const was = claim.stage;
    claim.stage = OVER;
    return was === GRANTED ? TAKEN : was === OVER ? AGAIN : SHUT;
  }

  tryTake(count: number): boolean {
    if (!this.board.tryTake(count, this.row)) return false;
    this.held += count;
    return true;
  }

  /** A claim was dropped. */
  settle(claim: Claim<any>): void {
    const { stage } = claim;
    if (stage === WATCHED) current.diagnostics.unwatch(claim);
    claim.stage = OVER;
    claim.waker = null;
    if (stage === WAITING) {
      this.waiting.delete(claim);
      this.withdraw(claim);
      this.rehold();
    } else if (stage === GRANTED) this.release(claim.wanted);
  }

  /** Gives slots back that this thread held. */
  release(count: number): void {
    this.held -= count;
    this.board.giveBackOf(this.row, count);
    this.freed();
  }

  /** Gives slots that this thread holds to another, which has that row. To be called when the hub was told of it. */
  handOn(count: number, row: Row): void {
    this.held -= count;
    this.row.letGo(count);
    row.hold(count);
    this.handedOn();
  }

  /** This thread has less. */
  protected handedOn(): void {}

  /** It has its slots, which are the row's now. */
  protected granted(claim: Claim<any>): void {
    this.waiting.delete(claim);
    this.held += claim.wanted;
    claim.stage = GRANTED;
    this.rehold();
    claim.wake();
  }

  /** The channel is closed: nobody waits for slots any more, and whoever awaits that is told. */
  protected shut(): void {
    const waiting = [...this.waiting];
    this.waiting.clear();
    for (const claim of waiting) {
      claim.stage = REFUSED;
      this.withdraw(claim);
    }
    this.rehold();
    for (const claim of waiting) claim.wake();
    this.closers.wakeAll();
  }

  /** Puts a claim into the queue of the hub. */
  protected abstract ask(claim: Claim<any>): void;
  /** Takes it out again. */
  protected abstract withdraw(claim: Claim<any>): void;
  /** Slots were given back. */
  protected abstract freed(): void;

  // ---- ends ------------------------------------------------------------------------------------

  countSenders(by: number): void {
    this.board.countSenders(this.row, by);
    if (by < 0) this.left();
  }

  countWeak(by: number): void {
    this.board.countWeak(this.row, by);
    if (by < 0) this.left();
  }

  /** An end was closed. */
  protected abstract left(): void;

  // ---- messages --------------------------------------------------------------------------------

  /** Sends a message for which this thread holds a slot. @throws TypeError if it cannot be sent to a thread; the slot is given back then */
  abstract push(message: T): void;

  pushAnyway(message: T): void {
    this.board.takeAnyway(this.row);
    this.held++;
    this.push(message);
  }

  // ---- the receiver. Only the hub has one ------------------------------------------------------

  take(): T | typeof EMPTY | typeof END {
    throw disconnected("receive a message", "the receiver is on another thread");
  }

  wait(_waker: Waker, _label: string): void {}

  stop(_waker: Waker): void {}

  /** How many messages have arrived here. */
  get length(): number {
    return 0;
  }

  /** What has arrived, oldest first. */
  get queued(): Iterable<T> {
    return [];
  }

  get isAwaited(): boolean {
    return false;
  }

  get isFinal(): boolean {
    return this.board.closed !== OPEN || this.board.senders === 0;
  }

  close(): void {}

  desert(): void {}

  // ---- the host --------------------------------------------------------------------------------

  /** Whether somebody here waits for another thread. */
  protected abstract readonly waits: boolean;

  /** Keeps the host alive exactly while {@link waits}. Call it whenever that may have changed. */
  rehold(): void {
    const { waits } = this;
    if (waits === this.#isHolding) return;
    this.#isHolding = waits;
    if (waits) hold.add();
    else hold.remove();
  }

  /** Another site takes this one's place. */
  protected letGo(): void {
    if (this.#isHolding) hold.remove();
    this.#isHolding = false;
  }
}

/** Those who await the end of a channel, and by that keep the host alive. */
export class SiteClosers extends Closers {
  site: { rehold(): void } | null = null;
  readonly #waiters = new Set<Parameters<Closers["add"]>[0]>();

  get isEmpty(): boolean {
    return this.#waiters.size === 0;
  }

  override add(waiter: Parameters<Closers["add"]>[0]): void {
    this.#waiters.add(waiter);
    this.site?.rehold();
  }

  override remove(waiter: Parameters<Closers["add"]>[0]): void {
    if (this.#waiters.delete(waiter)) this.site?.rehold();
  }

  override wakeAll(): void {
    const waiters = [...this.#waiters];
    this.#waiters.clear();
    this.site?.rehold();
    for (const waiter of waiters) waiter.wake();
  }
}

/** Gives a channel closers that keep the host alive. Who waits already comes again. */
export function closersOf(
  channel: { readonly closers: Closers | null },
  site: SiteClosers["site"] = null,
): SiteClosers {
  const before = channel.closers;
  const closers = new SiteClosers();
  closers.site = site;
  (channel as { closers: Closers }).closers = closers;
  before?.wakeAll();
  return closers;
}
