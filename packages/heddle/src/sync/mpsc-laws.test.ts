/**
 * The laws of mpsc, over random sequences of operations, drops and closes: after each, the channel does what a plain model says.
 *
 * The model knows no wakes and no parts of permits: free room is what nobody holds, and belongs to who waits first as soon as it
 * is as much as that one wants.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Context, type Waker } from "../future/context.js";
import { PENDING, type Poll } from "../future/poll.js";
import { END } from "../index.js";
import { EMPTY, mpsc } from "../sync.js";

type Leafy = { poll(cx: Context): Poll<unknown>; drop(cx: Context): void };

/** A claim of the model and the future it stands for. */
class Claim implements Waker {
  readonly cx = new Context(this);
  wakes = 0;
  /** Wakes when it last answered that it is pending. */
  seen = 0;
  state: "new" | "waiting" | "granted" | "refused" | "over" = "new";
  constructor(
    readonly leaf: Leafy,
    readonly wanted: number,
    readonly message: number | null,
  ) {}
  wake(): void {
    this.wakes++;
  }
}

class Model {
  readonly queue: number[] = [];
  readonly waiting: Claim[] = [];
  readonly claims: Claim[] = [];
  readonly permits: { real: mpsc.Permit<number>; isOut: boolean }[] = [];
  readonly received: number[] = [];
  sent = 0;
  held = 0;
  isClosed = false;
  senders: mpsc.Sender<number>[];
  readonly recv = new Claim({} as Leafy, 0, null);
  isReceiving = false;
  readonly rx: mpsc.Receiver<number>;

  constructor(readonly capacity: number) {
    const [tx, rx] = mpsc.channel<number>(capacity);
    this.senders = [tx];
    this.rx = rx;
  }

  get free(): number {
    return this.capacity - this.queue.length - this.held;
  }

  get isOver(): boolean {
    return (
      this.queue.length === 0 &&
      this.held === 0 &&
      this.waiting.length === 0 &&
      (this.isClosed || this.senders.length === 0)
    );
  }

  grant(): void {
    for (let first = this.waiting[0]; first !== undefined && first.wanted <= this.free; first = this.waiting[0]) {
      this.waiting.shift();
      first.state = "granted";
      this.held += first.wanted;
    }
  }

  make(wanted: number): void {
    const tx = this.senders[0];
    if (tx === undefined) return;
    const message = wanted === 1 ? this.sent++ : null;
    const future = message === null ? tx.reserveMany(Math.min(wanted, this.capacity)) : tx.send(message);
    this.claims.push(new Claim(future as never, Math.min(wanted, this.capacity), message));
  }

  poll(claim: Claim): void {
    if (claim.state === "over") return;
    if (claim.state === "new") {
      if (this.isClosed) claim.state = "refused";
      else {
        this.waiting.push(claim);
        claim.state = "waiting";
        if (claim.wanted === 0) {
          this.waiting.pop();
          claim.state = "granted";
        } else this.grant();
      }
    }
    let real;
    try {
      real = claim.leaf.poll(claim.cx);
    } catch (error) {
      assert.equal(claim.state, "refused", String(error));
      claim.state = "over";
      return;
    }
    if (claim.state === "waiting") {
      assert.equal(real, PENDING);
      claim.seen = claim.wakes;
      return;
    }
    assert.equal(claim.state, "granted");
    claim.state = "over";
    if (claim.message !== null) {
      assert.equal(real, undefined);
      this.held--;
      this.queue.push(claim.message);
    } else for (const permit of real as mpsc.Permits<number>) this.permits.push({ real: permit, isOut: true });
  }

  drop(claim: Claim): void {
    claim.leaf.drop(claim.cx);
    if (claim.state === "waiting") this.waiting.splice(this.waiting.indexOf(claim), 1);
    if (claim.state === "granted") this.held -= claim.wanted;
    claim.state = "over";
    this.grant();
  }

  use(permit: { real: mpsc.Permit<number>; isOut: boolean }, isSent: boolean): void {
    if (!permit.isOut) return;
    permit.isOut = false;
    this.held--;
    if (isSent) {
      permit.real.send(this.sent);
      this.queue.push(this.sent++);
    } else permit.real[Symbol.dispose]();
    this.grant();
  }

  expectNext(real: unknown, nothing: symbol): void {
    const message = this.queue.shift();
    if (message !== undefined) {
      assert.equal(real, message);
      this.received.push(message);
    } else if (this.isOver) {
      assert.equal(real, END);
      this.isClosed = true;
    } else assert.equal(real, nothing);
    this.grant();
  }

