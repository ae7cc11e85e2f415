/**
 * broadcast channels across threads. Each thread retains the last messages for its receivers, so they lag there as they do everywhere.
 *
 * A strand has as many messages on their way as the channel retains, and no more: those that come meanwhile wait at its beginning, where they overwrite each
 * other. So a thread that is busy costs no memory, and its receivers are told how many messages they have missed.
 *
 *     send ──► own ring ──► receivers
 *       └────► strand: window of `size` ══► thread ──► its ring ──► its receivers
 *                 │                            │
 *                 └──── ◄── so many arrived ───┘
 */
import { BusyError } from "../../base/errors.js";
import { Ring } from "../../base/ring.js";
import type { Waiter } from "../../future/wait-list.js";
import { Sender } from "../../sync/broadcast.js";
import { Channel } from "../../sync/broadcast/channel.js";
import { Receiver } from "../../sync/broadcast/receiver.js";
import { closedHere } from "../../sync/refusals.js";
import { receives, type Sent } from "../sendable.js";
import { packCopy, type Parcel } from "../values/pack.js";
import { isPrimitive } from "../values/plain.js";
import { unpack } from "../values/unpack.js";
import { flatCopy } from "./flat.js";
import { sendableAs } from "./install.js";
import { type Knot, moveEnd, OTHER_WORDS, type SentPlace, type Strand, weave, type Web } from "./web.js";

const ARRIVED = OTHER_WORDS;
const MISSED = OTHER_WORDS + 1;

const MESSAGE = "a message";

interface SentEnd extends SentPlace {
  readonly name: string | undefined;
  readonly size: number;
  /** What a receiver has missed, and has before it. */
  readonly missed: number;
  readonly unread: readonly { data: unknown; extras: unknown }[];
}

/** What goes through one strand. */
interface Flow {
  /** How many are on their way. */
  underway: number;
  /** Those that wait for their turn. */
  readonly queue: Ring<Parcel>;
  /** How many were overwritten before those. */
  missed: number;
}

/** The positions of messages that this thread has missed: from `from` on, before `to`. */
interface Gap {
  readonly from: number;
  readonly to: number;
}

/** A broadcast channel whose ends are on several threads. No `#`: what was made by another constructor has no such members. */
class ThreadChannel<T> extends Channel<T> implements Knot {
  declare web: Web;
  declare flows: WeakMap<Strand, Flow>;
  declare gaps: Gap[];
  declare waiters: Set<Waiter<any>>;

  override send(message: T): number {
    // Before anything changes: it may be refused.
    const parcel = packCopy(message, MESSAGE);
    this.keep(message);
    this.pass(null, parcel);
    return this.receivers;
  }

  /** Retains it for the receivers of this thread. */
  private keep(message: T): void {
    this.waiters.clear();
    super.send(message);
    this.web.rehold();
  }

  /** Passes a message on to all others behind whom there are receivers. */
  private pass(from: Strand | null, parcel: Parcel): void {
    for (const strand of this.web.strands) {
      if (strand === from || strand.behind.receivers === 0) continue;
      const flow = this.flow(strand);
      if (flow.underway < this.size && flow.queue.length === 0) this.post(strand, flow, parcel);
      else {
        // Unposted it is not cloned yet.
        if (flow.queue.length === this.size) {
          flow.queue.shift();
          flow.missed++;
        }
        flow.queue.push(snapshot(parcel));
      }
    }
  }

  private flow(strand: Strand): Flow {
    let flow = this.flows.get(strand);
    if (flow === undefined) this.flows.set(strand, (flow = { underway: 0, queue: new Ring(), missed: 0 }));
    return flow;
  }

  private post({ link }: Strand, flow: Flow, parcel: Parcel): void {
    flow.underway++;
    const copy = isPrimitive(parcel.data)
      ? parcel.data
      : parcel.extras === null
        ? flatCopy(parcel.data as object)
        : null;
    if (parcel.extras === null && (copy !== null || parcel.data === null)) link.send(copy);
    else link.sendParcel({ ...parcel, transfer: [] });
  }

  /** So many have arrived behind a strand: others may follow. */
  private arrived(strand: Strand, count: number): void {
    const flow = this.flow(strand);
    flow.underway -= count;
    if (flow.missed > 0) {
      strand.link.say(MISSED, flow.missed);
      flow.missed = 0;
    }
    if (flow.queue.length === 0) return;
    while (flow.underway < this.size && flow.queue.length > 0) this.post(strand, flow, flow.queue.shift()!);
    if (flow.queue.length === 0) this.web.changed();
  }

  isBehind(strand: Strand): boolean {
    return this.flow(strand).queue.length > 0;
  }

  /** What a receiver brings along that has come from another thread. */
  begin(missed: number, messages: readonly T[]): void {
    if (missed > 0) this.skip(missed);
    for (const message of messages) this.keep(message);
  }

  /** As if so many messages had been sent and overwritten. */
  private skip(count: number): void {
    const tail = this.ahead(0);
    this.waiters.clear();
    for (let i = 0; i < count; i++) super.send(undefined as T);
    this.gaps = this.gaps.filter(({ to }) => to > this.oldestFrom(0));
    this.gaps.push({ from: tail, to: tail + count });
    this.web.rehold();
  }

  /** Receivers behind here have missed so many, between what came before and what comes now. */
  private miss(from: Strand, count: number): void {
    this.skip(count);
    for (const strand of this.web.strands) {
      if (strand === from || strand.behind.receivers === 0) continue;
      const flow = this.flow(strand);
      if (flow.queue.length === 0) strand.link.say(MISSED, count);
      else {
        // Between those that wait and those to come: the former are given up, so that all is told in order.
        flow.missed += flow.queue.length + count;
        while (flow.queue.length > 0) flow.queue.shift();
      }
    }
  }

