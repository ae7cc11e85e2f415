/**
 * What does it cost to pass a message from task to task?
 *
 * The native channel is what one writes by hand: an array, and a promise for whoever has to wait. Each send and each receive is an
 * async call that is awaited, as it has to be where it may wait.
 */
import type { mpsc as mpscs } from "heddle/sync";
import { expect, timed, type Goals, type Question } from "../harness.js";

const sumBelow = (count: number) => (count * (count - 1)) / 2;

/** The least that a bounded channel of promises needs. */
class NativeChannel {
  readonly #capacity: number;
  #messages: number[] = [];
  #head = 0;
  #receiver: (() => void) | undefined;
  #senders: (() => void)[] = [];
  #isClosed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  async send(message: number): Promise<void> {
    while (this.#messages.length - this.#head >= this.#capacity) await new Promise<void>((r) => this.#senders.push(r));
    this.#messages.push(message);
    this.#wake();
  }

  async recv(): Promise<number | undefined> {
    while (this.#head === this.#messages.length) {
      if (this.#isClosed) return undefined;
      await new Promise<void>((resolve) => (this.#receiver = resolve));
    }
    const message = this.#messages[this.#head++];
    if (this.#head === this.#messages.length || this.#head === 1024) {
      this.#messages = this.#messages.slice(this.#head);
      this.#head = 0;
    }
    this.#senders.shift()?.();
    return message;
  }

  close(): void {
    this.#isClosed = true;
    this.#wake();
  }

  #wake(): void {
    this.#receiver?.();
    this.#receiver = undefined;
  }
}

function native(capacity: number, senders: number) {
  return (count: number) =>
    timed(count, async () => {
      const channel = new NativeChannel(capacity);
      let left = senders;
      const produce = async () => {
        for (let n = 0; n < count / senders; n++) await channel.send(n);
        if (--left === 0) channel.close();
      };
      for (let n = 0; n < senders; n++) void produce();
      let total = 0;
      for (let message; (message = await channel.recv()) !== undefined;) total += message;
      expect("the sum", total, senders * sumBelow(count / senders));
    });
}

function heddle(capacity: number, senders: number) {
  return async (count: number) => {
    const { async, END, run, spawn } = await import("heddle");
    const { mpsc } = await import("heddle/sync");
    const produce = async(function* (tx: mpscs.Sender<number>) {
      for (let n = 0; n < count / senders; n++) yield* tx.send(n);
      tx.close();
    });
    const main = async(function* () {
      const [tx, rx] = mpsc.channel<number>(capacity);
      for (let n = 1; n < senders; n++) spawn(produce(tx.clone()));
      spawn(produce(tx));
      let total = 0;
      for (let message; (message = yield* rx.recv()) !== END;) total += message as number;
      expect("the sum", total, senders * sumBelow(count / senders));
    });
    return timed(count, () => run(main()));
  };
}

function heddleUnbounded(senders: number) {
  return async (count: number) => {
    const { async, END, run, spawn } = await import("heddle");
    const { mpsc } = await import("heddle/sync");
    const main = async(function* () {
      const [tx, rx] = mpsc.unbounded<number>();
      for (let n = 0; n < senders; n++) {
        const mine = tx.clone();
        const produce = async(function* () {
          for (let i = 0; i < count / senders; i++) mine.send(i);
          mine.close();
        });
        spawn(produce());
      }
      tx.close();
      let total = 0;
      for (let message; (message = yield* rx.recv()) !== END;) total += message as number;
      expect("the sum", total, senders * sumBelow(count / senders));
    });
    return timed(count, () => run(main()));
  };
}

function effect(capacity: number, senders: number) {
  return async (count: number) => {
    const { Effect, Queue } = await import("effect");
    const main = Effect.gen(function* () {
      const queue = capacity === Infinity ? yield* Queue.unbounded<number>() : yield* Queue.bounded<number>(capacity);
      const produce = Effect.gen(function* () {
        for (let n = 0; n < count / senders; n++) yield* Queue.offer(queue, n);
      });
      for (let n = 0; n < senders; n++) yield* Effect.forkChild(produce);
      let total = 0;
      for (let n = 0; n < count; n++) total += yield* Queue.take(queue);
      expect("the sum", total, senders * sumBelow(count / senders));
    });
    return timed(count, () => Effect.runPromise(main));
  };
}

const FAST: Goals = { native: 0.5, effect: 0.2, tokio: 1 };

function question(capacity: number, senders: number, goals: Goals): Question {
  const name = capacity === Infinity ? "unbounded" : `${capacity}`;
  const limit = capacity === Infinity ? "without a limit" : `of ${capacity}`;
  return {
    name: `mpsc/${name}/${senders}`,
    about: `${senders} to 1 through a channel ${limit}; a message`,
    count: 800_000,
    figures: { total: { goals } },
    peers: {
      heddle: capacity === Infinity ? heddleUnbounded(senders) : heddle(capacity, senders),
      native: native(capacity, senders),
      effect: effect(capacity, senders),
    },
  };
}

export const questions: Question[] = [
  question(1000, 1, FAST),
  question(1000, 8, FAST),
  question(Infinity, 1, { effect: 0.2 }),
  question(Infinity, 8, { effect: 0.2 }),
  question(1, 1, { native: 1, effect: 0.2, tokio: 0.6 }),
];
