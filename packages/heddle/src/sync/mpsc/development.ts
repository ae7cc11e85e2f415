/**
 * Development: who has permits of mpsc channels, and who waits for them. Dumps say who has some and since which line, a permit that was forgotten is
 * reported, and deadlocks are found. Importing this file is all it takes.
 */
import { type Need, type Needing, type Needs, tasksOf } from "../../base/needs.js";
import type { Holder } from "../../base/resource.js";
import { current } from "../../future/current.js";
import type { Film, Holding, Unpolled } from "../../future/diagnostics.js";
import { currentOwner } from "../../task/current-task.js";
import { Claim, WAITING } from "../slots.js";
import { Channel } from "./channel.js";
import { type Reservation, witness } from "./permit.js";
import { Recv } from "./receiver.js";

const film: Film = { photos: 64, perTurn: 4 };

/** Permits that were given at once, under watch: what refers to this is they alone, so it is collected when they are. */
class Watched implements Reservation, Unpolled {
  // One for each permit, so as cheap as can be: see the constructor of `Waiter`.
  declare private readonly channel: Channel<any>;
  declare private readonly isMany: boolean;
  declare private readonly owner: Need;
  declare private isOver: boolean;
  declare private isSuspect: boolean;

  constructor(channel: Channel<any>, isMany: boolean) {
    const owner = currentOwner();
    this.channel = channel;
    this.isMany = isMany;
    this.owner = owner;
    this.isOver = this.isSuspect = false;
    (channel.owners ??= new Set()).add(owner);
    if (current.warnings !== null) current.diagnostics.born(this, film);
  }

  end(): void {
    this.isOver = true;
    this.channel.owners!.delete(this.owner);
    if (this.isSuspect) current.diagnostics.unwatch(this);
  }

  get label(): string {
    return this.isMany ? "What sender.reserveMany(…) gave" : "A permit of sender.reserve()";
  }

  get film(): Film {
    return film;
  }

  get fault(): string {
    return "channel.permit-leaked";
  }

  holding(): Holding | undefined {
    return this.isOver ? undefined : { resource: this.channel, task: this.owner.task };
  }

  isUnpolled(): boolean {
    return !this.isOver && !this.isSuspect;
  }

  watched(): void {
    this.isSuspect = true;
  }
}

witness.reserved = (channel, isMany) => new Watched(channel, isMany);

Object.defineProperties(Channel.prototype, {
  holders: {
    get(this: Channel<any>): readonly Holder[] {
      return tasksOf(this.owners ?? []);
    },
  },
  fullness: {
    get(this: Channel<any>): string {
      const queued = this.ring.length;
      if (this.maxCapacity === Infinity) return `${queued} queued`;
      const taken = this.limit - this.slots.free;
      return `${taken} of ${this.maxCapacity} slots taken${taken === queued ? "" : `, ${queued} queued`}`;
    },
  },
});

// ---- who waits ---------------------------------------------------------------------------------

/** Where there is no message to be received, a claim that waits needs that a permit is used or given back. */
(Claim.prototype as Needing).needs = function (this: Claim<any>): Needs | null {
  const { channel, stage } = this;
  if (!(channel instanceof Channel) || stage !== WAITING || channel.ring.length > 0) return null;
  const { first } = channel.slots;
  // Somebody before it has slots, which come free if he gives up.
  if (first !== null && first !== this && first.missing < first.wanted) return null;
  return ownersNeeds(channel);
};

/** Where nobody can send any more, a receiver needs the same. */
(Recv.prototype as Needing).needs = function (this: Recv<any>): Needs | null {
  const { channel } = this;
  const isFinal = (channel.isClosed || channel.senders === 0) && channel.slots.first === null;
  return isFinal && channel.ring.length === 0 ? ownersNeeds(channel) : null;
};

function ownersNeeds(channel: Channel<any>): Needs | null {
  const of = channel.owners;
  return of === null || of.size === 0 ? null : { each: false, of };
}
