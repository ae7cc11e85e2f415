/**
 * A queue of another thread. Whoever sends or receives here asks there: see `queue-at-home.ts`.
 *
 * Nothing is known here without asking. So what does not wait finds no room and no message, and counts are those of this thread.
 */
import type { MessagePort } from "node:worker_threads";
import { HeddleError } from "../../base/errors.js";
import type { Waker } from "../../future/context.js";
import { current } from "../../future/current.js";
import { END, PENDING, type Poll } from "../../future/poll.js";
import { EMPTY } from "../../sync/empty.js";
import { Channel } from "../../sync/queue/channel.js";
import { completed } from "../../sync/refusals.js";
import { AGAIN, type Claim, GRANTED, OVER, REFUSED, SHUT, TAKEN, WAIT, WAITING, WATCHED } from "../../sync/slots.js";
import { unpackError } from "../values/errors.js";
import { pack, type Parcel } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import { hold, Link, type Linked } from "./link.js";
import {
  ASK_MESSAGE,
  ASK_ROOM,
  ATTACH,
  BACK,
  CANCEL,
  CLOSE,
  CLOSED,
  COUNT_RECEIVERS,
  COUNT_SENDERS,
  ENDED,
  GIVE_ROOM,
  GOT,
  HEARD,
  MESSAGE,
  NONE,
  PUSH,
  ROOM,
  type Side,
} from "./queue-words.js";
import { closersOf, type SiteClosers } from "./site.js";

/** A queue as it is told of to another thread. */
export interface SentQueue {
  readonly name: string | undefined;
  readonly capacity: number;
  readonly isClosed: boolean;
  readonly port: MessagePort;
}

const NOTHING: Parcel = { data: undefined, extras: undefined, transfer: [] };

export class QueueAbroad<T> extends Channel<T> implements Linked {
  readonly #link: Link;
  /** Those who wait, by what they are known by there. */
  readonly #claims = new Map<number, Claim<any>>();
  readonly #ids = new Map<Claim<any>, number>();
  /** What was granted to a receiver that was not polled since: a message, or why there is none. */
  readonly #given = new WeakMap<Claim<any>, { readonly message: T } | { readonly error: unknown }>();
  #lastId = 0;
  /** How many questions have no answer yet, those included that nobody waits for any more: a message may come that has to go back. */
  #unanswered = 0;
  /** Room and messages that were granted to claims here, and have not been used or given back. */
  #granted = 0;
  #ownSenders = 0;
  #ownReceivers = 0;
  #isShut: boolean;
  /** Whether somebody here was told that nothing comes any more. */
  #isAtEnd = false;
  /** Whether the thread of the queue has ended. */
  #isOrphan = false;
  #isHolding = false;

  constructor({ name, capacity, isClosed, port }: SentQueue) {
    super(capacity, name);
    this.#isShut = isClosed;
    closersOf(this, this);
    this.#link = new Link(port, this);
  }

  override get fullness(): string {
    return "its messages on another thread";
  }

  /** Another thread gets an end. */
  attach(port: MessagePort, side: Side): void {
    this.#link.say(ATTACH, port, side, [port]);
  }

  // ---- asking ----------------------------------------------------------------------------------

