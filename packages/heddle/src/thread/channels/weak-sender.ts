/**
 * Weak senders across threads. Those of mpsc know on every thread whether a strong one is left, since senders are counted in shared memory.
 *
 * Those of watch, broadcast and queue do not cross: there a thread learns of the senders of others a message later, so a weak one could be
 * made strong when its channel is over.
 */
import { HeddleError } from "../../base/errors.js";
import { Channel } from "../../sync/mpsc/channel.js";
import { Sender } from "../../sync/mpsc/sender.js";
import { UnboundedSender } from "../../sync/mpsc/unbounded-sender.js";
import { closedHere } from "../../sync/refusals.js";
import { WeakSender } from "../../sync/weak-sender.js";
import { receives, type Sent } from "../sendable.js";
import { sendableAs } from "./install.js";
import { channelFrom, sendShare, type SentShare, threaded } from "./mpsc.js";
import { retire } from "./retire.js";

interface SentWeak extends SentShare {
  readonly isBounded: boolean;
}

type Weak = WeakSender<any>;

function checkWeak(weak: Weak): void {
  const channel = weak["channel"];
  if (!(channel instanceof Channel))
    throw new HeddleError(
      "channel.weak",
      `Cannot send a weak sender to a thread as only mpsc counts its senders for all threads at once: it is one of a ${channel.kind} channel`,
      { help: "send a strong one, sender.clone(), or have the other thread ask this one for it" },
    );
  if (weak["isOver"]) throw closedHere("send a weak sender to a thread", "it was closed");
}

function sendWeak(weak: Weak): Sent {
  checkWeak(weak);
  const isBounded = weak["Sender"] === Sender;
  return sendShare("mpsc weak sender", threaded(weak["channel"] as Channel<any>), ({ board }, row) => {
    board.countWeak(row, 1);
    weak.close();
    retire(weak, "the weak sender of an mpsc channel");
    return { isBounded };
  });
}

function weakFrom(sent: SentWeak): Weak {
  const channel = channelFrom(sent, 0);
  const weak: Weak = new WeakSender(channel, (sent.isBounded ? Sender : UnboundedSender) as any);
  // It was counted on its way.
  channel.countWeak(-1);
  return weak;
}

sendableAs(WeakSender.prototype as Weak, checkWeak, sendWeak);
receives<SentWeak>("mpsc weak sender", weakFrom);
