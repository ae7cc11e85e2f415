/**
 * Events, notifies, barriers and cells with a planted fault.
 */
import assert from "node:assert/strict";
import { async, joinAll, spawn, yieldNow } from "heddle";
import { type Leaf, PENDING, type Waker } from "heddle/lowlevel";
import { tracked } from "heddle/test";
import { leaf, type Planted, Primitive, Wakers } from "./planted.js";

/** Happens once. */
class Event extends Primitive {
  readonly #hasOnePlace: boolean;
  #hasHappened = false;
  #wakers: Waker[] = [];

  constructor(hasOnePlace: boolean) {
    super();
    this.#hasOnePlace = hasOnePlace;
  }

  happen(): void {
    this.used();
    this.#hasHappened = true;
    for (const waker of this.#wakers.splice(0)) waker.wake();
  }

  wait(): Leaf<void> {
    return leaf((cx) => {
      this.used();
      if (this.#hasHappened) return undefined;
      if (this.#hasOnePlace) this.#wakers = [cx.waker];
      else this.#wakers.push(cx.waker);
      return PENDING;
    });
  }
}

/** A wait that a `notify` ends. */
interface Notified extends Leaf<void> {
  /** Takes part from now on, not from the first poll on. */
  enable(): void;
}

/** Wakes who waits now. */
class Notify extends Primitive {
  readonly #forgets: "nothing" | "early notifies" | "dropped waiters";
  #hasPermit = false;
  readonly #waiting: { isNotified: boolean; wake(): void }[] = [];

  constructor(forgets: "nothing" | "early notifies" | "dropped waiters") {
    super();
    this.#forgets = forgets;
  }

  notifyOne(): void {
    this.used();
    const waiter = this.#waiting.shift();
    if (waiter !== undefined) {
      waiter.isNotified = true;
      waiter.wake();
    } else if (this.#forgets !== "early notifies") this.#hasPermit = true;
  }

  notifyAll(): void {
    this.used();
    for (const waiter of this.#waiting.splice(0)) {
      waiter.isNotified = true;
      waiter.wake();
    }
  }

  notified(): Notified {
    let waker: Waker | null = null;
    const waiter = { isNotified: false, wake: () => waker?.wake() };
    let isEnabled = false;
    const enable = (): void => {
      this.used();
      if (isEnabled) return;
      isEnabled = true;
      if (this.#hasPermit) {
        this.#hasPermit = false;
        waiter.isNotified = true;
      } else this.#waiting.push(waiter);
    };
    const wait = leaf<void>(
      (cx) => {
        enable();
        waker = cx.waker;
        return waiter.isNotified ? undefined : PENDING;
      },
      () => {
        this.used();
        if (!waiter.isNotified) this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        else if (this.#forgets !== "dropped waiters") this.notifyOne();
      },
    );
    return Object.assign(wait, { enable });
  }
}

/** One leaf for all: whoever polls it last is woken. */
class Completion extends Primitive {
  readonly #keepsFirst: boolean;
  #isComplete = false;
  #waker: Waker | null = null;
  readonly future: Leaf<void> = leaf((cx) => {
    this.used();
    if (this.#isComplete) return undefined;
    if (this.#waker === null || !this.#keepsFirst) this.#waker = cx.waker;
    return PENDING;
  });

  constructor(keepsFirst: boolean) {
    super();
    this.#keepsFirst = keepsFirst;
  }

  complete(): void {
    this.used();
    this.#isComplete = true;
    this.#waker?.wake();
  }
}

/** Can be knocked at, and opened. */
class Door extends Primitive {
  readonly #opensToAnyWake: boolean;
  isOpen = false;
  readonly #wakers = new Wakers();

  constructor(opensToAnyWake: boolean) {
    super();
    this.#opensToAnyWake = opensToAnyWake;
  }

  knock(): void {
    this.used();
    this.#wakers.wakeAll();
  }

  open(): void {
    this.used();
    this.isOpen = true;
    this.#wakers.wakeAll();
  }

  opened(): Leaf<void> {
    let polls = 0;
    return leaf((cx) => {
      this.used();
      if (this.isOpen || (++polls > 1 && this.#opensToAnyWake)) return undefined;
      this.#wakers.add(cx.waker);
      return PENDING;
    });
  }
}

/** Lets `size` tasks go on together, again and again. */
class Barrier extends Primitive {
  readonly #size: number;
  readonly #hasGenerations: boolean;
  #arrived = 0;
  #generation = 0;
  readonly #wakers = new Wakers();

  constructor(size: number, hasGenerations: boolean) {
    super();
    this.#size = size;
    this.#hasGenerations = hasGenerations;
  }

  wait(): Leaf<void> {
    let mine = -1;
    return leaf((cx) => {
      this.used();
      if (mine < 0) {
        // The next generation begins when somebody arrives for it.
        if (this.#arrived === this.#size) this.#arrived = 0;
        mine = this.#generation;
        if (++this.#arrived === this.#size) {
          this.#generation++;
          this.#wakers.wakeAll();
        }
      }
      const isPassed = this.#hasGenerations ? this.#generation > mine : this.#arrived === this.#size;
      if (isPassed) return undefined;
      this.#wakers.add(cx.waker);
      return PENDING;
    });
  }
}

/** Made at the first use. */
class OnceCell extends Primitive {
  readonly #isHasty: boolean;
  #state: "empty" | "busy" | "full" = "empty";
  #value: number | undefined;
  readonly #wakers = new Wakers();

  constructor(isHasty: boolean) {
    super();
    this.#isHasty = isHasty;
  }

  *get(make: () => Leaf<number>): Generator<any, number, any> {
    this.used();
    if (this.#state === "empty") {
      if (!this.#isHasty) this.#state = "busy";
      this.#value = yield* make();
      this.used();
      this.#state = "full";
      this.#wakers.wakeAll();
    } else
      yield* leaf((cx) => {
        this.used();
        if (this.#state === "full") return undefined;
        this.#wakers.add(cx.waker);
        return PENDING;
      });
    return this.#value!;
  }
}

const named = <T>(name: string, future: Parameters<typeof spawn<T>>[0]) => spawn(future, { name });

export const signals: Planted[] = [
  {
    fault: "an event with one place for wakers, where the last one pushes out the others",
    code: "explore.lost-wake",
    program: async(function* (wrong) {
      const event = new Event(wrong);
      const wait = async(function* () {
        yield* event.wait();
      });
      const waiters = [named("one", wait()), named("two", wait())];
      yield* yieldNow();
      event.happen();
      yield* joinAll(waiters);
    }),
  },
  {
    fault: "a condition that is checked before the wait for it was enabled",
    code: "explore.deadlock",
    program: async(function* (wrong) {
      const notify = new Notify("nothing");
      const state = tracked({ isReady: false });
      const wait = async(function* () {
        for (;;) {
          const notified = notify.notified();
          if (!wrong) notified.enable();
          if (state.isReady) return;
          yield* yieldNow();
          yield* notified;
        }
      });
      const waiter = named("waiter", wait());
      yield* yieldNow();
      state.isReady = true;
      notify.notifyAll();
      yield* waiter;
    }),
  },
  {
    fault: "a notify that is lost if nobody waits yet",
    code: "explore.deadlock",
    program: async(function* (wrong) {
      const notify = new Notify(wrong ? "early notifies" : "nothing");
      const wait = async(function* () {
        yield* notify.notified();
      });
      const waiter = named("waiter", wait());
      yield* yieldNow();
      notify.notifyOne();
      yield* waiter;
    }),
  },
  {
    fault: "a waiter that is dropped with the notify it was given",
    code: "explore.deadlock",
    program: async(function* (wrong) {
      const notify = new Notify(wrong ? "dropped waiters" : "nothing");
      const wait = async(function* () {
        yield* notify.notified();
      });
      const [impatient, patient] = [named("impatient", wait()), named("patient", wait())];
      yield* yieldNow();
      notify.notifyOne();
      impatient.abort();
      // If the impatient one had its notify before it was aborted, the patient one needs another.
      if ((yield* impatient.settled()).status === "fulfilled") notify.notifyOne();
      yield* patient;
    }),
  },
  {
    fault: "a leaf that keeps the waker of its first poll",
    code: "explore.lost-wake",
    program: async(function* (wrong) {
      const completion = new Completion(wrong);
      const wait = async(function* () {
        yield* completion.future;
      });
      const first = named("first", wait());
      yield* yieldNow();
      first.abort();
      yield* first.settled();
      const second = named("second", wait());
      yield* yieldNow();
      completion.complete();
      yield* second;
    }),
  },
  {
    fault: "a door that takes any wake for its opening",
    code: "explore.failed",
    program: async(function* (wrong) {
      const door = new Door(wrong);
      const enter = async(function* () {
        yield* door.opened();
        assert.ok(door.isOpen);
      });
      const guest = named("guest", enter());
      yield* yieldNow();
      door.knock();
      yield* yieldNow();
      door.open();
      yield* guest;
    }),
  },
  {
    fault: "a barrier that loses a generation",
    code: "explore.deadlock",
    program: async(function* (wrong) {
      const barrier = new Barrier(2, !wrong);
      const walk = async(function* () {
        yield* barrier.wait();
        yield* barrier.wait();
      });
      yield* joinAll([named("one", walk()), named("two", walk())]);
    }),
  },
  {
    fault: "a once-cell that runs its initialiser twice",
    code: "explore.failed",
    program: async(function* (wrong) {
      const cell = new OnceCell(wrong);
      const made = tracked({ count: 0 });
      const make = (): Leaf<number> => {
        let isBegun = false;
        return leaf((cx) => {
          if (isBegun) return ++made.count;
          isBegun = true;
          cx.waker.wake();
          return PENDING;
        });
      };
      const use = async(function* () {
        return yield* cell.get(make);
      });
      yield* joinAll([named("one", use()), named("two", use())]);
      assert.equal(made.count, 1);
    }),
  },
];
