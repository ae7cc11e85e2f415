/** What the threads of the tests do. */
import {
  async,
  type CancellationToken,
  END,
  type JoinHandle,
  LaggedError,
  select,
  sleep,
  spawn,
  yieldNow,
} from "../../index.js";
import { type broadcast, mpsc, type oneshot, queue, Semaphore, type watch } from "../../sync.js";
import "../kinds.js";

/** Sends `from`, `from + 1`, …, and closes. */
export const sendNumbers = async(function* (tx: mpsc.Sender<number>, from: number, count: number) {
  for (let n = from; n < from + count; n++) yield* tx.send(n);
  tx.close();
});

/** Receives to the end. */
export const receiveAll = async(function* (rx: mpsc.Receiver<any>) {
  const got: unknown[] = [];
  for (let message; (message = yield* rx.recv()) !== END;) got.push(message);
  return got;
});

/** Receives so many, and goes without a word. */
export const receiveSome = async(function* (rx: mpsc.Receiver<any>, count: number) {
  const got: unknown[] = [];
  while (got.length < count) got.push(yield* rx.recv());
  return got;
});

/** Has it, and does nothing. */
export const keep = async(function* (..._ends: unknown[]) {
  yield* sleep(60_000);
});

export const giveBack = async(function* (...ends: unknown[]) {
  return ends;
});

/** Receives through one channel what others send it, and sends it on. */
export const passOn = async(function* (rx: mpsc.Receiver<any>, tx: mpsc.Sender<any>) {
  for (let message; (message = yield* rx.recv()) !== END;) yield* tx.send(message);
});

/** Takes permits, says so, and waits for ever. */
export const holdPermits = async(function* (tx: mpsc.Sender<number>, count: number, ready: mpsc.Sender<string>) {
  const permits = yield* tx.reserveMany(count);
  yield* ready.send("held");
  yield* sleep(60_000);
  return permits.len;
});

/** Sends from a thread that has closed its sender meanwhile, with a permit. */
export const sendReserved = async(function* (tx: mpsc.Sender<number>, go: mpsc.Receiver<string>) {
  const permit = yield* tx.reserve();
  yield* go.recv();
  const isClosed = tx.isClosed;
  permit.send(1);
  try {
    yield* tx.send(2);
    return "sent";
  } catch (error) {
    return { isClosed, error };
  }
});

export const sendLate = async(function* (tx: mpsc.Sender<string>, ms: number) {
  yield* sleep(ms);
  yield* tx.send("late");
});

/** Says before and behind each thing it does that it is there. */
export const sendStepwise = async(function* (tx: mpsc.Sender<string>, steps: mpsc.Sender<string>) {
  yield* steps.send("started");
  yield* tx.send("first");
  yield* steps.send("first");
  yield* tx.send("second");
  yield* steps.send("second");
  tx.close();
  yield* steps.send("closed");
  yield* sleep(60_000);
});

export const receiveStepwise = async(function* (rx: mpsc.Receiver<string>, steps: mpsc.Sender<string>) {
  yield* steps.send("started");
  yield* rx.recv();
  yield* steps.send("first");
  yield* rx.recv();
  yield* steps.send("second");
  rx.close();
  yield* steps.send("closed");
  yield* sleep(60_000);
});

export const answer = async(function* (tx: oneshot.Sender<unknown>, value: unknown) {
  yield* sleep(1);
  tx.send(value);
});

export const ask = async(function* (rx: oneshot.Receiver<unknown>, steps: mpsc.Sender<string>) {
  yield* steps.send("asks");
  return yield* rx;
});

/** Computes until it is told to stop, and lets nothing else run meanwhile. */
export const compute = async(function* (token: CancellationToken, steps: mpsc.Sender<string>) {
  yield* steps.send("begun");
  yield* sleep(1);
  while (!token.isCancelled);
  return token.reason;
});

export const cancelAt = async(function* (token: CancellationToken, ms: number) {
  yield* sleep(ms);
  token.cancel("from a thread");
});

export const untilCancelled = async(function* (token: CancellationToken) {
  yield* token.cancelled();
  return token.reason;
});

/** Every value it sees, to the end. */
export const watchAll = async(function* (rx: watch.Receiver<number>, steps: mpsc.Sender<string>) {
  const seen: number[] = [];
  yield* steps.send("begun");
  for (let value; (value = yield* rx.next()) !== END;) seen.push(value);
  return seen;
});

