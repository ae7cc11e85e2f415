/**
 * Permits of mpsc channels across threads: whoever has reserved a slot may have another thread send the message.
 *
 * A slot that is reserved stands in the row of the thread that has it (`board.ts`). So it goes from one row to another, and when the thread ends to which it
 * went, it is given back with all else that stands in that row.
 */
import { OwnedPermit, Permit, Permits } from "../../sync/mpsc/permit.js";
import { Sender } from "../../sync/mpsc/sender.js";
import { closedHere } from "../../sync/refusals.js";
import { receives, type Sent } from "../sendable.js";
import { sendableAs } from "./install.js";
import { channelFrom, sendShare, type SentShare, threaded } from "./mpsc.js";

interface SentPermits extends SentShare {
  readonly count: number;
}

type Owned = OwnedPermit<any, Sender<any>>;

const isOver = () => closedHere("send a permit to a thread", "it was used or given back");

function checkPermits(permits: Permit<any> | Permits<any> | Owned): void {
  if (permits["left"] === 0) throw isOver();
}

function sendPermits(permits: Permit<any> | Permits<any>, kind: string): Sent {
  checkPermits(permits);
  const count = permits["left"];
  // Not its slots any more, but not given back either: they are still held here.
  const channel = threaded(permits["spend"](count));
  return sendShare(kind, channel, (site, row) => {
    site.handOn(count, row);
    return { count };
  });
}

sendableAs(Permit.prototype as Permit<any>, checkPermits, (permit) => sendPermits(permit, "mpsc permit"));
sendableAs(Permits.prototype as Permits<any>, checkPermits, (permits) => sendPermits(permits, "mpsc permits"));
receives<SentPermits>("mpsc permit", (sent) => new Permit(channelFrom(sent, sent.count)));
receives<SentPermits>("mpsc permits", (sent) => new Permits(channelFrom(sent, sent.count), sent.count));

// ---- with its sender ---------------------------------------------------------------------------

function sendOwned(owned: Owned): Sent {
  checkPermits(owned);
  const channel = threaded(owned["spend"](1));
  return sendShare("mpsc owned permit", channel, (site, row) => {
    site.board.countSenders(row, 1);
    owned["sender"].close();
    site.handOn(1, row);
    return {};
  });
}

function ownedFrom(sent: SentShare): Owned {
  const channel = channelFrom(sent, 1);
  const sender = new Sender<any>(channel);
  // It was counted on its way.
  channel.removeSender();
  return new OwnedPermit(channel, sender);
}

sendableAs(OwnedPermit.prototype as Owned, checkPermits, sendOwned);
receives<SentShare>("mpsc owned permit", ownedFrom);
