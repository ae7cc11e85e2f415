/**
 * CancellationToken across threads. One that was sent is the same token: cancelling it anywhere cancels it everywhere.
 *
 * Whether it is cancelled, and why, stands in shared memory, so a thread that computes and lets nothing else run sees it at its next look. Whoever waits is
 * told by a bell, which all threads hear that have such tokens.
 *
 * | offset | bytes | meaning | written by |
 * | --: | --: | --- | --- |
 * | 0 | 4 | 0; 1, somebody writes the reason; 2, it is cancelled | who cancels it first, by compare and exchange |
 * | 4 | 4 | how many bytes of reason there are | the same, before 2 |
 * | 8 | rest | the reason, as `v8.serialize` writes it | the same, before 2 |
 */
import { randomUUID } from "node:crypto";
import { deserialize, serialize } from "node:v8";
import { BroadcastChannel } from "node:worker_threads";
import { quote } from "../../base/errors.js";
import { Context } from "../../future/context.js";
import { pin } from "../../future/pin.js";
import { PENDING } from "../../future/poll.js";
import type { Waiter } from "../../future/wait-list.js";
import { CancellationToken, type Source } from "../../scope/cancellation-token.js";
import { receives } from "../sendable.js";
import { rebuildThrown } from "../values/errors.js";
import { packError } from "../values/pack.js";
import { sendableAs } from "./install.js";
import { hold } from "./link.js";

const OPEN = 0;
const WRITING = 1;
const CANCELLED = 2;

const HEAD = 8;
const SIZE = 4096;

interface SentToken {
  readonly id: string;
  readonly memory: SharedArrayBuffer;
}

/** The tokens of this thread that want to be told, by the ids of what they share. */
const listening = new Map<string, Set<CancellationToken>>();

let bell: BroadcastChannel | null = null;

/** From now on this thread hears the bell. Call it before the memory is looked at: what is cancelled later is heard. */
function hearBell(): BroadcastChannel {
  if (bell !== null) return bell;
  bell = new BroadcastChannel("heddle.cancelled");
  bell.onmessage = (event) => tell((event as { data: SentToken }).data);
  // HOST: not everywhere is there something to let go of.
  (bell as { unref?(): void }).unref?.();
  return bell;
}

function tell({ id, memory }: SentToken): void {
  const tokens = listening.get(id);
  if (tokens === undefined) return;
  const { reason } = new Shared(id, memory);
  for (const token of tokens) token.told(reason);
}

/** What the tokens of several threads have in common. */
class Shared {
  readonly id: string;
  readonly memory: SharedArrayBuffer;
  readonly #words: Int32Array;

  constructor(id: string, memory: SharedArrayBuffer) {
    this.id = id;
    this.memory = memory;
    this.#words = new Int32Array(memory, 0, HEAD / 4);
  }

