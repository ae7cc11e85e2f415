/**
 * Queues across threads: how their ends are packed and made again.
 *
 * A queue stays where it was made (`queue-at-home.ts`), since its messages are for whoever comes first, on whatever thread; other threads ask there
 * (`queue-abroad.ts`).
 */
import { MessageChannel } from "node:worker_threads";
import { HeddleError } from "../../base/errors.js";
import { Sender } from "../../sync/queue.js";
import type { Channel } from "../../sync/queue/channel.js";
import { Receiver, WeakReceiver } from "../../sync/queue/receiver.js";
import { closedHere } from "../../sync/refusals.js";
import { receives, type Sent } from "../sendable.js";
import { check } from "../values/pack.js";
import { sendableAs } from "./install.js";
import { QueueAbroad, type SentQueue } from "./queue-abroad.js";
import { atHome, Usher } from "./queue-at-home.js";
import type { Side } from "./queue-words.js";
import { retire } from "./retire.js";

function checkSender(sender: Sender<any>): void {
  if (sender["isOver"]) throw closedHere("send a sender to a thread", "it was disposed of");
}

function checkReceiver(receiver: Receiver<any>): void {
  if (receiver["isOver"]) throw closedHere("send a receiver to a thread", "it was disposed of");
  for (const message of receiver["channel"].queued) check(message, "a message that is queued");
}

function sendEnd(end: Disposable, channel: Channel<any>, side: Side): Sent {
  const { port1, port2 } = new MessageChannel();
  const { name, maxCapacity: capacity, isClosed } = channel;
  if (channel instanceof QueueAbroad) channel.attach(port2, side);
  else void new Usher(atHome(channel), port2, side);
  end[Symbol.dispose]();
  retire(end, `the ${side} of a queue`);
  const data: SentQueue = { name, capacity, isClosed, port: port1 };
  return { kind: `queue ${side}`, data, transfer: [port1] };
}

function senderFrom(sent: SentQueue): Sender<any> {
  const channel = new QueueAbroad<any>(sent);
  const sender = new Sender<any>(channel);
  channel.countedOnTheWay("sender");
  return sender;
}

function receiverFrom(sent: SentQueue): Receiver<any> {
  const channel = new QueueAbroad<any>(sent);
  const receiver = new Receiver<any>(channel);
  channel.countedOnTheWay("receiver");
  return receiver;
}

sendableAs(Sender.prototype as Sender<any>, checkSender, (sender) => {
  checkSender(sender);
  return sendEnd(sender, sender["channel"], "sender");
});
sendableAs(Receiver.prototype as Receiver<any>, checkReceiver, (receiver) => {
  checkReceiver(receiver);
  return sendEnd(receiver, receiver["channel"], "receiver");
});
receives<SentQueue>("queue sender", senderFrom);
receives<SentQueue>("queue receiver", receiverFrom);

function refuseWeak(): never {
  throw new HeddleError(
    "channel.weak",
    "Cannot send a weak receiver to a thread as only mpsc counts its ends for all threads at once: it is one of a queue",
    { help: "send a strong one, receiver.clone(), or have the other thread ask this one for it" },
  );
}

sendableAs(WeakReceiver.prototype as WeakReceiver<any>, refuseWeak, refuseWeak);
