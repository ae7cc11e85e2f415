/**
 * A queue with ends on other threads, where it was made: its room, its messages, and those who wait for either are here, those of other threads too.
 *
 *     thread 2: QueueAbroad                    thread 1: Usher          queue
 *       send ── ASK_ROOM ─────────────────────► claims room ──────────► its line
 *         ◄──── ROOM ◄────────────────────────── which it holds ◄───────┘
 *       PUSH ─────────────────────────────────► puts it in
 *       recv ── ASK_MESSAGE ──────────────────► claims a message ─────► the line of receivers
 *         ◄──── MESSAGE ◄─────────────────────── takes it ◄─────────────┘
 *       GOT, or BACK ─────────────────────────► until then the queue is not at its end;
 *       HEARD ────────────────────────────────► nor until its senders have heard of the close
 *
 * So who came first is served first, whatever his thread. A thread that dies gives back what it held: its usher does.
 */
import type { MessagePort } from "node:worker_threads";
import type { Waker } from "../../future/context.js";
import { END, PENDING, type Poll } from "../../future/poll.js";
import type { EMPTY } from "../../sync/empty.js";
import { Channel } from "../../sync/queue/channel.js";
import { Claim, TAKEN, WAIT } from "../../sync/slots.js";
import { check, pack, packError } from "../values/pack.js";
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

const here = Channel.prototype as Channel<any>;

/** No `#`: no constructor of it has run. */
export class QueueAtHome<T> extends Channel<T> {
  declare ushers: Set<Usher<any>>;
  /** Those of this thread who wait. */
  declare waits: Set<Claim<any, any>>;
  declare isHolding: boolean;

  override claim(claim: Claim<any>, waker: Waker): number {
    const answer = super.claim(claim, waker);
    this.note(claim, answer === WAIT);
    return answer;
  }

  override settle(claim: Claim<any>): void {
    super.settle(claim);
    this.note(claim, false);
  }

  override poll(claim: Claim<any>, waker: Waker, label: string): Poll<T | typeof END> {
    const answer = super.poll(claim, waker, label);
    this.note(claim, answer === PENDING);
    return answer;
  }

  override stop(claim: Claim<any>): void {
    super.stop(claim);
    this.note(claim, false);
  }

  private note(claim: Claim<any>, waits: boolean): void {
    if (waits) this.waits.add(claim);
    else this.waits.delete(claim);
    this.rehold();
  }

  /** @throws TypeError if it cannot be sent to a thread, and there may be one that takes it; the room is given back then */
  override push(message: T): void {
    try {
      this.checkFit(message);
    } catch (error) {
      this.release(1);
      throw error;
    }
    super.push(message);
  }

  override force(message: T): T | typeof EMPTY {
    this.checkFit(message);
    return super.force(message);
  }

  private checkFit(message: T): void {
    for (const usher of this.ushers) if (usher.receivers > 0) return check(message, "a message");
  }

  override close(): boolean {
    if (this.isClosed) return false;
    for (const usher of this.ushers) usher.closed();
    return super.close();
  }

  /** Keeps the host alive while somebody here waits for what other threads may do. */
  rehold(): void {
    const waits = this.ushers.size > 0 && (this.waits.size > 0 || !(this.closers as SiteClosers).isEmpty);
    if (waits === this.isHolding) return;
    this.isHolding = waits;
    if (waits) hold.add();
    else hold.remove();
  }
}

/** The queue as one that other threads have ends of. */
export function atHome<T>(channel: Channel<T>): QueueAtHome<T> {
  if (channel instanceof QueueAtHome) return channel as QueueAtHome<T>;
  const it = Object.setPrototypeOf(channel, QueueAtHome.prototype) as QueueAtHome<T>;
  it.ushers = new Set();
  it.waits = new Set();
  it.isHolding = false;
  closersOf(it, it);
  return it;
}

/** What is asked for on behalf of another thread. */
class Errand extends Claim<never, Channel<any>> {
  readonly isForRoom: boolean;

  constructor(channel: Channel<any>, isForRoom: boolean) {
    super(channel);
    this.isForRoom = isForRoom;
  }

  get wanted(): number {
    return 1;
  }

  get label(): string {
    return this.isForRoom ? "sender.send(…) on another thread" : "receiver.recv() on another thread";
  }

  // It is asked through the channel.
  poll(): typeof PENDING {
    return PENDING;
  }

  override drop(): void {
    if (this.isForRoom) here.settle.call(this.channel, this);
    else here.stop.call(this.channel, this);
  }
}

/** The ends that another thread has. */
export class Usher<T> implements Linked {
  readonly #home: QueueAtHome<T>;
  readonly #link: Link;
  readonly #errands = new Map<number, Errand>();
  #senders = 0;
  #receivers = 0;
  /** What it was granted and has not used yet. */
  #room = 0;
  /** Of how many messages that it has sent there it has not heard, and whether it has not of the close. */
  #due = 0;
  #mustHear = false;

