/**
 * Web: the channels of several threads that behave as one, where each has all that is sent: watch and broadcast.
 *
 *     thread 1               thread 2               thread 3
 *     ends ── channel ══ strand ══ channel ══ strand ══ channel ── ends
 *
 * Each thread has a channel of its own, an ordinary one, and strands to those threads to which its ends were sent, or from which they came: a tree. What
 * comes in through one strand goes out through the others. Each strand says how many senders and receivers there are behind it; together they count as one end
 * of the channel here, so it is disconnected when they are gone, and when the thread behind has died.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Closers } from "../../sync/closed.js";
import type { Ends } from "../../sync/ends.js";
import type { Parcel } from "../values/pack.js";
import { hold, Link, type Linked } from "./link.js";
import { retire } from "./retire.js";
import { closersOf, type SiteClosers } from "./site.js";

/** The words that every strand knows; others are the channel's. */
const COUNTS = 0;
export const OTHER_WORDS = 1;

/** What a channel does as part of a web. */
export interface Knot {
  /** `weave` has them keep the host alive. */
  readonly closers: Closers;
  /** One sender or receiver more behind the strands, or one less, for the local channel. */
  tieSender(by: 1 | -1): void;
  tieReceiver(by: 1 | -1): void;
  /** Whether somebody here waits for what others do. */
  readonly waits: boolean;
  /** Whether messages wait for their turn to go through a strand. What they are followed by waits too; call `Web.changed` when they have gone. */
  isBehind(strand: Strand): boolean;
  plain(from: Strand, messages: readonly unknown[]): void;
  parcel(from: Strand, data: unknown, extras: unknown): void;
  word(from: Strand, word: number, a: unknown, b: unknown): void;
}

/** How many ends there are. */
interface Counts {
  senders: number;
  receivers: number;
}

/** What one thread has of a web. */
export class Web {
  readonly knot: Knot;
  readonly strands = new Set<Strand>();
  /** The ends of this thread. */
  readonly own: Counts = { senders: 0, receivers: 0 };
  #isHolding = false;

  constructor(knot: Knot) {
    this.knot = knot;
  }

  get #hasClosers(): boolean {
    return !(this.knot.closers as SiteClosers).isEmpty;
  }

  /** All ends, but for those behind one strand. */
  counts(except: Strand | null = null): Counts {
    const sum = { ...this.own };
    for (const strand of this.strands) {
      if (strand === except) continue;
      sum.senders += strand.behind.senders;
      sum.receivers += strand.behind.receivers;
    }
    return sum;
  }

  /** Ties a thread to this one. */
  tie(port: MessagePort, behind: Counts): Strand {
    const strand = new Strand(this, port);
    this.strands.add(strand);
    strand.count(behind);
    this.changed();
    return strand;
  }

  /** An end of this thread came or went. */
  countOwn(kind: keyof Counts, by: number): void {
    this.own[kind] += by;
    this.changed();
  }

  /** Tells the others how many ends there are, and leaves if there is none here and nobody to pass anything on to. */
  changed(): void {
    const { senders, receivers } = this.own;
    const isOver = senders + receivers === 0 && this.strands.size === 1 && !this.#hasClosers;
    for (const strand of this.strands) {
      if (this.knot.isBehind(strand)) continue;
      strand.tell(this.counts(strand));
      if (isOver) strand.leave();
    }
    this.rehold();
  }

  rehold(): void {
    const waits = this.strands.size > 0 && (this.knot.waits || this.#hasClosers);
    if (waits === this.#isHolding) return;
    this.#isHolding = waits;
    if (waits) hold.add();
    else hold.remove();
  }
}

/** The way to another thread of a web, and all threads behind it. */
export class Strand implements Linked {
  /** The ends behind it. */
  readonly behind: Counts = { senders: 0, receivers: 0 };
  readonly link: Link;
  readonly #web: Web;
  #told: Counts = { senders: -1, receivers: -1 };

  constructor(web: Web, port: MessagePort) {
    this.#web = web;
    this.link = new Link(port, this);
  }

  count({ senders, receivers }: Counts): void {
    const { behind } = this;
    const { knot } = this.#web;
    const before = { ...behind };
    behind.senders = senders;
    behind.receivers = receivers;
    if (before.senders > 0 !== senders > 0) knot.tieSender(senders > 0 ? 1 : -1);
    if (before.receivers > 0 !== receivers > 0) knot.tieReceiver(receivers > 0 ? 1 : -1);
  }

  tell(counts: Counts): void {
    const { senders, receivers } = this.#told;
    if (counts.senders === senders && counts.receivers === receivers) return;
    this.#told = counts;
    this.link.say(COUNTS, counts.senders, counts.receivers);
  }

  send({ data, extras }: Parcel): void {
    this.link.sendParcel({ data, extras, transfer: [] });
  }

  leave(): void {
    this.link.close();
    this.gone();
  }

  // ---- the link --------------------------------------------------------------------------------

  posted(): void {}

  plain(messages: readonly unknown[]): void {
    this.#web.knot.plain(this, messages);
  }

  parcel(data: unknown, extras: unknown): void {
    this.#web.knot.parcel(this, data, extras);
  }

  word(word: number, a: unknown, b: unknown): void {
    if (word !== COUNTS) return this.#web.knot.word(this, word, a, b);
    this.count({ senders: a as number, receivers: b as number });
    this.#web.changed();
  }

  gone(): void {
    if (!this.#web.strands.delete(this)) return;
    this.count({ senders: 0, receivers: 0 });
    this.#web.changed();
  }
}

/**
 * Makes a channel part of a new web, in place, since its ends refer to it.
 *
 * @param woven what answers for it from now on
 * @param parts what that has besides
 */
export function weave<C extends Ends & Knot & { web: Web }>(
  channel: Ends & { readonly receivers: number },
  woven: C,
  parts: Partial<C>,
): C {
  const { senders, receivers } = channel;
  const it = Object.assign(Object.setPrototypeOf(channel, woven) as C, parts);
  it.web = new Web(it);
  it.web.own.senders = senders;
  it.web.own.receivers = receivers;
  closersOf(it, it.web);
  return it;
}

/** A place in a web, on its way to another thread. */
export interface SentPlace extends Readonly<Counts> {
  readonly port: MessagePort;
}

/** Ties the thread to which an end goes, and retires the end here. */
export function moveEnd(web: Web, end: { close(): void }, side: keyof Counts, what: string): SentPlace {
  const { port1, port2 } = new MessageChannel();
  const strand = web.tie(port1, { senders: 0, receivers: 0, [side]: 1 });
  end.close();
  retire(end, what);
  return { port: port2, ...web.counts(strand) };
}
