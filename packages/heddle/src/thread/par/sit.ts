/**
 * What each thread that takes part in a join begins with: the work for a seat.
 */
import type { MessagePort } from "node:worker_threads";
import { here } from "../here.js";
import { task } from "../reference/task.js";
import { packError } from "../values/pack.js";
import type { Call } from "./crossing.js";
import { Exchange } from "./exchange.js";
import { learn, use } from "./known.js";
import { Offers } from "./offers.js";
import { Seat } from "./seat.js";

/** What a seat is given. */
export interface Invitation {
  readonly memory: SharedArrayBuffer;
  readonly seats: number;
  readonly seat: number;
  readonly ports: readonly (MessagePort | null)[];
  readonly buffers: readonly SharedArrayBuffer[];
  /** Its call at the root; null if it only helps. */
  readonly call: { readonly of: Call; readonly args: readonly unknown[] } | null;
  /** The functions at the root: what is joined inside is expected in their modules. */
  readonly functions: readonly Call[];
}

/** What became of a call at the root; null of a seat that only helped. */
export type Verdict = { readonly value: unknown } | { readonly error: unknown; readonly thread: string } | null;

export const sit = task(
  import.meta,
  (invitation: Invitation): Verdict | Promise<Verdict> =>
    learn(invitation.functions)?.then(() => occupy(invitation)) ?? occupy(invitation),
  "sit",
);

function occupy({ memory, seats, seat, ports, buffers, call }: Invitation): Verdict {
  const place = new Seat(new Exchange(seats, memory), seat, ports, new Offers(buffers));
  if (call === null) {
    place.occupy(null);
    return null;
  }
  try {
    return { value: place.occupy(() => use(call.of)(...call.args)) };
  } catch (error) {
    return { error: packError(error), thread: here.name ?? "a thread" };
  }
}
