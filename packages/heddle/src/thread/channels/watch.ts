/**
 * watch channels across threads. Each thread has the value; a change goes to all.
 *
 * Which of two changes is the later one is decided by a count in shared memory, that each change takes a number of: the higher number stays,
 * whatever the order in which a thread hears of them. So all threads come to the same value.
 */
import { BusyError } from "../../base/errors.js";
import type { Waiter } from "../../future/wait-list.js";
import { closedHere } from "../../sync/refusals.js";
import { Sender } from "../../sync/watch.js";
import { Channel } from "../../sync/watch/channel.js";
import { Receiver } from "../../sync/watch/receiver.js";
import { receives, type Sent } from "../sendable.js";
import { packCopy } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import { sendableAs } from "./install.js";
import { type Knot, moveEnd, OTHER_WORDS, type SentPlace, type Strand, weave, type Web } from "./web.js";

const CHANGE = OTHER_WORDS;

interface SentEnd extends SentPlace {
  readonly name: string | undefined;
  readonly count: Int32Array;
  /** The number of the value. */
  readonly number: number;
  readonly data: unknown;
  readonly extras: unknown;
  /** Of a receiver: whether it has seen the value. */
  readonly isSeen: boolean;
}

/** A watch channel whose ends are on several threads. No `#`: what was made by another constructor has no such members. */
class ThreadChannel<T> extends Channel<T> implements Knot {
  declare web: Web;
  declare count: Int32Array;
  declare number: number;

  override set(value: T): void {
    // Before anything changes: it may be refused.
    const { data, extras } = packCopy(value, "a value");
    this.number = (Atomics.add(this.count, 0, 1) + 1) | 0;
    super.set(value);
    this.web.rehold();
    this.pass(null, data, extras);
  }

  private pass(from: Strand | null, data: unknown, extras: unknown): void {
    for (const strand of this.web.strands) if (strand !== from) strand.link.say(CHANGE, this.number, [data, extras]);
  }

  override get senders(): number {
    return this.web.counts().senders;
  }

  override get receivers(): number {
    return this.web.counts().receivers;
  }

  override addSender(): void {
    super.addSender();
    this.web.countOwn("senders", 1);
  }

  // Who is woken may look at once: what it finds must be true already.
  override removeSender(): void {
    this.web.own.senders--;
    super.removeSender();
    this.web.changed();
  }

  override addReceiver(): void {
    super.addReceiver();
    this.web.countOwn("receivers", 1);
  }

  override removeReceiver(): void {
    this.web.own.receivers--;
    super.removeReceiver();
    this.web.changed();
  }

  override wait(waiter: Waiter<any>): void {
    super.wait(waiter);
    this.web.rehold();
  }

  override stop(waiter: Waiter<any>): void {
    super.stop(waiter);
    this.web.rehold();
  }

  // ---- the web ---------------------------------------------------------------------------------

  tieSender(by: 1 | -1): void {
    if (by === 1) super.addSender();
    else super.removeSender();
  }

  tieReceiver(by: 1 | -1): void {
    if (by === 1) super.addReceiver();
    else super.removeReceiver();
  }

  get waits(): boolean {
    return this.waiting > 0;
  }

  isBehind(): boolean {
    return false;
  }

  plain(): void {}

  parcel(): void {}

  word(from: Strand, _word: number, number: unknown, parcel: unknown): void {
    if ((((number as number) - this.number) | 0) <= 0) return;
    this.number = number as number;
    const [data, extras] = parcel as [unknown, unknown];
    // Unpacking writes into it.
    this.pass(from, data, extras);
    super.set(unpack(data, extras) as T);
    this.web.rehold();
  }
}

function woven<T>(
  channel: Channel<T>,
  count: Int32Array = new Int32Array(new SharedArrayBuffer(4)),
  number = 0,
): ThreadChannel<T> {
  if (channel instanceof ThreadChannel) return channel as ThreadChannel<T>;
  return weave(channel, ThreadChannel.prototype as ThreadChannel<T>, { count, number });
}

type End = Sender<any> | Receiver<any>;
const channelOf = (end: End): Channel<any> => (end as Receiver<any>).channel;

function checkEnd(end: End): void {
  const isOver = end instanceof Sender ? end["isOver"] : end.isOver;
  if (isOver) throw closedHere("send an end of a watch channel to a thread", "it was closed");
  if (end instanceof Receiver && end.awaiting !== null)
    throw new BusyError("channel.busy", "Cannot send the receiver of a watch channel to a thread: a task awaits it", {
      help: "send a clone of it",
    });
  packCopy(channelOf(end).value, "the value of a watch channel");
}

function sendEnd(end: End, side: "senders" | "receivers"): Sent {
  checkEnd(end);
  const channel = woven(channelOf(end));
  const { name, count, number, value } = channel;
  const { data, extras } = packCopy(value, "the value of a watch channel");
  const isSeen = end instanceof Sender || !end.see();
  const kind = side === "senders" ? "sender" : "receiver";
  const place = moveEnd(channel.web, end, side, `the ${kind} of a watch channel`);
  const sent: SentEnd = { name, count, number, data, extras, isSeen, ...place };
  return { kind: `watch ${kind}`, data: sent, transfer: [place.port] };
}

function arrived<E>(sent: SentEnd, make: (channel: Channel<any>) => E): E {
  const { name, count, number, data, extras, port, senders, receivers } = sent;
  const channel = woven(new Channel<any>(unpack(data, extras), name), count, number);
  const end = make(channel);
  channel.web.tie(port, { senders, receivers });
  return end;
}

sendableAs(Sender.prototype as Sender<any>, checkEnd, (end) => sendEnd(end, "senders"));
sendableAs(Receiver.prototype as Receiver<any>, checkEnd, (end) => sendEnd(end, "receivers"));
receives<SentEnd>("watch sender", (sent) => arrived(sent, (channel) => new Sender(channel)));
receives<SentEnd>("watch receiver", (sent) =>
  arrived(sent, (channel) => new Receiver(channel, sent.isSeen ? channel.version : -1)),
);
