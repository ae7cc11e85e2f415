/**
 * mpsc channels across threads: how their ends are packed and made again.
 *
 * A channel knows nothing of threads until one of its ends is sent. Then the channel of that thread is changed into a `ThreadChannel`, in place, since its ends
 * refer to it: what it has is handed over to a hub, which answers for it from then on. What stays on one thread costs nothing.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import type { Waker } from "../../future/context.js";
import type { END } from "../../future/poll.js";
import type { EMPTY } from "../../sync/empty.js";
import { unwatchEnd } from "../../sync/ends.js";
import { Channel } from "../../sync/mpsc/channel.js";
import { Receiver } from "../../sync/mpsc/receiver.js";
import { Sender } from "../../sync/mpsc/sender.js";
import { UnboundedSender } from "../../sync/mpsc/unbounded-sender.js";
import { BusyError } from "../../base/errors.js";
import { closedHere } from "../../sync/refusals.js";
import type { SenderEnd } from "../../sync/sender-end.js";
import type { Claim } from "../../sync/slots.js";
import { receives, type Sent } from "../sendable.js";
import { check, pack } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import { Board, DESERTED, OPEN, Row } from "./board.js";
import { Hub, type HubParts } from "./hub.js";
import { sendableAs } from "./install.js";
import { checkMovable } from "./link.js";
import { retire } from "./retire.js";
import { closersOf, type Site, type SiteClosers } from "./site.js";
import { Spoke } from "./spoke.js";

/** What every end carries along. */
export interface Identity {
  readonly name: string | undefined;
  readonly capacity: number;
  readonly limit: number;
  readonly board: Int32Array;
}

/** What all but the receiver carry along: a part in the channel, of a thread that had none. */
export interface SentShare extends Identity {
  readonly row: Int32Array;
  readonly port: MessagePort;
}

interface SentReceiver extends Identity {
  readonly hub: HubParts<{ data: unknown; extras: unknown }>;
}

const MESSAGE = "a message";

/** A channel whose ends are on several threads, as those of one thread see it: its site answers for it. */
class ThreadChannel<T> extends Channel<T> {
  // Not initialized: a channel that was changed into one has no constructor run.
  declare site: Site<T>;

  override get fullness(): string {
    return `${this.site.length} queued, with ends on other threads`;
  }

  override get capacity(): number {
    if (this.maxCapacity === Infinity) return Infinity;
    return Math.max(0, this.site instanceof Hub ? this.site.free : this.site.board.free);
  }

  override claim(claim: Claim<any>, waker: Waker): number {
    return this.site.claim(claim, waker);
  }

  override tryClaim(count: number): boolean {
    return this.site.tryTake(count);
  }

  override settle(claim: Claim<any>): void {
    this.site.settle(claim);
  }

  override release(count: number): void {
    this.site.release(count);
  }

  override push(message: T): void {
    this.site.push(message);
  }

  override pushAnyway(message: T): void {
    this.site.pushAnyway(message);
  }

  override take(): T | typeof EMPTY | typeof END {
    return this.site.take();
  }

  override wait(waker: Waker, label: string): void {
    this.site.wait(waker, label);
  }

  override stop(waker: Waker): void {
    this.site.stop(waker);
  }

  override get length(): number {
    return this.site.length;
  }

  /** What is in it, oldest first. */
  get queued(): Iterable<T> {
    return this.site.queued;
  }

  /** Whether somebody awaits the receiver. */
  get isAwaited(): boolean {
    return this.site.isAwaited;
  }

  override get isClosed(): boolean {
    return this.site.board.closed !== OPEN;
  }

  override get isFinal(): boolean {
    return this.site.isFinal;
  }

  override close(): void {
    this.site.close();
  }

  override desert(): void {
    this.site.desert();
  }

  override get senders(): number {
    return this.site.board.senders;
  }

  override get weakSenders(): number {
    return this.site.board.weak;
  }

  override addSender(): void {
    this.site.countSenders(1);
  }

  override removeSender(): void {
    this.site.countSenders(-1);
  }

  override countWeak(by: number): void {
    this.site.countWeak(by);
  }
}

/** The channel as one with ends on several threads. */
export function threaded<T>(channel: Channel<T>): ThreadChannel<T> {
  if (channel instanceof ThreadChannel) return channel as ThreadChannel<T>;
  const { senders, weakSenders, isClosed, limit, slots, ring, waker, isDeserted } = channel;
  const claims = slots.handOver();
  const messages: T[] = [];
  while (ring.length > 0) messages.push(ring.shift() as T);
  channel.waker = null;
  const { free } = slots;
  const board = new Board();
  const row = new Row();
  board.giveBack(free);
  const held = limit - free - messages.length;
  row.hold(held);
  board.countSenders(row, senders);
  board.countWeak(row, weakSenders);
  if (isClosed) board.close(isDeserted ? DESERTED : 1);
  const here = Object.setPrototypeOf(channel, ThreadChannel.prototype) as ThreadChannel<T>;
  const hub = new Hub<T>(limit, board, row, held, closersOf(here));
  here.site = hub;
  hub.inherit({ messages, claims, waker, isDeserted });
  return here;
}