  get isCancelled(): boolean {
    return Atomics.load(this.#words, 0) === CANCELLED;
  }

  /** What it was first cancelled with. */
  get reason(): unknown {
    if (!this.isCancelled) return undefined;
    const bytes = new Uint8Array(this.memory, HEAD, Atomics.load(this.#words, 1)).slice();
    return rebuildThrown(deserialize(bytes));
  }

  cancel(reason: unknown): void {
    if (this.isCancelled) return;
    const bytes = bytesOf(reason);
    if (Atomics.compareExchange(this.#words, 0, OPEN, WRITING) !== OPEN) {
      // Another thread is faster. It writes for less than a microsecond, and cannot be ended meanwhile: it calls nothing that could be interrupted.
      while (!this.isCancelled);
      return;
    }
    new Uint8Array(this.memory, HEAD).set(bytes);
    Atomics.store(this.#words, 1, bytes.length);
    Atomics.store(this.#words, 0, CANCELLED);
    const { id, memory } = this;
    hearBell().postMessage({ id, memory } satisfies SentToken);
    tell({ id, memory });
  }
}

/** What of a reason has room: itself, an error without its stack, or words. */
function bytesOf(reason: unknown): Uint8Array {
  for (const attempt of [
    () => packError(reason),
    () => packError(withoutStack(reason)),
    () => packError(quote(reason)),
  ]) {
    try {
      const bytes = serialize(attempt());
      if (bytes.length <= SIZE - HEAD) return bytes;
    } catch {
      // Shared memory is cloned to threads, but not to bytes.
    }
  }
  return serialize(packError(undefined));
}

function withoutStack(reason: unknown): unknown {
  if (!(reason instanceof Error)) return reason;
  const copy = Object.create(reason) as Error;
  Object.defineProperty(copy, "stack", { value: undefined });
  return copy;
}

/** Above each token that is on several threads: what they share, and what was above it here. */
class Crossing implements Source {
  readonly shared: Shared;
  /** Cancelled with what was above the token before. */
  readonly #relay: CancellationToken | null;
  #token: CancellationToken | null = null;
  #isHolding = false;

  constructor(shared: Shared, above: CancellationToken | Source | null) {
    this.shared = shared;
    this.#relay = above === null ? null : new CancellationToken(above);
    if (this.#relay === null) return;
    const relay = this.#relay;
    const pass = (): void => shared.cancel(relay.reason);
    if (pin(relay.cancelled()).poll(new Context({ wake: pass })) !== PENDING) pass();
  }

  get isCancelled(): boolean {
    return this.shared.isCancelled || this.#relay?.isCancelled === true;
  }

  get reason(): unknown {
    return this.shared.isCancelled ? this.shared.reason : this.#relay?.reason;
  }

  hear(token: CancellationToken): void {
    this.#token = token;
    const { id } = this.shared;
    const tokens = listening.get(id);
    if (tokens === undefined) listening.set(id, new Set([token]));
    else tokens.add(token);
    this.rehold();
  }

  forget(): void {
    const token = this.#token;
    if (token === null) return;
    this.#token = null;
    const { id } = this.shared;
    const tokens = listening.get(id);
    tokens?.delete(token);
    if (tokens?.size === 0) listening.delete(id);
    this.rehold();
  }

  /** Keeps the host alive while somebody waits. One that has only been asked for its signal waits for nothing. */
  rehold(): void {
    const waits = this.#token?.isAwaited === true;
    if (waits === this.#isHolding) return;
    this.#isHolding = waits;
    if (waits) hold.add();
    else hold.remove();
  }
}

const crossings = new WeakMap<CancellationToken, Crossing>();

/** A token that is on several threads. No `#`: what was made by another constructor has no such members. */
class ThreadToken extends CancellationToken {
  override cancel(reason?: unknown): void {
    crossings.get(this)!.shared.cancel(reason);
    // Also where nobody listens: whoever asks from below is told without a look at the memory.
    super.cancel(reason);
  }

  override enlist(waiter: Waiter<any>): void {
    super.enlist(waiter);
    crossings.get(this)!.rehold();
  }

  override leave(waiter: Waiter<any>): void {
    super.leave(waiter);
    crossings.get(this)!.rehold();
  }
}

function crossed(token: CancellationToken): Crossing {
  const known = crossings.get(token);
  if (known !== undefined) return known;
  hearBell();
  const shared = new Shared(randomUUID(), new SharedArrayBuffer(SIZE));
  const { isCancelled, reason } = token;
  token.interpose((above) => {
    const crossing = new Crossing(shared, above);
    crossings.set(token, crossing);
    return crossing;
  });
  Object.setPrototypeOf(token, ThreadToken.prototype);
  if (isCancelled) shared.cancel(reason);
  return crossings.get(token)!;
}

sendableAs(
  CancellationToken.prototype,
  () => {},
  (token) => {
    const { id, memory } = crossed(token).shared;
    return { kind: "cancellation token", data: { id, memory } satisfies SentToken };
  },
);
receives<SentToken>("cancellation token", ({ id, memory }) => {
  hearBell();
  const crossing = new Crossing(new Shared(id, memory), null);
  const token = new ThreadToken(crossing);
  crossings.set(token, crossing);
  return token;
});