  #ask(word: number, claim: Claim<any>): void {
    claim.stage = WAITING;
    const id = ++this.#lastId;
    this.#claims.set(id, claim);
    this.#ids.set(claim, id);
    this.#unanswered++;
    this.#link.say(word, id);
    this.rehold();
  }

  #cancel(claim: Claim<any>): void {
    const id = this.#ids.get(claim)!;
    this.#forget(id);
    this.#link.say(CANCEL, id);
    this.rehold();
  }

  #forget(id: number): Claim<any> | undefined {
    const claim = this.#claims.get(id);
    this.#claims.delete(id);
    if (claim !== undefined) this.#ids.delete(claim);
    return claim;
  }

  #answer(claim: Claim<any>, stage: number): void {
    claim.stage = stage;
    if (stage === GRANTED) this.#granted++;
    claim.wake();
  }

  /** Says what has become of room or a message that was granted. */
  #use(word: number, parcel = NOTHING): void {
    this.#granted--;
    this.#say(word, parcel);
    this.rehold();
  }

  #say(word: number, { data, extras, transfer }: Parcel): void {
    this.#link.say(word, data, extras, transfer);
  }

  // ---- sending ---------------------------------------------------------------------------------

  override get capacity(): number {
    return this.maxCapacity === Infinity ? Infinity : 0;
  }

  override claim(claim: Claim<any>, waker: Waker): number {
    const { stage } = claim;
    if (stage === WATCHED) current.diagnostics.unwatch(claim);
    if (stage <= WATCHED && !this.#isShut) {
      if (this.maxCapacity === Infinity) {
        claim.stage = OVER;
        return TAKEN;
      }
      this.#ask(ASK_ROOM, claim);
    }
    if (claim.stage === WAITING) {
      claim.waker = waker;
      return WAIT;
    }
    const was = claim.stage;
    claim.stage = OVER;
    if (was !== GRANTED) return was === OVER ? AGAIN : SHUT;
    if (!this.#isShut) return TAKEN;
    // As at home: granted before the queue was closed, and nothing is put in any more.
    this.release();
    return SHUT;
  }

  override tryClaim(): boolean {
    return this.maxCapacity === Infinity && !this.#isShut;
  }

  override settle(claim: Claim<any>): void {
    const { stage } = claim;
    if (stage === WATCHED) current.diagnostics.unwatch(claim);
    claim.stage = OVER;
    claim.waker = null;
    if (stage === WAITING) this.#cancel(claim);
    else if (stage === GRANTED) this.release();
  }

  override release(): void {
    if (this.maxCapacity !== Infinity) this.#use(GIVE_ROOM);
  }

  /** @throws TypeError if it cannot be sent to a thread; the room is given back then */
  override push(message: T): void {
    let parcel;
    try {
      parcel = pack(message, "a message");
    } catch (error) {
      this.release();
      throw error;
    }
    if (this.maxCapacity === Infinity) this.#say(PUSH, parcel);
    else this.#use(PUSH, parcel);
  }

  override force(): T | typeof EMPTY {
    throw new HeddleError(
      "channel.elsewhere",
      "Cannot put a message in place of another: the messages of the queue are on another thread",
      { help: "send, and wait for room; or have the thread do it that made the queue" },
    );
  }

  // ---- receiving -------------------------------------------------------------------------------

  override poll(claim: Claim<any>, waker: Waker, label: string): Poll<T | typeof END> {
    const { stage } = claim;
    if (stage === WATCHED) current.diagnostics.unwatch(claim);
    if (stage <= WATCHED && !this.#isOrphan) this.#ask(ASK_MESSAGE, claim);
    if (claim.stage === WAITING) {
      claim.waker = waker;
      return PENDING;
    }
    claim.stage = OVER;
    if (stage === OVER) throw completed(label);
    const given = this.#given.get(claim);
    this.#given.delete(claim);
    if (given === undefined) return END;
    if ("error" in given) throw given.error;
    this.#use(GOT);
    return given.message;
  }

  override stop(claim: Claim<any>): void {
    const { stage } = claim;
    if (stage === WATCHED) current.diagnostics.unwatch(claim);
    claim.stage = OVER;
    claim.waker = null;
    if (stage === WAITING) return this.#cancel(claim);
    const given = this.#given.get(claim);
    this.#given.delete(claim);
    // Nobody here takes it: somebody else shall.
    if (given !== undefined && "message" in given) this.#use(BACK, pack(given.message, "a message"));
  }

  override tryTake(): typeof EMPTY | typeof END {
    return this.#isAtEnd ? END : EMPTY;
  }

  override get length(): number {
    return 0;
  }

  // ---- ends ------------------------------------------------------------------------------------

  override get isClosed(): boolean {
    return this.#isShut;
  }

  override close(): boolean {
    if (this.#isShut) return false;
    this.#link.say(CLOSE);
    this.#shut();
    return true;
  }

  #shut(): void {
    this.#isShut = true;
    this.closers.wakeAll();
  }

  override get senders(): number {
    return this.#ownSenders;
  }

  override addSender(): void {
    this.#ownSenders++;
    this.#link.say(COUNT_SENDERS, 1);
  }

  override removeSender(): void {
    this.#ownSenders--;
    this.#link.say(COUNT_SENDERS, -1);
    this.rehold();
  }

  override get receivers(): number {
    return this.#ownReceivers;
  }

  override addReceiver(): void {
    this.#ownReceivers++;
    this.#link.say(COUNT_RECEIVERS, 1);
  }

  override removeReceiver(): void {
    this.#ownReceivers--;
    this.#link.say(COUNT_RECEIVERS, -1);
    this.rehold();
  }

  /** Keeps the host alive while somebody here waits, and leaves when nobody here has a part in it any more. */
  rehold(): void {
    const { isOver } = this.#link;
    const waits = this.#claims.size > 0 || !(this.closers as SiteClosers).isEmpty;
    const isDone = !waits && this.#unanswered + this.#granted + this.#ownSenders + this.#ownReceivers === 0;
    if (isDone && !isOver) this.#link.close();
    const holds = waits && !isOver;
    if (holds === this.#isHolding) return;
    this.#isHolding = holds;
    if (holds) hold.add();
    else hold.remove();
  }

  /** An end has arrived, and was counted here: at home it is counted since it was sent. */
  countedOnTheWay(side: Side): void {
    this.#link.say(side === "sender" ? COUNT_SENDERS : COUNT_RECEIVERS, -1);
  }

  // ---- the link --------------------------------------------------------------------------------

  posted(): void {}

  plain(): void {}

  parcel(): void {}

  word(word: number, a: unknown, b: unknown): void {
    if (word === CLOSED) {
      this.#shut();
      return this.#link.say(HEARD);
    }
    this.#unanswered--;
    this.#take(word, this.#forget(a as number), b);
    this.rehold();
  }

  /** An answer has come. @param claim nobody if it was dropped meanwhile */
  #take(word: number, claim: Claim<any> | undefined, b: unknown): void {
    if (word === ROOM) {
      if (claim === undefined) this.#link.say(GIVE_ROOM);
      else this.#answer(claim, GRANTED);
    } else if (word === MESSAGE) {
      const [data, extras] = b as [unknown, unknown];
      const message = unpack(data, extras) as T;
      if (claim === undefined) return this.#say(BACK, pack(message, "a message"));
      this.#given.set(claim, { message });
      this.#answer(claim, GRANTED);
    } else if (word === ENDED) this.#isAtEnd = true;
    if ((word === NONE || word === ENDED) && claim !== undefined) {
      if (b !== undefined) this.#given.set(claim, { error: unpackError(b, { thread: "that of the queue" }) });
      this.#answer(claim, REFUSED);
    }
  }

  /** The thread of the queue has ended, and its messages with it. */
  gone(): void {
    this.#isAtEnd = this.#isOrphan = true;
    this.#shut();
    const claims = [...this.#claims.values()];
    this.#claims.clear();
    this.#ids.clear();
    for (const claim of claims) this.#answer(claim, REFUSED);
    this.rehold();
  }
}
