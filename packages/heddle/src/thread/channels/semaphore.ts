/**
 * Semaphores across threads. The permits stay where the semaphore was made; whoever wants some on another thread stands in the same queue as those there.
 *
 *     thread 2: SemaphoreAbroad                thread 1: Usher            semaphore
 *       acquire ── own queue ── WANT ──────────► acquire ───────────────► its queue
 *         permit ◄── own queue ◄── GRANT ◄─────── permit, which it keeps ◄──┘
 *       release ───────────────── RETURN ──────► releases so many
 *
 * There nothing is free without asking, so `tryAcquire` finds nothing. A thread that dies gives back what it had: its usher releases it.
 * A permit that is sent goes from where it was to the usher of the thread that it goes to.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { Context } from "../../future/context.js";
import { pin, type Pinned } from "../../future/pin.js";
import { PENDING } from "../../future/poll.js";
import type { Hold as Request } from "../../sync/permit-pool.js";
import { Acquire, type Permit, Semaphore } from "../../sync/semaphore.js";
import { receives, type Sent } from "../sendable.js";
import { sendableAs } from "./install.js";
import { hold, Link, type Linked } from "./link.js";

const WANT = 0;
const CANCEL = 1;
const GRANT = 2;
const RETURN = 3;
const ADD = 4;
const CLOSE = 5;
const ATTACH = 6;

interface SentSemaphore {
  readonly name: string | undefined;
  readonly port: MessagePort;
}

interface SentPermit extends SentSemaphore {
  readonly count: number;
}

/** Where the semaphore is: asks for permits on behalf of another thread, and has them until they are returned. */
class Usher implements Linked {
  readonly #semaphore: SemaphoreAtHome;
  readonly #link: Link;
  readonly #asked = new Map<number, Pinned<Permit>>();
  #held: Permit | null;

  /** @param held what the other thread has already */
  constructor(semaphore: SemaphoreAtHome, port: MessagePort, held: Permit | null = null) {
    this.#semaphore = semaphore;
    this.#held = held;
    this.#link = new Link(port, this);
    semaphore.ushers.add(this);
    semaphore.rehold();
  }

  /** How many wait there. */
  get asked(): number {
    return this.#asked.size;
  }

