/**
 * Locks and semaphores with a planted fault.
 */
import assert from "node:assert/strict";
import { async, joinAll, spawn, yieldNow } from "heddle";
import { type Context, currentTask, type Holder, type Leaf, PENDING, type Poll } from "heddle/lowlevel";
import { tracked } from "heddle/test";
import { leaf, type Planted, Primitive, Wakers } from "./planted.js";

/** One who waits for a permit, and may have been given it. */
interface Claim {
  isGranted: boolean;
  wake(): void;
}

/** Permits that are handed from one to the next, in the order of asking. */
class FairSemaphore extends Primitive {
  permits: number;
  readonly #losesOnDrop: boolean;
  readonly #claims: Claim[] = [];

  constructor(permits: number, losesOnDrop = false) {
    super();
    this.permits = permits;
    this.#losesOnDrop = losesOnDrop;
  }

  acquire(): Leaf<void> {
    let claim: Claim | null = null;
    return leaf(
      (cx) => {
        this.used();
        if (claim?.isGranted === true) return undefined;
        if (claim === null && this.permits > 0) {
          this.permits--;
          return undefined;
        }
        if (claim === null) this.#claims.push((claim = { isGranted: false, wake: () => cx.waker.wake() }));
        return PENDING;
      },
      () => {
        this.used();
        if (claim === null) return;
        if (claim.isGranted) {
          if (!this.#losesOnDrop) this.release();
        } else this.#claims.splice(this.#claims.indexOf(claim), 1);
      },
    );
  }

  release(): void {
    this.used();
    const claim = this.#claims.shift();
    if (claim === undefined) this.permits++;
    else {
      claim.isGranted = true;
      claim.wake();
    }
  }
}

/** A semaphore whose permits lie open between a release and the poll of whoever it woke. */
class BargingSemaphore extends Primitive {
  #permits = 1;
  readonly #wakers = new Wakers();

  acquire(): Leaf<void> {
    return leaf((cx) => {
      this.used();
      if (this.#permits > 0) {
        this.#permits--;
        return undefined;
      }
      this.#wakers.add(cx.waker);
      return PENDING;
    });
  }

  release(): void {
    this.used();
    this.#permits++;
    this.#wakers.wakeOne();
  }
}

/** A mutex that knows its holder. */
class Mutex extends Primitive {
  #holder: Holder | null = null;
  readonly #wakers = new Wakers();

  override get holders(): Holder[] {
    return this.#holder === null ? [] : [this.#holder];
  }

  lock(): Leaf<void> {
    return leaf(
      (cx) => {
        this.used();
        if (this.#holder === null) {
          this.#holder = currentTask();
          return undefined;
        }
        this.#wakers.add(cx.waker);
        return PENDING;
      },
      (cx) => this.#wakers.remove(cx.waker),
    );
  }

  unlock(): void {
    this.used();
    this.#holder = null;
    this.#wakers.wakeOne();
  }
}

/** Many readers or one writer. */
class RwLock extends Primitive {
  readonly #forgetsReaders: boolean;
  #readers = 0;
  #isWriting = false;
  readonly #wakers = new Wakers();

  constructor(forgetsReaders: boolean) {
    super();
    this.#forgetsReaders = forgetsReaders;
  }

  read(): Leaf<void> {
    return this.#wait(() => {
      if (this.#isWriting) return false;
      this.#readers++;
      return true;
    });
  }

  write(): Leaf<void> {
    return this.#wait(() => {
      if (this.#isWriting || (this.#readers > 0 && !this.#forgetsReaders)) return false;
      return (this.#isWriting = true);
    });
  }

  #wait(enter: () => boolean): Leaf<void> {
    return leaf((cx: Context): Poll<void> => {
      this.used();
      if (enter()) return undefined;
      this.#wakers.add(cx.waker);
      return PENDING;
    });
  }

  leave(): void {
    this.used();
    if (this.#isWriting) this.#isWriting = false;
    else this.#readers--;
    this.#wakers.wakeAll();
  }
}

