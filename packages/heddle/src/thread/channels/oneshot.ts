/**
 * oneshots across threads. The state is a word in shared memory, so that both sides agree at any moment whether the value was sent; the value goes
 * through a port.
 *
 * | word | written by | when |
 * | --- | --- | --- |
 * | OPEN → SENT | the sender | it sends; the value is on its way |
 * | OPEN → SHUT | the receiver, or the sender for it | it is closed, or its thread has died |
 * | OPEN → DESERTED | the sender, or the receiver for it | it is closed, or its thread has died |
 * | SENT → TAKEN | the receiver | it takes the value, or throws it away |
 * | SENT → DESERTED | the receiver | the thread of the sender died before the value was posted |
 *
 * All by compare and exchange, so one wins.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { BusyError } from "../../base/errors.js";
import type { Waker } from "../../future/context.js";
import { PENDING, type Poll } from "../../future/poll.js";
import { EMPTY } from "../../sync/empty.js";
import * as local from "../../sync/oneshot.js";
import { busy, closedHere, completed, disconnected, sentOnClosed, unsent } from "../../sync/refusals.js";
import { receives, type Sent } from "../sendable.js";
import { check, pack, type Parcel } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import { sendableAs } from "./install.js";
import { checkMovable, hold, Link, type Linked } from "./link.js";
import { retire } from "./retire.js";
import { closersOf, type SiteClosers } from "./site.js";

const OPEN = 0;
const SENT = 1;
const TAKEN = 2;
const SHUT = 3;
const DESERTED = 4;

const LOOK = 0;

type LocalExchange = local.Sender<any>["exchange"];

/** Of one side: the other's is on another thread. */
interface Side {
  readonly word: Int32Array;
  /** Null if nothing is to come through it any more. */
  link: Link | null;
  isSender: boolean;
  /** The value, when it has arrived. */
  arrived: { value: unknown } | null;
  waker: Waker | null;
  isHolding: boolean;
}

interface SentEnd {
  readonly word: Int32Array;
  /** Null if the value goes along. */
  readonly port: MessagePort | null;
  readonly name: string | undefined;
  /** What was sent and not taken, with a receiver. */
  readonly parcel: { data: unknown; extras: unknown } | null;
}

interface Crossing {
  readonly word: Int32Array;
  readonly port: MessagePort | null;
  readonly parcel: Parcel | null;
}

const [probe] = local.channel<any>();
// The class is not exported: a front door hands out everything that its file exports.
const Exchange = probe["exchange"].constructor as abstract new (name: string | undefined) => object;
probe.close();

/** What takes the place of an exchange of one thread. No `#`: what was made by another constructor has no such members. */
class ThreadExchange extends Exchange implements Linked {
  // Not initialized: it was an exchange of one thread before.
  declare side: Side;
  /** Where an exchange of one thread has its closers. */
  declare private waiting: SiteClosers;

  private get now(): number {
    return Atomics.load(this.side.word, 0);
  }

  /** From one state to another. Answers whether it was this side that did it. */
  private turn(from: number, to: number): boolean {
    return Atomics.compareExchange(this.side.word, 0, from, to) === from;
  }

  get closers(): SiteClosers {
    return this.waiting;
  }

  set closers(closers: SiteClosers) {
    this.waiting = closers;
  }

  get isClosed(): boolean {
    return this.now !== OPEN;
  }

  get isEmpty(): boolean {
    return this.side.arrived === null;
  }

  get isTerminated(): boolean {
    return this.now > SENT;
  }

  get isAwaited(): boolean {
    return this.side.waker !== null;
  }

  send(value: unknown): void {
    const state = this.now;
    if (state === SHUT) throw unsent(value, "the receiver is closed");
    if (state !== OPEN) throw sentOnClosed(value, state === DESERTED ? undefined : "this oneshot has sent its value");
    const parcel = pack(value, "a value");
    if (!this.turn(OPEN, SENT)) throw unsent(value, "the receiver is closed");
    const { link } = this.side;
    link!.sendParcel(parcel);
    link!.close();
    this.closers.wakeAll();
  }

  /** One end goes, or wants no more. A value that was sent stays. */
  end(state: typeof SHUT | typeof DESERTED): void {
    if (this.turn(OPEN, state)) this.side.link?.say(LOOK);
    const { link, isSender } = this.side;
    if (isSender || this.now !== SENT) link?.close();
    this.tell();
  }

  discard(): void {
    this.end(SHUT);
    if (this.side.isSender || !this.turn(SENT, TAKEN)) return;
    this.side.arrived = null;
    this.side.link?.close();
  }

  take(): unknown {
    const { arrived } = this.side;
    if (arrived !== null) {
      this.side.arrived = null;
      this.turn(SENT, TAKEN);
      return arrived.value;
    }
    const state = this.now;
    if (state === OPEN || state === SENT) return EMPTY;
    if (state === TAKEN) throw completed("the receiver of a oneshot");
    throw state === SHUT
      ? closedHere("receive from a oneshot", "its receiver was closed before a value was sent")
      : disconnected("receive from a oneshot", "its sender is gone and has sent nothing");
  }

  poll(waker: Waker): Poll<unknown> {
    const value = this.take();
    if (value !== EMPTY) return value;
    const { side } = this;
    if (side.waker !== null && side.waker !== waker) throw busy("the receiver of a oneshot");
    side.waker = waker;
    this.rehold();
    return PENDING;
  }

  stop(waker: Waker): void {
    if (this.side.waker !== waker) return;
    this.side.waker = null;
    this.rehold();
  }