  override catchUp(position: number): number {
    let at = super.catchUp(position);
    for (const { from, to } of this.gaps) for (; at >= from && at < to; at++) super.read(at);
    return at;
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

  override subscribe(): number {
    const position = super.subscribe();
    this.web.countOwn("receivers", 1);
    return position;
  }

  override unsubscribe(position: number): void {
    this.web.own.receivers--;
    super.unsubscribe(position);
    this.web.changed();
  }

  override wait(waiter: Waiter<any>): void {
    super.wait(waiter);
    this.waiters.add(waiter);
    this.web.rehold();
  }

  override stop(waiter: Waiter<any>): void {
    super.stop(waiter);
    this.waiters.delete(waiter);
    this.web.rehold();
  }

  protected override deserted(): void {
    this.waiters.clear();
    super.deserted();
  }

  // ---- the web ---------------------------------------------------------------------------------

  tieSender(by: 1 | -1): void {
    if (by === 1) super.addSender();
    else super.removeSender();
  }

  // Those behind a strand read nothing here: only that they are there counts.
  tieReceiver(by: 1 | -1): void {
    if (by === -1 && this.receivers === 0) this.closers.wakeAll();
  }

  get waits(): boolean {
    return this.waiters.size > 0;
  }

  plain(from: Strand, messages: readonly unknown[]): void {
    // The first item says what kind of post it is.
    for (let i = 1; i < messages.length; i++) {
      this.keep(messages[i] as T);
      this.pass(from, { data: messages[i], extras: null, transfer: [] });
    }
    from.link.say(ARRIVED, messages.length - 1);
  }

  parcel(from: Strand, data: unknown, extras: unknown): void {
    // Unpacking writes into it.
    this.pass(from, { data, extras, transfer: [] });
    this.keep(unpack(data, extras) as T);
    from.link.say(ARRIVED, 1);
  }

  word(from: Strand, word: number, count: unknown): void {
    if (word === ARRIVED) this.arrived(from, count as number);
    else if (word === MISSED) this.miss(from, count as number);
  }
}

/** A message that waits must not change under the hands of who sent it. */
function snapshot(parcel: Parcel): Parcel {
  if (isPrimitive(parcel.data) && parcel.extras === null) return parcel;
  const { data, extras } = structuredClone({ data: parcel.data, extras: parcel.extras });
  return { data, extras, transfer: [] };
}

function woven<T>(channel: Channel<T>): ThreadChannel<T> {
  if (channel instanceof ThreadChannel) return channel as ThreadChannel<T>;
  const parts = { flows: new WeakMap<Strand, Flow>(), gaps: [], waiters: new Set<Waiter<any>>() };
  const it = weave(channel, ThreadChannel.prototype as ThreadChannel<T>, parts);
  // Who waits already comes again, and is known then.
  it.wakeReceivers();
  return it;
}

// ---- ends --------------------------------------------------------------------------------------

function checkSender(sender: Sender<any>): void {
  if (sender["isOver"]) throw closedHere("send a sender to a thread", "it was closed");
}

function checkReceiver(receiver: Receiver<any>): void {
  if (receiver.isOver) throw closedHere("send a receiver to a thread", "it was closed");
  if (receiver.isAwaited)
    throw new BusyError(
      "channel.busy",
      "Cannot send the receiver of a broadcast channel to a thread: a task awaits it",
      {
        help: "send one that nobody awaits: receiver.resubscribe()",
      },
    );
  for (const message of receiver["cursor"].unread) packCopy(message, "a message that was not read");
}

function sendSender(sender: Sender<any>): Sent {
  checkSender(sender);
  return sendEnd(sender, woven(sender["channel"]), "senders", 0, []);
}

function sendReceiver(receiver: Receiver<any>): Sent {
  checkReceiver(receiver);
  const { cursor } = receiver as unknown as { cursor: Receiver<any>["cursor"] };
  const { unread, ahead } = cursor;
  const channel = woven(cursor.channel);
  const parcels = unread.map((message) => {
    const { data, extras } = packCopy(message, MESSAGE);
    return { data, extras };
  });
  return sendEnd(receiver, channel, "receivers", ahead - unread.length, parcels);
}

function sendEnd(
  end: Sender<any> | Receiver<any>,
  channel: ThreadChannel<any>,
  side: "senders" | "receivers",
  missed: number,
  unread: SentEnd["unread"],
): Sent {
  const kind = side === "senders" ? "sender" : "receiver";
  const place = moveEnd(channel.web, end, side, `the ${kind} of a broadcast channel`);
  const { name, size } = channel;
  const data: SentEnd = { name, size, missed, unread, ...place };
  return { kind: `broadcast ${kind}`, data, transfer: [place.port] };
}

function arrived<E>(sent: SentEnd, make: (channel: Channel<any>) => E): E {
  const { name, size, port, senders, receivers, missed, unread } = sent;
  const channel = woven(new Channel<any>(size, name));
  const end = make(channel);
  channel.begin(
    missed,
    unread.map(({ data, extras }) => unpack(data, extras)),
  );
  channel.web.tie(port, { senders, receivers });
  return end;
}

sendableAs(Sender.prototype as Sender<any>, checkSender, sendSender);
sendableAs(Receiver.prototype as Receiver<any>, checkReceiver, sendReceiver);
receives<SentEnd>("broadcast sender", (sent) => arrived(sent, (channel) => new Sender(channel)));
receives<SentEnd>("broadcast receiver", (sent) => arrived(sent, (channel) => new Receiver(channel)));