  /** @param side the end that goes there */
  constructor(home: QueueAtHome<T>, port: MessagePort, side: Side) {
    this.#home = home;
    this.#link = new Link(port, this);
    home.ushers.add(this);
    if (side === "sender") this.#countSenders(1);
    else this.#countReceivers(1);
    if (home.isClosed) this.closed();
    home.rehold();
  }

  get receivers(): number {
    return this.#receivers;
  }

  /** The queue is closed, or about to be. What was sent there before that is heard of comes before the end. */
  closed(): void {
    this.#link.say(CLOSED);
    if (this.#senders === 0) return;
    this.#mustHear = true;
    this.#due++;
    this.#home.countDue(1);
  }

  #countSenders(by: number): void {
    this.#senders += by;
    for (let left = by; left > 0; left--) this.#home.addSender();
    for (let left = by; left < 0; left++) this.#home.removeSender();
  }

  #countReceivers(by: number): void {
    this.#receivers += by;
    for (let left = by; left > 0; left--) this.#home.addReceiver();
    for (let left = by; left < 0; left++) this.#home.removeReceiver();
  }

  #begin(id: number, isForRoom: boolean): void {
    const errand = new Errand(this.#home, isForRoom);
    this.#errands.set(id, errand);
    if (isForRoom) this.#askRoom(id, errand);
    else this.#askMessage(id, errand);
  }

  #askRoom(id: number, errand: Errand): void {
    const answer = here.claim.call(this.#home, errand, { wake: () => this.#askRoom(id, errand) });
    if (answer === WAIT) return;
    this.#errands.delete(id);
    if (answer !== TAKEN) return this.#link.say(NONE, id);
    this.#room++;
    this.#link.say(ROOM, id);
  }

  #askMessage(id: number, errand: Errand): void {
    const message = here.poll.call(
      this.#home,
      errand,
      { wake: () => this.#askMessage(id, errand) },
      errand.label,
      true,
    );
    if (message === PENDING) return;
    this.#errands.delete(id);
    if (message === END) return this.#link.say(ENDED, id);
    // The channel has counted it.
    this.#due++;
    let parcel;
    try {
      parcel = pack(message, "a message");
    } catch (error) {
      // It could be sent when it was put in.
      this.#isHeard(1);
      return this.#link.say(NONE, id, packError(error));
    }
    this.#link.say(MESSAGE, id, [parcel.data, parcel.extras], parcel.transfer);
  }

  #cancel(id: number): void {
    const errand = this.#errands.get(id);
    // It has its answer already.
    if (errand === undefined) return;
    this.#errands.delete(id);
    errand.drop();
    this.#link.say(NONE, id);
  }

  #giveRoom(): void {
    this.#room--;
    this.#home.release(1);
  }

  #push(data: unknown, extras: unknown): void {
    const home = this.#home;
    if (home.maxCapacity === Infinity) home.tryClaim(1);
    else this.#room--;
    if (home.receivers === 0) return home.release(1);
    here.push.call(home, unpack(data, extras));
  }

  #back(data: unknown, extras: unknown): void {
    if (this.#home.receivers > 0) this.#home.putBack(unpack(data, extras) as T);
    this.#isHeard(1);
  }

  #isHeard(count: number): void {
    this.#due -= count;
    this.#home.countDue(-count);
  }

  // ---- the link --------------------------------------------------------------------------------

  posted(): void {}

  plain(): void {}

  parcel(): void {}

  word(word: number, a: unknown, b: unknown): void {
    switch (word) {
      case ASK_ROOM:
        return this.#begin(a as number, true);
      case ASK_MESSAGE:
        return this.#begin(a as number, false);
      case CANCEL:
        return this.#cancel(a as number);
      case GIVE_ROOM:
        return this.#giveRoom();
      case PUSH:
        return this.#push(a, b);
      case GOT:
        return this.#isHeard(1);
      case HEARD:
        if (this.#mustHear) this.#isHeard(1);
        this.#mustHear = false;
        return;
      case BACK:
        return this.#back(a, b);
      case COUNT_SENDERS:
        return this.#countSenders(a as number);
      case COUNT_RECEIVERS:
        return this.#countReceivers(a as number);
      case CLOSE:
        return void this.#home.close();
      case ATTACH:
        void new Usher(this.#home, a as MessagePort, b as Side);
    }
  }

  gone(): void {
    const home = this.#home;
    home.ushers.delete(this);
    for (const errand of this.#errands.values()) errand.drop();
    this.#errands.clear();
    if (this.#room > 0) home.release(this.#room);
    this.#isHeard(this.#due);
    this.#countSenders(-this.#senders);
    this.#countReceivers(-this.#receivers);
    home.rehold();
  }
}
