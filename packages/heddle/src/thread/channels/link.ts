/**
 * Link: the wire between two threads that have ends of one channel: a message port, with what is small sent in batches.
 *
 * Messages and words of control keep their order. A wire ends with a goodbye or with the death of a thread: either way the other side hears, behind
 * everything that was posted before.
 *
 * HOST: a port tells its other side when its thread ends, however that comes, also if the port was still on its way there (Node 20 to 26; Deno but for
 * a thread that never began to listen; Bun but for a port that the thread had not taken in).
 */
import type { MessagePort } from "node:worker_threads";
import { HeddleError } from "../../base/errors.js";
import { Hold } from "../../reactor/hold.js";
import { here } from "../here.js";
import { isDeno } from "../host.js";
import { isPosted, isUnposted, type Outbox } from "../outbox.js";
import type { Parcel } from "../values/pack.js";

/** The first item of a post: several plain messages, one that was packed, or a word of control. */
const PLAIN = 0;
const PARCEL = 1;
const WORD = 2;
const BYE = 3;
/** A word with the messages that were sent before it: one post instead of two, and whoever waits for room is known when they are taken. */
const PLAIN_AND_WORD = 4;

/**
 * A batch is posted when so many are in it, or the turn is over, or the thread is about to block. A function that is no async one may compute for
 * as long as it likes: what it sends is posted at once.
 */
const LARGEST_BATCH = 256;

/** Whoever is at this end of a wire. */
export interface Linked {
  /** Messages, as they were given to `send`. */
  plain(messages: readonly unknown[]): void;
  /** What was given to `sendParcel`. */
  parcel(data: unknown, extras: unknown): void;
  word(word: number, a: unknown, b: unknown): void;
  /** All of a post was taken in: whoever waits for it may be woken now, and do what he likes with this end. */
  taken?(): void;
  /** So many messages have been posted, and are the other side's now. */
  posted(count: number): void;
  /** The other side has gone, and nothing more comes. */
  gone(): void;
}

const turnEnd = Promise.resolve();

/** What keeps the host alive for those who wait for another thread. Ports themselves never do. */
export const hold = new Hold();

/**
 * Throws where an end with wires cannot go on to another thread.
 *
 * HOST: Deno does not move a port once it listens.
 */
export function checkMovable(what: string): void {
  if (isDeno)
    throw new HeddleError(
      "channel.fixed",
      `Cannot send ${what} on to another thread: Deno does not move ports that listen`,
      {
        help: "send the receiver first and then the senders; or receive here, and pass on what comes",
      },
    );
}

/** One end of a wire. */
export class Link implements Outbox {
  readonly #port: MessagePort;
  readonly #owner: Linked;
  #outbox: unknown[] = [PLAIN];
  #isFlushDue = false;
  #isOver = false;

  constructor(port: MessagePort, owner: Linked) {
    this.#port = port;
    this.#owner = owner;
    if (typeof port.on === "function") {
      port.on("message", this.#receive);
      port.on("close", this.#end);
    } else {
      // HOST: Deno's `structuredClone` gives ports of the web.
      port.addEventListener("message", this.#receiveEvent);
      port.addEventListener("close", this.#end);
      port.start();
    }
    (port as { unref?(): void }).unref?.();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Sends a message that is a primitive, or a copy that nobody else has. */
  send(message: unknown): void {
    if (this.#isOver) return;
    if (this.#outbox.push(message) > LARGEST_BATCH || here.isCalling) this.flush();
    else if (!this.#isFlushDue) {
      this.#isFlushDue = true;
      isUnposted(this);
      void turnEnd.then(this.#flushLater);
    }
  }

  /** Sends a message that was packed. */
  sendParcel({ data, extras, transfer }: Parcel): void {
    this.flush();
    this.#post([PARCEL, data, extras], transfer);
    if (!this.#isOver) this.#owner.posted(1);
  }

  say(word: number, a?: unknown, b?: unknown, transfer: readonly object[] = []): void {
    const batch = this.#outbox;
    if (batch.length === 1 || this.#isOver) return this.#post([WORD, word, a, b], transfer);
    this.#outbox = [PLAIN];
    this.#post([PLAIN_AND_WORD, word, a, b, batch], transfer);
    this.#owner.posted(batch.length - 1);
  }

  /** Posts what was sent so far. */
  flush(): void {
    const batch = this.#outbox;
    if (batch.length === 1 || this.#isOver) return;
    this.#outbox = [PLAIN];
    this.#post(batch, []);
    this.#owner.posted(batch.length - 1);
  }

  readonly #flushLater = (): void => {
    this.#isFlushDue = false;
    isPosted(this);
    this.flush();
  };

  #post(post: unknown[], transfer: readonly object[]): void {
    if (!this.#isOver) this.#port.postMessage(post, transfer as any[]);
  }

  readonly #receive = (post: unknown[]): void => {
    switch (post[0]) {
      case PLAIN:
        this.#owner.plain(post);
        this.#owner.taken?.();
        break;
      case PARCEL:
        this.#owner.parcel(post[1], post[2]);
        this.#owner.taken?.();
        break;
      case WORD:
        this.#owner.word(post[1] as number, post[2], post[3]);
        break;
      case PLAIN_AND_WORD:
        this.#owner.plain(post[4] as unknown[]);
        this.#owner.word(post[1] as number, post[2], post[3]);
        this.#owner.taken?.();
        break;
      default:
        this.#end();
    }
  };

  readonly #receiveEvent = (event: unknown): void => this.#receive((event as { data: unknown[] }).data);

  readonly #end = (): void => {
    if (this.#isOver) return;
    this.#leave();
    this.#port.close();
    this.#owner.gone();
  };

  #leave(): void {
    this.#isOver = true;
    const port = this.#port;
    if (typeof port.off === "function") {
      port.off("message", this.#receive);
      port.off("close", this.#end);
    } else {
      port.removeEventListener("message", this.#receiveEvent);
      port.removeEventListener("close", this.#end);
    }
  }

  /** Says goodbye. The owner is not told. */
  close(): void {
    if (this.#isOver) return;
    this.flush();
    this.#post([BYE], []);
    this.#leave();
    this.#port.close();
  }

  /** Gives the port away, with what has arrived and was not taken in yet. */
  detach(): MessagePort {
    this.flush();
    this.#leave();
    return this.#port;
  }
}
