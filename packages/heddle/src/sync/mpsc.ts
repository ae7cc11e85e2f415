/**
 * mpsc: many senders, one receiver. Its parts:
 *
 *     mpsc/channel.ts      what the ends share; when it is over
 *     slots.ts             the room, handed out first come, first served
 *     send.ts              send; send-timeout.ts: sendTimeout; mpsc/reserve.ts, permit.ts: permits
 *     mpsc/development.ts  what development knows of permits
 *     mpsc/sender.ts       and unbounded-sender.ts: the ends that send; receiver.ts: the end that receives
 */
import { Channel } from "./mpsc/channel.js";
import type { OwnedPermit as Owned } from "./mpsc/permit.js";
import { Receiver } from "./mpsc/receiver.js";
import { Sender } from "./mpsc/sender.js";
import { UnboundedSender } from "./mpsc/unbounded-sender.js";
import type { ChannelOptions } from "./oneshot.js";
import { checkCapacity } from "./refusals.js";

export type { Permit, Permits } from "./mpsc/permit.js";
export type { Receiver, Sender, UnboundedSender };
/** A permit that keeps its sender, which comes back when it is used. */
export type OwnedPermit<T> = Owned<T, Sender<T>>;

/**
 * A channel that holds at most `capacity` messages: who sends more waits. Messages come out in the order in which they went in.
 *
 * @throws RangeError if `capacity` is no integer >= 1
 *
 * @example A producer that is slowed down to what the consumer can do
 * ```ts
 * import { async, END, run, spawn } from "heddle";
 * import { mpsc } from "heddle/sync";
 *
 * const produce = async(function* (tx: mpsc.Sender<number>) {
 *   for (let n = 1; n <= 3; n++) yield* tx.send(n);
 *   tx.close();
 * });
 * const main = async(function* () {
 *   const [tx, rx] = mpsc.channel<number>(1);
 *   spawn(produce(tx));
 *   for (let n; (n = yield* rx.recv()) !== END; ) console.log(n);
 * });
 * await run(main());
 * // prints: 1
 * // prints: 2
 * // prints: 3
 * ```
 */
export function channel<T>(capacity: number, options?: ChannelOptions): [Sender<T>, Receiver<T>] {
  checkCapacity(capacity, undefined, "create an mpsc channel");
  const channel = new Channel<T>(capacity, options?.name);
  return [new Sender(channel), new Receiver(channel)];
}

/**
 * A channel without a limit: sending never waits.
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { mpsc } from "heddle/sync";
 *
 * const [tx, rx] = mpsc.unbounded<string>();
 * tx.send("one");
 * tx.send("two");
 * console.log(await run(rx.recvMany(10)));
 * // prints: [ 'one', 'two' ]
 * ```
 */
export function unbounded<T>(options?: ChannelOptions): [UnboundedSender<T>, Receiver<T>] {
  const channel = new Channel<T>(Infinity, options?.name);
  return [new UnboundedSender(channel), new Receiver(channel)];
}