/** Every message, and numbers of missed ones as `-n`. */
export const hearAll = async(function* (rx: broadcast.Receiver<number>, steps: mpsc.Sender<string>) {
  yield* steps.send("begun");
  const got: number[] = [];
  for (;;) {
    try {
      const message = yield* rx.recv();
      if (message === END) return got;
      got.push(message);
    } catch (error) {
      if (!(error instanceof LaggedError)) throw error;
      got.push(-error.missed);
    }
  }
});

/** The same, after it has let nothing run for a while. */
export const hearLate = async(function* (rx: broadcast.Receiver<number>, steps: mpsc.Sender<string>, ms: number) {
  yield* steps.send("begun");
  yield* sleep(1);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  steps.close();
  const [silent] = mpsc.channel<string>(1);
  return yield* hearAll(rx, silent);
});

export const joinIt = async(function* (handle: JoinHandle<unknown>) {
  return yield* handle;
});

export const abortIt = async(function* (handle: JoinHandle<unknown>) {
  handle.abort("from a thread");
  const result = yield* handle.settled();
  return result.status === "rejected" ? (result.reason as Error).name : "went on";
});

/** A handle of a task of this thread. In an array: a future that is given is awaited. */
export const spawnThere = async(function* (ms: number) {
  yield* sleep(1);
  return [spawn(sleep(ms))];
});

/** Counts in shared memory how many are inside at once, and the most there ever were. */
export const sitDown = async(function* (seats: Semaphore, inside: Int32Array, times: number) {
  for (let n = 0; n < times; n++) {
    const permit = yield* seats.acquire();
    const now = Atomics.add(inside, 0, 1) + 1;
    for (let most = inside[1]!; now > most; most = Atomics.load(inside, 1))
      Atomics.compareExchange(inside, 1, most, now);
    yield* yieldNow();
    Atomics.sub(inside, 0, 1);
    permit.release();
  }
  yield* sleep(1);
});

export const occupy = async(function* (seats: Semaphore, steps: mpsc.Sender<string>) {
  const permit = yield* seats.acquire();
  yield* steps.send("has it");
  yield* sleep(60_000);
  permit.release();
});

export const keepAsking = async(function* (seats: Semaphore) {
  yield* seats.acquire();
});

export const makeSemaphore = async(function* () {
  yield* sleep(1);
  return [new Semaphore(0)];
});

/** Sends numbers in every way there is, and gives up some of its waits. How many were sent. */
export const sendWildly = async(function* (tx: mpsc.Sender<number>, thread: number, steps: number) {
  let seed = thread * 7919;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff;
    return (seed >> 8) % below;
  };
  let sent = 0;
  const next = (): number => thread * 10_000 + sent++;
  // No more than have a number of their own.
  for (let step = 0; step < steps && sent < 9000; step++) {
    const way = random(7);
    if (way === 0) yield* tx.send(next());
    else if (way === 1) tx.tryReserve()?.send(next());
    else if (way === 2) (yield* tx.reserve()).send(next());
    else if (way === 3) (yield* tx.reserve())[Symbol.dispose]();
    else if (way === 4) {
      const won = yield* select({ permit: tx.reserve(), other: yieldNow() });
      if (won.key === "permit") won.value.send(next());
    } else if (way === 5) {
      const clone = tx.clone();
      yield* clone.send(next());
      clone.close();
    } else {
      const permits = yield* tx.reserveMany(1 + random(tx.maxCapacity));
      for (const permit of permits) {
        if (random(2) === 0) permit.send(next());
        else permit[Symbol.dispose]();
      }
    }
  }
  tx.close();
  return sent;
});

export const receiveAndReturn = async(function* (rx: mpsc.Receiver<number>, count: number) {
  const got: number[] = [];
  while (got.length < count) {
    const message = yield* rx.recv();
    if (message === END) break;
    got.push(message);
  }
  return [got, rx];
});

/** Takes numbers to the end, passes each on, and says how many they were. */
export const workThrough = async(function* (rx: queue.Receiver<number>, tx: queue.Sender<number>) {
  let count = 0;
  for (let n; (n = yield* rx.recv()) !== END; count++) yield* tx.send(n);
  tx[Symbol.dispose]();
  return count;
});

/** Sends as long as there is room. */
export const sendForEver = async(function* (tx: queue.Sender<number>) {
  for (;;) yield* tx.send(2);
});

/** A queue whose messages are on a thread that ends. */
export const makeQueue = async(function* () {
  return queue.bounded<number>(1);
});
