/**
 * Hub: the site of the thread that has the receiver of an mpsc channel. It queues the messages of all threads, and those who wait for slots.
 *
 * Slots that the receiver has freed are given back several at once: when half of the channel is free, when the receiver finds nothing more, and at the
 * end of the turn. So a sender on another thread that waits for room is woken once for many messages.
 */
import type { MessagePort } from "node:worker_threads";
import { Ring } from "../../base/ring.js";
import type { Waker } from "../../future/context.js";
import { END } from "../../future/poll.js";
import { EMPTY } from "../../sync/empty.js";
import { busy } from "../../sync/refusals.js";
import type { Claim } from "../../sync/slots.js";
import { type Board, CLOSED_BY_RECEIVER, DESERTED, OPEN, Row } from "./board.js";
import { Link, type Linked } from "./link.js";
import { ATTACH, CANCEL, GRANT, LOOK, Site, type SiteClosers, WANT } from "./site.js";
import { unpack } from "../values/unpack.js";

const MOST_FREED = 1024;
const turnEnd = Promise.resolve();

/** One who waits for slots: a claim of this thread, or one of another, which is known by its id. */
interface Request {
  readonly of: Claim<any> | { readonly spoke: Guest<any>; readonly id: number };
  readonly wanted: number;
  missing: number;
}

/** What a local channel had, for the hub that answers for it from now on. */
interface Estate<T> {
  readonly messages: readonly T[];
  /** Those who wait for slots, who have none now. */
  readonly claims: readonly Claim<any>[];
  /** Of who awaits the receiver. */
  readonly waker: Waker | null;
  readonly isDeserted: boolean;
}

/** A hub as it goes to another thread, but for its board. */
export interface HubParts<T> {
  readonly links: { port: MessagePort; words: Int32Array }[];
  readonly messages: T[];
  /** Those in the queue: `link` is an index into `links`. */
  readonly queue: { link: number; id: number; wanted: number; missing: number }[];
}

export class Hub<T> extends Site<T> {
  readonly #limit: number;
  readonly #ring = new Ring<T>();
  readonly #guests = new Set<Guest<T>>();
  #queue: Request[] = [];
  #waker: Waker | null = null;
  /** Slots that the receiver has freed and that are not on the board yet. */
  #freed = 0;
  #isPublishDue = false;
  #isDisposed = false;

  constructor(limit: number, board: Board, row: Row, held: number, closers: SiteClosers) {
    super(board, row, held, closers);
    this.#limit = limit;
  }

  protected get waits(): boolean {
    return this.#guests.size > 0 && (this.#waker !== null || this.waiting.size > 0);
  }

  // ---- moving in and out -----------------------------------------------------------------------

  /** Takes over what a local channel had. */
  inherit({ messages, claims, waker, isDeserted }: Estate<T>): void {
    this.#isDisposed = isDeserted;
    this.#waker = waker;
    for (const message of messages) this.#ring.push(message);
    for (const claim of claims) {
      this.waiting.add(claim);
      this.#queue.push({ of: claim, wanted: claim.wanted, missing: claim.wanted });
    }
    this.#distribute();
  }