  receive(): void {
    const real = this.rx.pollRecv(this.recv.cx);
    this.expectNext(real, PENDING);
    this.isReceiving = real === PENDING;
    this.recv.seen = this.recv.wakes;
  }

  stop(): void {
    (this.rx.recv() as unknown as Leafy).drop(this.recv.cx);
    this.isReceiving = false;
  }

  receiveMany(limit: number): void {
    if (this.isReceiving || this.queue.length === 0) return;
    const future = this.rx.recvMany(limit) as unknown as Leafy;
    const expected = this.queue.splice(0, limit);
    assert.deepEqual(future.poll(this.recv.cx), expected);
    this.received.push(...expected);
    this.grant();
  }

  close(): void {
    this.rx.close();
    this.isClosed = true;
    for (const claim of this.waiting.splice(0)) claim.state = "refused";
  }

  endSender(): void {
    this.senders.shift()?.close();
  }

  addSender(): void {
    if (this.senders.length > 0) this.senders.push(this.senders[0]!.clone());
  }

  check(): void {
    assert.equal(this.rx.len, this.queue.length);
    assert.equal(this.rx.capacity, this.waiting.length > 0 ? 0 : this.free);
    assert.equal(this.rx.senderStrongCount, this.senders.length);
    for (const claim of this.claims) {
      const mustBeWoken = claim.state === "granted" || claim.state === "refused";
      if (claim.wanted > 0 && mustBeWoken) assert.ok(claim.wakes > claim.seen, "a wake of a sender was lost");
      if (claim.state === "waiting") assert.equal(claim.wakes, claim.seen, "a sender was woken for nothing");
    }
    if (this.isReceiving && (this.queue.length > 0 || this.isOver))
      assert.ok(this.recv.wakes > this.recv.seen, "a wake of the receiver was lost");
  }

  /** Ends everything: what was sent has come out, and all room is free. */
  end(): void {
    for (const claim of this.claims) this.drop(claim);
    for (const permit of this.permits) this.use(permit, false);
    for (const sender of this.senders.splice(0)) sender.close();
    while (!this.isOver) this.expectNext(this.rx.tryRecv(), EMPTY);
    assert.equal(this.rx.tryRecv(), END);
    assert.deepEqual([this.rx.capacity, this.rx.len, this.rx.senderStrongCount], [this.capacity, 0, 0]);
  }
}

type Kind = "make" | "poll" | "drop" | "use" | "return" | "recv" | "tryRecv" | "stop" | "many" | "clone" | "close";

const operations = (weight: number, n: fc.Arbitrary<number>, ...kinds: Kind[]) => ({
  weight,
  arbitrary: fc.record({ kind: fc.constantFrom(...kinds), n }),
});
const operation = fc.oneof(
  operations(4, fc.constantFrom(1, 1, 1, 0, 2, 3, 9), "make"),
  operations(6, fc.nat(30), "poll"),
  operations(2, fc.nat(30), "drop"),
  operations(2, fc.nat(10), "use", "return"),
  operations(5, fc.constant(0), "recv", "tryRecv"),
  operations(1, fc.nat(4), "stop", "many"),
  operations(1, fc.constant(0), "clone", "close"),
);

type Step = (model: Model, n: number, claim?: Claim, permit?: Model["permits"][number]) => void;

const STEPS: Record<Kind, Step> = {
  make: (model, n) => model.make(n),
  poll: (model, _n, claim) => claim === undefined || model.poll(claim),
  drop: (model, _n, claim) => claim === undefined || model.drop(claim),
  use: (model, _n, _claim, permit) => permit === undefined || model.use(permit, true),
  return: (model, _n, _claim, permit) => permit === undefined || model.use(permit, false),
  recv: (model) => model.receive(),
  tryRecv: (model) => model.expectNext(model.rx.tryRecv(), EMPTY),
  many: (model, n) => model.receiveMany(n + 1),
  stop: (model) => model.stop(),
  clone: (model) => model.addSender(),
  close: (model) => model.endSender(),
};

test("mpsc does what a plain model does, loses no message and no wake, and all its room is free in the end", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 4 }),
      fc.array(operation, { maxLength: 60 }),
      fc.nat(60),
      (capacity, operations, closeAt) => {
        const model = new Model(capacity);
        operations.forEach(({ kind, n }, at) => {
          if (at === closeAt) model.close();
          const claim = model.claims[n % Math.max(1, model.claims.length)];
          const permit = model.permits[n % Math.max(1, model.permits.length)];
          STEPS[kind](model, n, claim, permit);
          model.check();
        });
        model.end();
      },
    ),
    { numRuns: 300 },
  );
});
