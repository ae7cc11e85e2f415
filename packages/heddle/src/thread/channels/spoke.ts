/**
 * Spoke: the site of a thread that has senders of an mpsc channel, and not its receiver.
 */
import type { MessagePort } from "node:worker_threads";
import type { Claim } from "../../sync/slots.js";
import { pack } from "../values/pack.js";
import { isPrimitive } from "../values/plain.js";
import { type Board, DESERTED, OPEN, type Row } from "./board.js";
import { flatCopy } from "./flat.js";
import { Link, type Linked } from "./link.js";
import { ATTACH, CANCEL, GRANT, LOOK, Site, type SiteClosers, WANT } from "./site.js";

export class Spoke<T> extends Site<T> implements Linked {
  /** Null if this thread has no part in the channel. */
  readonly link: Link | null;
  /** What those who wait are known by to the hub. */
  readonly #ids = new Map<Claim<any>, number>();
  #lastId = 0;

  /** @param asked those who stand in the hub's queue already */
  constructor(
    board: Board,
    row: Row,
    held: number,
    closers: SiteClosers,
    port: MessagePort | null,
    asked: readonly Claim<any>[] = [],
  ) {
    super(board, row, held, closers);
    for (const claim of asked) {
      this.waiting.add(claim);
      this.#ids.set(claim, ++this.#lastId);
    }
    this.link = port === null ? null : new Link(port, this);
    this.rehold();
  }

  protected get waits(): boolean {
    return this.#isLinked && (this.waiting.size > 0 || !this.closers.isEmpty);
  }

  get #isLinked(): boolean {
    return this.link?.isOver === false;
  }

  protected ask(claim: Claim<any>): void {
    this.#ids.set(claim, ++this.#lastId);
    this.link?.say(WANT, this.#lastId, claim.wanted);
  }

  protected withdraw(claim: Claim<any>): void {
    const id = this.#ids.get(claim);
    this.#ids.delete(claim);
    this.link?.say(CANCEL, id);
    this.#leaveIfDone();
  }

  protected freed(): void {
    const { board } = this;
    if (board.isAwaited || board.closed !== OPEN || board.senders === 0) this.link?.say(LOOK);
    this.#leaveIfDone();
  }

  protected override handedOn(): void {
    this.#leaveIfDone();
  }

  protected left(): void {
    // What is on its way arrives before the hub looks.
    if (this.board.senders === 0) this.link?.say(LOOK);
    this.#leaveIfDone();
  }

  override rehold(): void {
    super.rehold();
    if (this.closers.isEmpty) this.#leaveIfDone();
  }

  #leaveIfDone(): void {
    const isDone = this.held === 0 && this.row.hasNoSenders && this.waiting.size === 0 && this.closers.isEmpty;
    if (isDone && this.#isLinked) this.link!.close();
  }

  push(message: T): void {
    const { board, link } = this;
    if (link === null || link.isOver || board.closed === DESERTED) return this.release(1);
    if (isPrimitive(message)) return link.send(message);
    const copy = flatCopy(message as object);
    if (copy !== null) return link.send(copy);
    try {
      link.sendParcel(pack(message, "a message"));
    } catch (error) {
      this.release(1);
      throw error;
    }
  }

  /** Lets a sender that goes to another thread speak to the hub. */
  attach(port: MessagePort, row: Row): void {
    if (this.#isLinked) this.link!.say(ATTACH, port, row.words, [port]);
    else port.close();
  }

  // ---- the link --------------------------------------------------------------------------------

  posted(count: number): void {
    this.held -= count;
    this.#leaveIfDone();
  }

  plain(): void {}

  parcel(): void {}

  word(word: number, id: unknown, count: unknown): void {
    if (word === GRANT) this.#grant(id as number, count as number);
    else if (word === LOOK && this.board.closed !== OPEN) this.shut();
  }

  #grant(id: number, count: number): void {
    for (const [claim, its] of this.#ids) {
      if (its !== id) continue;
      this.#ids.delete(claim);
      return this.granted(claim);
    }
    // Dropped meanwhile: they go back at once.
    this.held += count;
    this.release(count);
  }

  /** The receiver is gone, and its thread perhaps with it. */
  gone(): void {
    this.board.close(DESERTED);
    this.shut();
  }
}
