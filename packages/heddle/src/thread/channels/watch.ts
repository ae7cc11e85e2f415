/**
 * watch channels across threads. Each thread has the value; a change goes to all.
 *
 * Which of two changes is the later one is decided by a count in shared memory, that each change takes a number of: the higher number stays,
 * whatever the order in which a thread hears of them. So all threads come to the same value.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
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
import { retire } from "./retire.js";
import { adoptClosers, type Knot, OTHER_WORDS, type Strand, Web } from "./web.js";

const CHANGE = OTHER_WORDS;

interface SentEnd {
  readonly name: string | undefined;
  readonly count: Int32Array;
  /** The number of the value. */
  readonly number: number;
  readonly data: unknown;
  readonly extras: unknown;
  readonly port: MessagePort;
  /** The ends on the sending side. */
  readonly senders: number;
  readonly receivers: number;
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
  const { senders, receivers } = channel;
  const it = Object.setPrototypeOf(channel, ThreadChannel.prototype) as ThreadChannel<T>;
  it.count = count;
  it.number = number;
  it.web = new Web(it);
  it.web.own.senders = senders;
  it.web.own.receivers = receivers;
  adoptClosers(it, it.web);
  return it;
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

function sendEnd(end: End, kind: string, what: string): Sent {
  checkEnd(end);
  const isSender = end instanceof Sender;
  const channel = woven(channelOf(end));
  const { data, extras } = packCopy(channel.value, "the value of a watch channel");
  const { port1, port2 } = new MessageChannel();
  const isSeen = isSender || !end.see();
  const strand = channel.web.tie(port1, { senders: isSender ? 1 : 0, receivers: isSender ? 0 : 1 });
  end.close();
  retire(end, what);
  const counts = channel.web.counts(strand);
  const { name, count, number } = channel;
  const sent: SentEnd = { name, count, number, data, extras, port: port2, ...counts, isSeen };
  return { kind, data: sent, transfer: [port2] };
}

function arrived<E>(sent: SentEnd, make: (channel: Channel<any>) => E): E {
  const { name, count, number, data, extras, port, senders, receivers } = sent;
  const channel = woven(new Channel<any>(unpack(data, extras), name), count, number);
  const end = make(channel);
  channel.web.tie(port, { senders, receivers });
  return end;
}

sendableAs(Sender.prototype as Sender<any>, checkEnd, (end) =>
  sendEnd(end, "watch sender", "the sender of a watch channel"),
);
sendableAs(Receiver.prototype as Receiver<any>, checkEnd, (end) =>
  sendEnd(end, "watch receiver", "the receiver of a watch channel"),
);
receives<SentEnd>("watch sender", (sent) => arrived(sent, (channel) => new Sender(channel)));
receives<SentEnd>("watch receiver", (sent) =>
  arrived(sent, (channel) => new Receiver(channel, sent.isSeen ? channel.version : -1)),
);
