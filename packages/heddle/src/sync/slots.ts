/**
 * Slots: the room of a channel, handed out strictly in the order in which it was asked for.
 *
 * A claim asks for some slots. Only this file writes its stage:
 *
 * | stage   | meaning                                          | holds            | left by                  |
 * | ------- | ------------------------------------------------ | ---------------- | ------------------------ |
 * | NEW     | never polled                                     | nothing          | take, settle, watched    |
 * | WATCHED | the same, and under suspicion of being forgotten | nothing          | take, settle             |
 * | WAITING | in the list                                      | wanted - missing | giveBack, refuse, settle |
 * | GRANTED | has all its slots, was woken, was not polled yet | wanted           | take, settle             |
 * | REFUSED | the channel was closed, and it was woken         | nothing          | take, settle             |
 * | OVER    | its poll has answered, or it was dropped         | nothing here     |                          |
 *
 * INVARIANT: while somebody waits nothing is free. So nobody overtakes, and who comes first soaks up what is given back, however
 * much it wants.
 */
import type { Resource } from "../base/resource.js";
import type { Waker } from "../future/context.js";
import { current } from "../future/current.js";
import type { Film, Unpolled } from "../future/diagnostics.js";
import { Waiter, WaitList } from "../future/wait-list.js";

const NEW = 0;
/** @internal */
export const WATCHED = 1;
/** @internal */
export const WAITING = 2;
/** @internal */
export const GRANTED = 3;
/** @internal */
export const REFUSED = 4;
/** @internal */
export const OVER = 5;

const film: Film = { photos: 64 };

/** A future that needs slots first, of something that `C` keeps. */
export abstract class Claim<T, C extends Resource = Resource> extends Waiter<T> implements Unpolled {
  /** @internal */
  declare readonly channel: C;
  /** @internal `Slots` writes it. */
  declare stage: number;
  /** @internal How many it still lacks while it waits. `Slots` writes it. */
  declare missing: number;

  // As `Waiter` does, whose constructor says why.
  constructor(channel: C) {
    super();
    this.channel = channel;
    this.stage = NEW;
    this.missing = 0;
  }

  /** @internal How many it asks for. Does not change. */
  abstract get wanted(): number;

  /** @internal */
  abstract readonly label: string;

  /** Gives back what it holds. Does nothing once it is over. */
  abstract override drop(): void;

  /** @internal For dumps. */
  get resource(): Resource {
    return this.channel;
  }

  /** Has it watched: a send that nobody awaits sends nothing. */
  noted(): this {
    if (current.warnings !== null) current.diagnostics.born(this, film);
    return this;
  }

  /** @internal */
  get film(): Film {
    return film;
  }

  /** @internal */
  isUnpolled(): boolean {
    return this.stage === NEW;
  }

  /** @internal */
  watched(): void {
    this.stage = WATCHED;
  }

  /** @internal A combinator ended before it came to this one: that is no mistake. */
  closeUnpolled(): void {
    if (this.stage <= WATCHED) this.drop();
  }
}

/** What {@link Slots.take} answers. */
export const TAKEN = 0;
export const WAIT = 1;
export const SHUT = 2;
export const AGAIN = 3;

/** The slots of one channel. */
export class Slots {
  // Below zero by as many as were taken by force.
  #free: number;
  readonly #waiters = new WaitList<Claim<any>>();

  constructor(count: number) {
    this.#free = count;
  }

  /** How many are free. */
  get free(): number {
    return this.#free;
  }

  /** Who waits and came first. */
  get first(): Claim<any> | null {
    return this.#waiters.first;
  }

  /** Takes `count` slots if they are free now. */
  tryTake(count: number): boolean {
    if (this.#free < count) return false;
    this.#free -= count;
    return true;
  }

  /** Takes a slot whether one is free or not. */
  takeAnyway(): void {
    this.#free--;
  }

  /**
   * One poll of a claim: TAKEN, it has its slots; WAIT; SHUT, it was or is refused; AGAIN, it was over before.
   *
   * @param isShut whether the channel takes no new claims
   */
  take(claim: Claim<any>, waker: Waker, isShut: boolean): number {
    const { stage } = claim;
    if (stage === WATCHED) current.diagnostics.unwatch(claim);
    if (stage <= WATCHED && !isShut) {
      if (this.tryTake(claim.wanted)) {
        claim.stage = OVER;
        return TAKEN;
      }
      this.#queue(claim);
    }
    if (claim.stage === WAITING) {
      claim.waker = waker;
      return WAIT;
    }
    claim.stage = OVER;
    return stage === GRANTED ? TAKEN : stage === OVER ? AGAIN : SHUT;
  }

  #queue(claim: Claim<any>): void {
    const part = Math.max(0, this.#free);
    this.#free -= part;
    claim.missing = claim.wanted - part;
    claim.stage = WAITING;
    this.#waiters.push(claim);
  }

  /** Gives a slot back: to who waits first, else it is free. */
  giveBack(): void {
    const { first } = this.#waiters;
    if (first === null || this.#free < 0) this.#free++;
    else if (--first.missing === 0) this.#grant(first);
  }

  giveBackMany(count: number): void {
    for (let left = count; left > 0; left--) this.giveBack();
  }

  #grant(first: Claim<any>): void {
    this.#waiters.shift();
    first.stage = GRANTED;
    first.wake();
  }

  /** Ends a claim that was dropped. What it had goes to the next in line. */
  settle(claim: Claim<any>): void {
    const { stage } = claim;
    if (stage === WATCHED) current.diagnostics.unwatch(claim);
    claim.stage = OVER;
    claim.waker = null;
    if (stage === WAITING) {
      this.#waiters.remove(claim);
      this.giveBackMany(claim.wanted - claim.missing);
    } else if (stage === GRANTED) this.giveBackMany(claim.wanted);
  }

  /** Refuses all who wait, and takes back what they had. */
  refuse(): void {
    const waiters = this.handOver();
    for (const waiter of waiters) waiter.stage = REFUSED;
    for (const waiter of waiters) waiter.wake();
  }

  /** Takes back what those have who wait, and leaves them to the caller. */
  handOver(): Claim<any>[] {
    const waiters = this.#waiters.drain();
    for (const waiter of waiters) this.#free += waiter.wanted - waiter.missing;
    return waiters;
  }
}