/** A channel of which this thread has had no end. */
function arrived<T>({ name, capacity }: Identity, siteOf: (closers: SiteClosers) => Site<T>): ThreadChannel<T> {
  const channel = new ThreadChannel<T>(capacity, name);
  channel.site = siteOf(closersOf(channel));
  return channel;
}

function identityOf({ name, maxCapacity, limit, site }: ThreadChannel<any>): Identity {
  return { name, capacity: maxCapacity, limit, board: site.board.words };
}

// ---- senders -----------------------------------------------------------------------------------

/**
 * Packs what is a part in a channel.
 *
 * @param handOver gives the part to the row of the thread that it goes to
 */
export function sendShare<More extends object>(
  kind: string,
  channel: ThreadChannel<any>,
  handOver: (site: Site<any>, row: Row) => More,
): Sent {
  const { site } = channel;
  const { port1, port2 } = new MessageChannel();
  const row = new Row();
  (site as Hub<any> | Spoke<any>).attach(port2, row);
  const data: SentShare & More = { ...identityOf(channel), row: row.words, port: port1, ...handOver(site, row) };
  return { kind, data, transfer: [port1] };
}

/** The channel, for a thread whose part in it was packed. @param held how many slots it has */
export function channelFrom(sent: SentShare, held: number): ThreadChannel<any> {
  const { port, row } = sent;
  return arrived(sent, (closers) => new Spoke(new Board(sent.board), new Row(row), held, closers, port));
}

type AnySender = SenderEnd<Channel<any>>;

function checkSender(sender: AnySender): void {
  if (sender["isOver"]) throw closedHere("send a sender to a thread", "it was closed");
}

function sendSender(sender: AnySender, kind: string): Sent {
  checkSender(sender);
  return sendShare(kind, threaded(sender["channel"]), ({ board }, row) => {
    board.countSenders(row, 1);
    sender.close();
    retire(sender, "the sender of an mpsc channel");
    return {};
  });
}

function senderFrom<S>(sent: SentShare, Class: new (channel: Channel<any>) => S): S {
  const channel = channelFrom(sent, 0);
  const sender = new Class(channel);
  // It was counted on its way.
  channel.removeSender();
  return sender;
}

sendableAs(Sender.prototype as AnySender, checkSender, (sender) => sendSender(sender, "mpsc sender"));
sendableAs(UnboundedSender.prototype as AnySender, checkSender, (sender) =>
  sendSender(sender, "mpsc unbounded sender"),
);
receives<SentShare>("mpsc sender", (sent) => senderFrom(sent, Sender));
receives<SentShare>("mpsc unbounded sender", (sent) => senderFrom(sent, UnboundedSender));

// ---- the receiver ------------------------------------------------------------------------------

function checkReceiver(receiver: Receiver<any>): void {
  const channel = threaded(receiver["channel"] as Channel<any>);
  const hub = channel.site as Hub<any>;
  if (hub.isDisposed) throw closedHere("send a receiver to a thread", "it was disposed of");
  if (channel.isAwaited)
    throw new BusyError("channel.busy", "Cannot send the receiver of an mpsc channel to a thread: a task awaits it", {
      help: "send it when nobody receives from it here any more",
    });
  if (hub.hasGuests) checkMovable("the receiver of an mpsc channel");
  for (const message of channel.queued) check(message, "a message that is queued");
}

function sendReceiver(receiver: Receiver<any>): Sent {
  const channel = threaded(receiver["channel"] as Channel<any>);
  const identity = identityOf(channel);
  const hub = channel.site as Hub<any>;
  const { board, row, closers } = hub;
  const claims = hub.waitingClaims;
  const { isShared: isLeft, heldHere } = hub;
  const { port1, port2 } = new MessageChannel();
  const parts = hub.moveOut(isLeft ? { port: port2, words: row.words } : null);
  channel.site = new Spoke(board, row, heldHere, closers, isLeft ? port1 : null, claims);
  if (!isLeft) port1.close();
  unwatchEnd(receiver);
  retire(receiver, "the receiver of an mpsc channel");
  const transfer: object[] = parts.links.map(({ port }) => port);
  const messages = parts.messages.map((message) => {
    const { data, extras, transfer: moved } = pack(message, MESSAGE);
    transfer.push(...moved);
    return { data, extras };
  });
  const data: SentReceiver = { ...identity, hub: { ...parts, messages } };
  return { kind: "mpsc receiver", data, transfer };
}

function receiverFrom(sent: SentReceiver): Receiver<any> {
  const { hub: parts, limit } = sent;
  const messages = parts.messages.map(({ data, extras }) => unpack(data, extras));
  const channel = arrived<any>(sent, (closers) => new Hub(limit, new Board(sent.board), new Row(), 0, closers));
  const receiver = new Receiver(channel);
  (channel.site as Hub<any>).moveIn({ ...parts, messages });
  return receiver;
}

sendableAs(Receiver.prototype as Receiver<any>, checkReceiver, sendReceiver);
receives<SentReceiver>("mpsc receiver", receiverFrom);
