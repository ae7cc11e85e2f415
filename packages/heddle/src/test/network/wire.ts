/**
 * Wire: what carries packets between hosts: how long they take, which are lost, and which pairs of hosts are cut off from each other. All its times
 * are those of one runtime's clock, and all its choices come from one generator.
 */
import type { Clock } from "../../base/clock.js";
import type { Random } from "../../base/random.js";
import type { TimerEntry } from "../../base/wheel.js";
import type { Timers } from "../../future/current.js";

/** How the wire behaves. Times in milliseconds. */
export interface WirePlan {
  readonly clock: Clock;
  readonly timers: Timers;
  readonly random: Random;
  readonly latency: readonly [shortest: number, longest: number];
  /** The share of packets that are lost. */
  readonly loss: number;
  /** After how long a packet of a stream that was lost is sent again. */
  readonly retransmission: number;
}

/** Something on its way, that can be called off. */
interface Underway {
  stop(): void;
}

// A stream gives up losing a packet after so many tries, or a loss of 1 would take for ever to decide.
const MOST_LOSSES = 16;

export class Wire {
  readonly plan: WirePlan;
  /** Pairs of hosts that cannot reach each other. */
  readonly #cuts = new Set<string>();
  readonly #underway = new Set<Underway>();

  constructor(plan: WirePlan) {
    this.plan = plan;
  }

  isCut(a: string, b: string): boolean {
    return this.#cuts.has(pair(a, b));
  }

  cut(a: string, b: string): void {
    this.#cuts.add(pair(a, b));
  }

  repair(a: string, b: string): void {
    if (!this.#cuts.delete(pair(a, b))) return;
    for (const it of this.#underway) if (it instanceof Route) it.repaired();
  }

  /** How long the next packet takes. */
  latency(): number {
    const { random, latency } = this.plan;
    const [shortest, longest] = latency;
    return shortest === longest ? shortest : shortest + random.next() * (longest - shortest);
  }

  /** Whether the next packet is lost. */
  loses(): boolean {
    const { random, loss } = this.plan;
    return loss > 0 && random.next() < loss;
  }

  /** How long a packet takes that is sent again until it arrives. */
  reliableLatency(): number {
    let latency = this.latency();
    for (let losses = 0; losses < MOST_LOSSES && this.loses(); losses++) latency += this.plan.retransmission;
    return latency;
  }

  /** Carries one packet, or loses it. Packets may overtake each other. */
  carry(from: string, to: string, deliver: () => void): void {
    if (this.isCut(from, to) || this.loses()) return;
    const packet = new Packet(this, this.latency(), () => {
      if (!this.isCut(from, to)) deliver();
    });
    packet.start();
  }

  /** @internal */
  begins(it: Underway): void {
    this.#underway.add(it);
  }

  /** @internal */
  ends(it: Underway): void {
    this.#underway.delete(it);
  }

  /** Calls everything off that is on its way. */
  stop(): void {
    for (const it of this.#underway) it.stop();
    this.#underway.clear();
  }
}

function pair(a: string, b: string): string {
  return JSON.stringify(a < b ? [a, b] : [b, a]);
}

/** A timer of the wire's, for a time from now. */
abstract class Departure implements TimerEntry, Underway {
  when = 0;
  after: TimerEntry | null = null;
  before: TimerEntry | null = null;
  protected readonly wire: Wire;

  constructor(wire: Wire) {
    this.wire = wire;
  }

  /** Fires at `due`: at once if that is not ahead. */
  protected arm(due: number): void {
    const { timers } = this.wire.plan;
    this.when = Math.ceil(due);
    if (this.when > timers.now) timers.insert(this);
    else this.fire();
  }

  abstract fire(): void;

  stop(): void {
    if (this.after !== null) this.wire.plan.timers.remove(this);
  }
}

class Packet extends Departure {
  readonly #latency: number;
  readonly #deliver: () => void;

  constructor(wire: Wire, latency: number, deliver: () => void) {
    super(wire);
    this.#latency = latency;
    this.#deliver = deliver;
  }

  start(): void {
    this.wire.begins(this);
    this.arm(this.wire.plan.clock.now() + this.#latency);
  }

  fire(): void {
    this.wire.ends(this);
    this.#deliver();
  }
}

/**
 * One direction of a stream: everything arrives, in the order it was sent. What is lost is sent again, and what comes behind it waits. While the hosts
 * are cut off from each other nothing arrives; afterwards it does.
 */
export class Route extends Departure {
  readonly #from: string;
  readonly #to: string;
  readonly #queue: { due: number; readonly deliver: () => void }[] = [];
  #isHeld = false;
  #isDelivering = false;

  constructor(wire: Wire, from: string, to: string) {
    super(wire);
    this.#from = from;
    this.#to = to;
  }

  send(deliver: () => void): void {
    this.#queue.push({ due: this.wire.plan.clock.now() + this.wire.reliableLatency(), deliver });
    if (this.#queue.length > 1 || this.#isDelivering) return;
    this.wire.begins(this);
    this.arm(this.#queue[0]!.due);
  }

  fire(): void {
    this.#isDelivering = true;
    const { timers } = this.wire.plan;
    while (this.#queue.length > 0 && Math.ceil(this.#queue[0]!.due) <= timers.now) {
      if (this.wire.isCut(this.#from, this.#to)) {
        this.#isHeld = true;
        this.#isDelivering = false;
        return;
      }
      this.#queue.shift()!.deliver();
    }
    this.#isDelivering = false;
    if (this.#queue.length > 0) this.arm(this.#queue[0]!.due);
    else this.wire.ends(this);
  }

  /** Hosts were repaired, perhaps these: what was held is sent again. */
  repaired(): void {
    if (!this.#isHeld || this.wire.isCut(this.#from, this.#to)) return;
    this.#isHeld = false;
    this.#queue[0]!.due = this.wire.plan.clock.now() + this.wire.latency();
    this.arm(this.#queue[0]!.due);
  }
}
