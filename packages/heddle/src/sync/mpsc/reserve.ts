/**
 * Reserve: the futures of `reserve()`, `reserveMany(n)` and `reserveOwned()`: they wait for slots and give permits.
 */
import type { Needs } from "../../base/needs.js";
import type { Resource } from "../../base/resource.js";
import type { Context } from "../../future/context.js";
import { PENDING, type Poll } from "../../future/poll.js";
import { completed, disconnected } from "../refusals.js";
import { AGAIN, Claim, TAKEN, WAIT } from "../slots.js";
import type { Channel } from "./channel.js";
import { OwnedPermit, Permit, Permits } from "./permit.js";

abstract class Reserving<T, P> extends Claim<P> {
  protected readonly channel: Channel<T>;

  constructor(channel: Channel<T>) {
    super();
    this.channel = channel;
  }

  /** What is given when the slots are there. */
  protected abstract grant(): P;

  /** @internal For dumps. */
  get resource(): Resource {
    return this.channel;
  }

  /** @internal For those who look for deadlocks. */
  needs(): Needs | null {
    return this.isWaiting ? this.channel.claimNeeds(this) : null;
  }

  /** It will not come to that. */
  protected abandon(): void {}

  poll(cx: Context): Poll<P> {
    const answer = this.channel.claim(this, cx.waker);
    if (answer === TAKEN) return this.grant();
    if (answer === WAIT) return PENDING;
    if (answer === AGAIN) throw completed(this.label);
    this.abandon();
    throw disconnected("reserve room for a message", "the channel is closed");
  }

  override drop(): void {
    // What it has given is not its own any more.
    if (this.isOver) return;
    this.channel.settle(this);
    this.abandon();
  }
}

/** Waits for one permit. */
export class Reserve<T> extends Reserving<T, Permit<T>> {
  get wanted(): number {
    return 1;
  }
  get label(): string {
    return "sender.reserve()";
  }
  protected grant(): Permit<T> {
    return new Permit(this.channel);
  }
}

/** Waits for several permits, all of them at once. */
export class ReserveMany<T> extends Reserving<T, Permits<T>> {
  readonly wanted: number;
  constructor(channel: Channel<T>, wanted: number) {
    super(channel);
    this.wanted = wanted;
  }
  get label(): string {
    return `sender.reserveMany(${this.wanted})`;
  }
  protected grant(): Permits<T> {
    return new Permits(this.channel, this.wanted);
  }
}

/** Waits for one permit, and keeps the sender meanwhile. */
export class ReserveOwned<T, S extends Disposable> extends Reserving<T, OwnedPermit<T, S>> {
  readonly #sender: S;
  constructor(channel: Channel<T>, sender: S) {
    super(channel);
    this.#sender = sender;
  }
  get wanted(): number {
    return 1;
  }
  get label(): string {
    return "sender.reserveOwned()";
  }
  protected grant(): OwnedPermit<T, S> {
    return new OwnedPermit(this.channel, this.#sender);
  }
  protected override abandon(): void {
    this.#sender[Symbol.dispose]();
  }
}
