/**
 * An mpsc channel whose ends have been moved about against one that was not: whatever is done with both, they answer alike.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Pinned, pin } from "../../index.js";
import { Context, noopWaker, PENDING } from "../../lowlevel.js";
import { EMPTY, mpsc } from "../../sync.js";
import { movesNoPorts } from "../hosts.kit.js";
import { moved, settle } from "./threads.kit.js";

const cx = new Context(noopWaker);

/** One channel and what somebody has of it. */
class World {
  readonly senders: (mpsc.Sender<number> | null)[];
  rx: mpsc.Receiver<number>;
  readonly permits: mpsc.Permit<number>[] = [];
  readonly sends: Pinned<void>[] = [];
  readonly canMove: boolean;

  constructor(capacity: number, canMove: boolean) {
    const [tx, rx] = mpsc.channel<number>(capacity);
    this.senders = [tx];
    this.rx = rx;
    this.canMove = canMove;
  }

  sender(i: number): mpsc.Sender<number> | undefined {
    const open = this.senders.filter((it) => it !== null);
    return open[i % Math.max(1, open.length)];
  }

  /** Does one thing. What it answers can be compared. */
  do({ kind, i, n }: Step): unknown {
    const sender = this.sender(i);
    const at = this.senders.indexOf(sender ?? null);
    switch (kind) {
      case "trySend":
        return sender?.trySend(n);
      case "tryReserve": {
        const permit = sender?.tryReserve();
        if (permit !== undefined) this.permits.push(permit);
        return permit === undefined;
      }
      case "usePermit":
        return this.permits.shift()?.send(n);
      case "dropPermit":
        return this.permits.shift()?.[Symbol.dispose]();
      case "send": {
        if (sender === undefined || this.sends.length > 3) return undefined;
        this.sends.push(pin(sender.send(n)));
        return undefined;
      }
      case "dropSend":
        return this.sends.shift()?.drop();
      case "clone":
        if (sender !== undefined && this.senders.length < 8) this.senders.push(sender.clone());
        return undefined;
      case "closeSender":
        sender?.close();
        if (sender !== undefined) this.senders[at] = null;
        return undefined;
      case "recv":
        return this.rx.tryRecv();
      case "closeReceiver":
        return this.rx.close();
      case "moveSender":
        if (this.canMove && sender !== undefined) this.senders[at] = moved(sender);
        return undefined;
      case "moveReceiver":
        if (this.canMove && !movesNoPorts) this.rx = moved(this.rx);
        return undefined;
    }
  }

  /** What can be seen from outside. The sends are polled once each. */
  look(): unknown {
    const sends: unknown[] = [];
    for (const send of this.sends.splice(0)) {
      const answer = outcome(() => send.poll(cx));
      sends.push(answer);
      if (answer === PENDING) this.sends.push(send);
    }
    return sends;
  }

  facts(): unknown {
    const { rx } = this;
    const tx = this.sender(0);
    return [rx.len, rx.capacity, rx.isClosed, rx.senderStrongCount, tx?.capacity, tx?.isClosed];
  }
}

const outcome = (fn: () => unknown): unknown => {
  try {
    return fn();
  } catch (error) {
    return { code: (error as { code?: unknown }).code, value: (error as { value?: unknown }).value };
  }
};

const KINDS = [
  "trySend",
  "tryReserve",
  "usePermit",
  "dropPermit",
  "send",
  "dropSend",
  "clone",
  "closeSender",
  "recv",
  "closeReceiver",
  "moveSender",
  "moveReceiver",
] as const;
interface Step {
  kind: (typeof KINDS)[number];
  i: number;
  n: number;
}

const weights = { trySend: 4, recv: 4, send: 4, moveSender: 4, moveReceiver: 3, closeReceiver: 1, closeSender: 1 };
const kinds = fc.oneof(
  ...KINDS.map((kind) => ({ weight: (weights as Record<string, number>)[kind] ?? 2, arbitrary: fc.constant(kind) })),
);
const steps = fc.array(fc.record({ kind: kinds, i: fc.nat(7), n: fc.nat(100) }), { maxLength: 40 });

test("mpsc channels across threads answer as those of one thread do, whatever is done with them", async () => {
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 4 }), steps, async (capacity, program) => {
      const [plain, across] = [new World(capacity, false), new World(capacity, true)];
      for (const step of program) {
        const [expected, actual] = [plain, across].map((world) => outcome(() => world.do(step)));
        assert.deepEqual(actual, expected, step.kind);
        for (let round = 0; round < 2; round++) {
          await settle();
          const looked = [plain, across].map((world) => world.look());
          assert.deepEqual(looked[1], looked[0], step.kind);
        }
        await settle();
        assert.deepEqual(across.facts(), plain.facts(), step.kind);
      }
      // To the end: everything is received, and nothing is left.
      for (const world of [plain, across]) {
        for (const tx of world.senders) tx?.close();
        for (const permit of world.permits.splice(0)) permit[Symbol.dispose]();
        for (const send of world.sends.splice(0)) send.drop();
      }
      await settle();
      const rest = [plain, across].map(({ rx }) => {
        const got: unknown[] = [];
        for (let message; (message = rx.tryRecv()) !== EMPTY && typeof message === "number";) got.push(message);
        return [...got, rx.tryRecv()];
      });
      assert.deepEqual(rest[1], rest[0]);
    }),
    { numRuns: 1000 },
  );
});