  /** Takes over from the hub of another thread. */
  moveIn({ links, messages, queue }: HubParts<T>): void {
    for (const message of messages) this.#ring.push(message);
    const guests = links.map(({ port, words }) => this.#admit(port, new Row(words)));
    for (const { link, id, wanted, missing } of queue)
      this.#queue.push({ of: { spoke: guests[link]!, id }, wanted, missing });
    this.#distribute();
    this.#tellIfOver();
  }

  /**
   * Leaves for another thread. Who is left here speaks to it through `port`, if it is given, as the last of the links, and has ids from 1 in the order
   * of {@link waitingClaims}.
   */
  moveOut(left: { port: MessagePort; words: Int32Array } | null): HubParts<T> {
    this.#publish();
    this.letGo();
    const links = [...this.#guests].map((guest) => guest.detach());
    const index = new Map([...this.#guests].map((guest, i) => [guest as unknown, i]));
    const claims = this.waitingClaims;
    const queue = this.#queue.map(({ of, wanted, missing }) =>
      "spoke" in of
        ? { link: index.get(of.spoke)!, id: of.id, wanted, missing }
        : { link: links.length, id: claims.indexOf(of) + 1, wanted, missing },
    );
    if (left !== null) links.push(left);
    const messages: T[] = [];
    while (this.#ring.length > 0) messages.push(this.#ring.shift() as T);
    this.#guests.clear();
    return { links, messages, queue };
  }

  /** Whether this thread has a part in the channel, but for the receiver. */
  get isShared(): boolean {
    return this.held > 0 || !this.row.hasNoSenders || this.waiting.size > 0 || !this.closers.isEmpty;
  }

  get heldHere(): number {
    return this.held;
  }

  get waitingClaims(): Claim<any>[] {
    return [...this.waiting];
  }

  /** Whether other threads are tied to this one. */
  get hasGuests(): boolean {
    return this.#guests.size > 0;
  }

  override get queued(): Iterable<T> {
    return this.#ring;
  }

  attach(port: MessagePort, row: Row): void {
    this.#admit(port, row);
  }

  #admit(port: MessagePort, row: Row): Guest<T> {
    const guest: Guest<T> = new Guest(this, port, row);
    this.#guests.add(guest);
    this.rehold();
    if (this.board.closed === DESERTED) this.#dismiss();
    return guest;
  }

  /** Says goodbye to all. */
  #dismiss(): void {
    const guests = [...this.#guests];
    this.#guests.clear();
    for (const guest of guests) guest.dismiss();
    this.rehold();
  }

  // ---- slots -----------------------------------------------------------------------------------

  override tryTake(count: number): boolean {
    if (super.tryTake(count)) return true;
    return this.#freed > 0 && (this.#publish(), super.tryTake(count));
  }

  get free(): number {
    this.#publish();
    return this.board.free;
  }

  protected ask(claim: Claim<any>): void {
    this.#enqueue({ of: claim, wanted: claim.wanted, missing: claim.wanted });
  }

  #enqueue(request: Request): void {
    this.#queue.push(request);
    this.board.isAwaited = true;
    this.#publish();
    this.#distribute();
  }

  protected withdraw(claim: Claim<any>): void {
    this.#cancel((of) => of === claim);
  }

  #cancel(isMeant: (of: Request["of"]) => boolean): void {
    const kept: Request[] = [];
    for (const request of this.#queue) {
      if (isMeant(request.of)) this.board.giveBack(request.wanted - request.missing);
      else kept.push(request);
    }
    this.#queue = kept;
    this.freed();
  }

  protected freed(): void {
    this.#distribute();
    this.#tellIfOver();
  }

  /** Puts on the board what the receiver has freed. */
  #publish(): void {
    const count = this.#freed;
    if (count === 0) return;
    this.#freed = 0;
    this.board.giveBack(count);
    this.#distribute();
  }