  #ask(id: number, count: number): void {
    const wait = pin(this.#semaphore.acquire(count));
    this.#asked.set(id, wait);
    const cx: Context = new Context({ wake: () => this.#look(id, count, wait, cx) });
    this.#look(id, count, wait, cx);
  }

  #look(id: number, count: number, wait: Pinned<Permit>, cx: Context): void {
    try {
      const permit = wait.poll(cx);
      if (permit === PENDING) return;
      if (this.#held === null) this.#held = permit;
      else this.#held.merge(permit);
      this.#link.say(GRANT, id, count);
    } catch {
      // It is closed, and nothing else can be.
      this.#link.say(CLOSE);
    }
    this.#asked.delete(id);
  }

  /** Part of what the other thread has. */
  #take(count: number): Permit | null {
    const held = this.#held;
    if (held === null || count === 0) return null;
    if (count < held.count) return held.split(count);
    this.#held = null;
    return held;
  }

  posted(): void {}

  plain(): void {}

  parcel(): void {}

  word(word: number, a: unknown, b: unknown): void {
    if (word === WANT) this.#ask(a as number, b as number);
    else if (word === RETURN) this.#take(a as number)?.release();
    else if (word === ADD) this.#semaphore.addPermits(a as number);
    else if (word === CLOSE) this.#semaphore.close();
    else if (word === ATTACH) void new Usher(this.#semaphore, a as MessagePort, this.#take(b as number));
    else if (word === CANCEL) {
      const wait = this.#asked.get(a as number);
      this.#asked.delete(a as number);
      wait?.drop();
    }
  }

  gone(): void {
    for (const wait of this.#asked.values()) wait.drop();
    this.#asked.clear();
    this.#semaphore.ushers.delete(this);
    this.#held?.release();
    this.#semaphore.rehold();
  }
}

/** A semaphore that other threads have a part in: a wait here keeps the host alive, since they may end it. No `#`: no constructor of it has run. */
class SemaphoreAtHome extends Semaphore {
  declare ushers: Set<Usher>;
  declare isHolding: boolean;

  override queue(request: Request<any>): void {
    super.queue(request);
    this.rehold();
  }

  override unqueue(request: Request<any>): void {
    super.unqueue(request);
    this.rehold();
  }

  override give(count: number): void {
    super.give(count);
    this.rehold();
  }

  override close(): void {
    super.close();
    this.rehold();
  }

  rehold(): void {
    let waiting = this.waiting;
    for (const usher of this.ushers) waiting -= usher.asked;
    const waits = this.ushers.size > 0 && waiting > 0;
    if (waits === this.isHolding) return;
    this.isHolding = waits;
    if (waits) hold.add();
    else hold.remove();
  }
}

/** The semaphore as one that other threads have a part in. */
function atHome(semaphore: Semaphore): SemaphoreAtHome {
  if (semaphore instanceof SemaphoreAtHome) return semaphore;
  const it = Object.setPrototypeOf(semaphore, SemaphoreAtHome.prototype) as SemaphoreAtHome;
  it.ushers = new Set();
  it.isHolding = false;
  return it;
}

/** A semaphore of another thread. Its own pool has what was granted and not handed out yet: nothing, as a rule. */
class SemaphoreAbroad extends Semaphore implements Linked {
  readonly #link: Link;
  readonly #ids = new Map<Request<any>, number>();
  #lastId = 0;
  #isHolding = false;

  constructor({ name, port }: SentSemaphore) {
    super(0, { name });
    this.#link = new Link(port, this);
  }

  override queue(request: Request<any>): void {
    super.queue(request);
    this.#ids.set(request, ++this.#lastId);
    this.#link.say(WANT, this.#lastId, request.count);
    this.#rehold();
  }

  override unqueue(request: Request<any>): void {
    super.unqueue(request);
    this.#link.say(CANCEL, this.#ids.get(request));
    this.#ids.delete(request);
    this.#rehold();
  }

  /** What is released goes back. */
  override give(count: number): void {
    if (count > 0) this.#link.say(RETURN, count);
  }

  override addPermits(count: number): void {
    this.#link.say(ADD, count);
  }

  override close(): void {
    this.#link.say(CLOSE);
    this.#shut();
  }

  #shut(): void {
    this.#ids.clear();
    this.#rehold();
    super.close();
  }

  #rehold(): void {
    const waits = this.#ids.size > 0;
    if (waits === this.#isHolding) return;
    this.#isHolding = waits;
    if (waits) hold.add();
    else hold.remove();
  }

  /** @internal Has another thread have an usher of its own where the semaphore is, and so many of the permits that this one has. */
  attach(port: MessagePort, count: number): void {
    this.#link.say(ATTACH, port, count, [port]);
  }

  // ---- the link --------------------------------------------------------------------------------

  posted(): void {}

  plain(): void {}

  parcel(): void {}

  word(word: number, id: unknown, count: unknown): void {
    if (word === CLOSE) return this.#shut();
    for (const [request, its] of this.#ids) {
      if (its !== id) continue;
      this.#ids.delete(request);
      this.#rehold();
      // Grants come in the order of the wants, so it is the first of the queue.
      return super.give(count as number);
    }
    this.give(count as number);
  }

  /** The thread of the semaphore has ended: there are no permits any more. */
  gone(): void {
    this.#shut();
  }
}

function sendSemaphore(semaphore: Semaphore): Sent {
  const { port1, port2 } = new MessageChannel();
  if (semaphore instanceof SemaphoreAbroad) semaphore.attach(port2, 0);
  else void new Usher(atHome(semaphore), port2);
  const { name } = semaphore;
  return { kind: "semaphore", data: { name, port: port1 } satisfies SentSemaphore, transfer: [port1] };
}

sendableAs(Semaphore.prototype, () => {}, sendSemaphore);
receives<SentSemaphore>("semaphore", (sent) => new SemaphoreAbroad(sent));

// ---- permits -----------------------------------------------------------------------------------

function checkPermit(permit: Acquire): void {
  if (permit.holding() === null)
    throw new TypeError(
      `Cannot send ${permit.label} to a thread: it is a future\nhelp: await it, and send the permit that it gives`,
    );
  permit.mustHold("send a permit to a thread");
}

function sendPermit(permit: Acquire): Sent {
  checkPermit(permit);
  const { pool: semaphore, count } = permit;
  const { port1, port2 } = new MessageChannel();
  if (semaphore instanceof SemaphoreAbroad) semaphore.attach(port2, count);
  else {
    const held = permit.split(count) as Acquire;
    // No task here has it any more: whoever waits for it does not wait for this one.
    semaphore.leave(held, 0);
    semaphore.enter(held, null, 0);
    void new Usher(atHome(semaphore), port2, held);
  }
  permit.forget();
  const data: SentPermit = { name: semaphore.name, port: port1, count };
  return { kind: "semaphore permit", data, transfer: [port1] };
}

sendableAs(Acquire.prototype, checkPermit, sendPermit);
receives<SentPermit>("semaphore permit", (sent) => new Acquire(new SemaphoreAbroad(sent), sent.count).inherit());