export const locks: Planted[] = [
  {
    fault: "a semaphore that lets others barge in before the one it woke",
    code: "explore.failed",
    program: async(function* (wrong) {
      const semaphore = wrong ? new BargingSemaphore() : new FairSemaphore(1);
      const asked = tracked<string[]>([]);
      const served = tracked<string[]>([]);
      const work = async(function* (name: string) {
        asked.push(name);
        yield* semaphore.acquire();
        served.push(name);
        yield* yieldNow();
        semaphore.release();
      });
      yield* joinAll(["a", "b", "c"].map((name) => spawn(work(name), { name })));
      assert.deepEqual([...served], [...asked]);
    }),
  },
  {
    fault: "a permit that can be released twice",
    code: "explore.failed",
    program: async(function* (wrong) {
      const semaphore = new FairSemaphore(1);
      const state = tracked({ inside: 0 });
      const work = async(function* () {
        yield* semaphore.acquire();
        assert.equal(++state.inside, 1);
        yield* yieldNow();
        state.inside--;
        semaphore.release();
        if (wrong) semaphore.release();
      });
      yield* joinAll(["a", "b", "c"].map((name) => spawn(work(), { name })));
    }),
  },
  {
    fault: "a semaphore that loses the permit of a waiter that is dropped",
    code: "explore.deadlock",
    program: async(function* (wrong) {
      const semaphore = new FairSemaphore(0, wrong);
      const work = async(function* () {
        yield* semaphore.acquire();
        semaphore.release();
      });
      const [impatient, patient] = [spawn(work(), { name: "impatient" }), spawn(work(), { name: "patient" })];
      yield* yieldNow();
      semaphore.release();
      impatient.abort();
      yield* patient;
      yield* impatient.settled();
    }),
  },
  {
    fault: "a mutex that is not released when its holder throws",
    code: "explore.leak",
    program: async(function* (wrong) {
      const mutex = new Mutex();
      const careless = async(function* () {
        yield* mutex.lock();
        if (wrong) throw new Error("oops");
        try {
          throw new Error("oops");
        } finally {
          mutex.unlock();
        }
      });
      yield* spawn(careless(), { name: "careless" }).settled();
    }),
  },
  {
    fault: "two mutexes that are locked in opposite orders",
    code: "explore.deadlock",
    program: async(function* (wrong) {
      const [left, right] = [new Mutex("left"), new Mutex("right")];
      const work = async(function* (first: Mutex, second: Mutex) {
        yield* first.lock();
        yield* yieldNow();
        yield* second.lock();
        second.unlock();
        first.unlock();
      });
      const ada = spawn(work(left, right), { name: "ada" });
      const alan = spawn(wrong ? work(right, left) : work(left, right), { name: "alan" });
      yield* joinAll([ada, alan]);
    }),
  },
  {
    fault: "an rwlock that lets a writer in beside readers",
    code: "explore.failed",
    program: async(function* (wrong) {
      const lock = new RwLock(wrong);
      const state = tracked({ readers: 0 });
      const reader = async(function* () {
        yield* lock.read();
        state.readers++;
        yield* yieldNow();
        state.readers--;
        lock.leave();
      });
      const writer = async(function* () {
        yield* lock.write();
        assert.equal(state.readers, 0);
        lock.leave();
      });
      yield* joinAll([spawn(reader(), { name: "reader" }), spawn(writer(), { name: "writer" })]);
    }),
  },
  {
    fault: "a lock that is tried in a loop of yields by both who hold what the other wants",
    code: "explore.livelock",
    program: async(function* (wrong) {
      const held = tracked({ left: false, right: false });
      type Side = keyof typeof held;
      const work = async(function* (first: Side, second: Side) {
        while (held[first]) yield* yieldNow();
        held[first] = true;
        if (wrong) yield* yieldNow();
        // Within one step nobody comes between: the right twin takes both at once.
        while (held[second]) yield* yieldNow();
        held[first] = held[second] = false;
      });
      yield* joinAll([spawn(work("left", "right")), spawn(work("right", "left"))]);
    }),
  },
];