  readonly #publishLater = (): void => {
    this.#isPublishDue = false;
    this.#publish();
  };

  /** Hands out what is free, in order. Nobody overtakes, however much the first one wants. */
  #distribute(): void {
    const queue = this.#queue;
    let served = 0;
    for (; served < queue.length; served++) {
      const request = queue[served]!;
      request.missing -= this.board.takeUpTo(request.missing);
      if (request.missing > 0) break;
    }
    const isAwaited = served < queue.length;
    this.#queue = served === 0 ? queue : queue.slice(served);
    if (this.board.isAwaited !== isAwaited) this.board.isAwaited = isAwaited;
    // Others may come in while these are told.
    for (let i = 0; i < served; i++) this.#grant(queue[i]!);
  }

  #grant({ of, wanted }: Request): void {
    const isOurs = !("spoke" in of);
    (isOurs ? this.row : of.spoke.row).hold(wanted);
    if (isOurs) this.granted(of);
    else of.spoke.grant(of.id, wanted);
  }

  protected left(): void {
    this.#tellIfOver();
  }

  // ---- messages --------------------------------------------------------------------------------

  push(message: T): void {
    this.held--;
    this.row.letGo(1);
    this.#accept(message);
    this.#wake();
  }

  #accept(message: T): void {
    if (this.board.closed === DESERTED) this.board.giveBack(1);
    else this.#ring.push(message);
  }

  #wake(): void {
    const waker = this.#waker;
    if (waker === null) return;
    this.#waker = null;
    this.rehold();
    waker.wake();
  }

  #tellIfOver(): void {
    if (this.#waker !== null && this.#isOver) this.#wake();
  }

  get #isOver(): boolean {
    const { board } = this;
    if (board.closed === DESERTED) return true;
    return (board.closed !== OPEN || board.senders === 0) && this.#ring.length === 0 && this.free === this.#limit;
  }

  // ---- the receiver ----------------------------------------------------------------------------

  override take(): T | typeof EMPTY | typeof END {
    if (this.#ring.length > 0) {
      const message = this.#ring.shift() as T;
      this.#free1();
      return message;
    }
    if (!this.#isOver) return EMPTY;
    this.board.close(CLOSED_BY_RECEIVER);
    this.#dismiss();
    return END;
  }

  #free1(): void {
    const freed = ++this.#freed;
    if (freed >= MOST_FREED || 2 * freed >= this.#limit) this.#publish();
    else if (!this.#isPublishDue) {
      this.#isPublishDue = true;
      void turnEnd.then(this.#publishLater);
    }
  }

  override wait(waker: Waker, label: string): void {
    if (this.#waker !== null && this.#waker !== waker) throw busy(label);
    this.#waker = waker;
    this.#publish();
    this.rehold();
  }

  override stop(waker: Waker): void {
    if (this.#waker !== waker) return;
    this.#waker = null;
    this.rehold();
  }

  override get length(): number {
    return this.#ring.length;
  }

  override get isAwaited(): boolean {
    return this.#waker !== null;
  }

  override get isFinal(): boolean {
    const { board } = this;
    if (board.closed !== OPEN) return true;
    return board.senders === 0 && this.#queue.length === 0 && this.free + this.#ring.length === this.#limit;
  }

  override close(): void {
    this.#close(CLOSED_BY_RECEIVER);
  }

  #close(how: number): void {
    const was = this.board.closed;
    this.board.close(how);
    if (was === OPEN) {
      this.#cancel(() => true);
      this.shut();
      for (const guest of this.#guests) guest.look();
    }
    this.#tellIfOver();
  }

  /** Whether the receiver was disposed of. */
  get isDisposed(): boolean {
    return this.#isDisposed;
  }

  override desert(): void {
    this.#isDisposed = true;
    this.#close(DESERTED);
    while (this.#ring.length > 0) {
      this.#ring.shift();
      this.#freed++;
    }
    this.#publish();
    this.#dismiss();
    this.#tellIfOver();
  }

  // ---- guests ----------------------------------------------------------------------------------

  /** @internal For guests. */
  arrived(spoke: Guest<T>, messages: readonly unknown[]): void {
    spoke.row.letGo(messages.length - 1);
    // The first item says what kind of post it is.
    for (let i = 1; i < messages.length; i++) this.#accept(messages[i] as T);
  }

  /** @internal For guests: all of a post has arrived. */
  taken(): void {
    if (this.#ring.length > 0) this.#wake();
  }

  /** @internal For guests. */
  heard(spoke: Guest<T>, word: number, a: unknown, b: unknown): void {
    if (word === WANT) {
      if (this.board.closed === OPEN)
        this.#enqueue({ of: { spoke, id: a as number }, wanted: b as number, missing: b as number });
    } else if (word === CANCEL) this.#cancel((of) => "spoke" in of && of.spoke === spoke && of.id === a);
    else if (word === LOOK) this.freed();
    else if (word === ATTACH) this.attach(a as MessagePort, new Row(b as Int32Array));
  }

  /** @internal A guest has left, or died. */
  gone(spoke: Guest<T>): void {
    this.#guests.delete(spoke);
    this.board.strike(spoke.row);
    this.#cancel((of) => "spoke" in of && of.spoke === spoke);
    this.rehold();
  }
}

/** A spoke of another thread, as the hub sees it. */
class Guest<T> implements Linked {
  readonly row: Row;
  readonly #hub: Hub<T>;
  readonly #link: Link;

  constructor(hub: Hub<T>, port: MessagePort, row: Row) {
    this.#hub = hub;
    this.row = row;
    this.#link = new Link(port, this);
  }

  grant(id: number, count: number): void {
    this.#link.say(GRANT, id, count);
  }

  look(): void {
    this.#link.say(LOOK);
  }

  dismiss(): void {
    this.#link.close();
  }

  detach(): { port: MessagePort; words: Int32Array } {
    return { port: this.#link.detach(), words: this.row.words };
  }

  posted(): void {}

  plain(messages: readonly unknown[]): void {
    this.#hub.arrived(this, messages);
  }

  parcel(data: unknown, extras: unknown): void {
    let message: T;
    try {
      message = unpack(data, extras) as T;
    } catch (error) {
      this.#hub.board.giveBackOf(this.row, 1);
      throw error;
    }
    this.#hub.arrived(this, [null, message]);
  }

  taken(): void {
    this.#hub.taken();
  }

  word(word: number, a: unknown, b: unknown): void {
    this.#hub.heard(this, word, a, b);
  }

  gone(): void {
    this.#hub.gone(this);
  }
}