  /** Wakes whoever waits here. */
  private tell(): void {
    const { waker } = this.side;
    this.side.waker = null;
    this.rehold();
    waker?.wake();
    this.closers.wakeAll();
  }

  rehold(): void {
    const { side } = this;
    const waits = side.link?.isOver === false && (side.waker !== null || !this.closers.isEmpty);
    if (waits === side.isHolding) return;
    side.isHolding = waits;
    if (waits) hold.add();
    else hold.remove();
  }

  /** Gives away what a side consists of. Here it counts as over. */
  detach(): MessagePort | null {
    const { link } = this.side;
    const port = link?.isOver === false ? link.detach() : null;
    this.rehold();
    return port;
  }

  // ---- the link --------------------------------------------------------------------------------

  posted(): void {}

  plain(): void {}

  parcel(data: unknown, extras: unknown): void {
    if (this.now === SENT) this.side.arrived = { value: unpack(data, extras) };
    this.side.link?.close();
    this.tell();
  }

  word(): void {
    this.side.link?.close();
    this.tell();
  }

  /** The other side has gone. What it has sent was here before. */
  gone(): void {
    if (this.side.isSender) this.turn(OPEN, SHUT);
    else if (this.side.arrived === null && !this.turn(OPEN, DESERTED)) this.turn(SENT, DESERTED);
    this.tell();
  }
}

/** Makes an exchange one whose other side is on another thread. */
function sided(exchange: LocalExchange, isSender: boolean, word: Int32Array, port: MessagePort | null): ThreadExchange {
  const { waker } = exchange as unknown as { waker: Waker | null };
  const it = Object.setPrototypeOf(exchange, ThreadExchange.prototype) as ThreadExchange;
  it.side = { word, link: null, isSender, arrived: null, waker, isHolding: false };
  if (port !== null) it.side.link = new Link(port, it);
  closersOf(it, it);
  it.rehold();
  return it;
}

function crossing(exchange: LocalExchange, sendsTheSender: boolean): Crossing {
  if (exchange instanceof ThreadExchange) {
    const { word, arrived } = exchange.side;
    const parcel = arrived === null ? null : pack(arrived.value, "a value");
    return { word, port: exchange.detach(), parcel };
  }
  const { state, value } = exchange as unknown as { state: number; value: unknown };
  const word = new Int32Array(new SharedArrayBuffer(4));
  word[0] = state;
  const parcel = state === SENT && !sendsTheSender ? pack(value, "a value") : null;
  const { port1, port2 } = new MessageChannel();
  const side = sided(exchange, !sendsTheSender, word, port1);
  if (sendsTheSender && state === SENT) side.side.arrived = { value };
  return { word, port: port2, parcel };
}

function sentEnd(end: local.Sender<any> | local.Receiver<any>, kind: string, what: string): Sent {
  const exchange = (end as local.Sender<any>)["exchange"];
  const { name } = exchange;
  const { word, port, parcel } = crossing(exchange, end instanceof local.Sender);
  retire(end, what);
  const data: SentEnd = {
    word,
    port,
    name,
    parcel: parcel === null ? null : { data: parcel.data, extras: parcel.extras },
  };
  return { kind, data, transfer: [...(port === null ? [] : [port]), ...(parcel?.transfer ?? [])] };
}

function checkSender(sender: local.Sender<any>): void {
  if ((sender["exchange"] as object) instanceof ThreadExchange) checkMovable("the sender of a oneshot");
  if (sender.isClosed) throw closedHere("send the sender of a oneshot to a thread", "it is too late to send its value");
}

function checkReceiver(receiver: local.Receiver<any>): void {
  const exchange = receiver["exchange"] as LocalExchange;
  const isAwaited = exchange instanceof ThreadExchange ? exchange.isAwaited : exchange["waker"] !== null;
  if (isAwaited)
    throw new BusyError("channel.busy", "Cannot send the receiver of a oneshot to a thread: a task awaits it", {
      help: "send it before anyone awaits it",
    });
  if (receiver.isTerminated)
    throw closedHere("send the receiver of a oneshot to a thread", "no value will come out of it");
  if (exchange instanceof ThreadExchange && exchange.isEmpty) checkMovable("the receiver of a oneshot");
  const value = exchange instanceof ThreadExchange ? exchange.side.arrived?.value : exchange["value"];
  if (!receiver.isEmpty) check(value, "the value of a oneshot");
}

function exchangeFrom(exchange: LocalExchange, { word, port, parcel }: SentEnd, isSender: boolean): void {
  const it = sided(exchange, isSender, word, port);
  if (parcel !== null) it.side.arrived = { value: unpack(parcel.data, parcel.extras) };
}

sendableAs(local.Sender.prototype as local.Sender<any>, checkSender, (sender) =>
  sentEnd(sender, "oneshot sender", "the sender of a oneshot"),
);
sendableAs(local.Receiver.prototype as local.Receiver<any>, checkReceiver, (receiver) =>
  sentEnd(receiver, "oneshot receiver", "the receiver of a oneshot"),
);
receives<SentEnd>("oneshot sender", (sent) => {
  const [sender] = local.channel<any>({ name: sent.name });
  exchangeFrom(sender["exchange"], sent, true);
  return sender;
});
receives<SentEnd>("oneshot receiver", (sent) => {
  const [, receiver] = local.channel<any>({ name: sent.name });
  exchangeFrom(receiver["exchange"] as LocalExchange, sent, false);
  return receiver;
});
