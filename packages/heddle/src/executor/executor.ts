/**
 * Executor: the ring of woken tasks, and the turns that empty it.
 *
 *     schedule() ──► ring ──► turn: run, run, run … ──ring empty──► park
 *                               │
 *                               └── limit of tasks or of time reached ──► after the host's timers and sockets: next turn
 *
 * Guarantees
 * - Tasks run in the order they were woken.
 * - The first wake after a pause is answered in a microtask: no round through the host's loop lies between an event and its task. Where
 *   sockets have much to say at once, the host says all of it first.
 * - Timers and sockets get their turn after at most `turnTasks` polls or `turnMilliseconds`, whichever comes first, also when the wakes
 *   come from native promises and each turn is short.
 */
import { hostNow } from "../base/clock.js";
import type { Probe, ProbedTask } from "../base/probe.js";
import { Ring } from "../base/ring.js";
import type { Waker } from "../future/context.js";

/** Something the executor can run. */
export interface Runnable extends ProbedTask {
  /** One poll. It must not throw. Answers whether it was woken meanwhile and is to be run again. */
  run(): boolean;
}

/** What runs the tasks of a runtime: the executor, or what stands in for it to choose each step itself. */
export interface TaskRunner {
  /** Has a task run, after what is ready now or in an order of its own. */
  schedule(task: Runnable): void;
  /** Whether there is nothing to run and no turn is due. Until it is so, a paused clock does not jump. */
  readonly isParked: boolean;
  readonly stats: { queued: number; polls: number; turns: number; parks: number; busyMilliseconds: number };
  /** Wakes, and runs what is ready as soon as is best, for a caller that stands in an event of the host's. */
  wakeInEvent?(waker: Waker, mayWait: boolean): void;
}

/** How the executor gets its turns from the host. */
export interface Turns {
  /** Runs `turn` before the host does anything else. */
  soon(turn: () => void): void;
  /** Runs `turn` after the host has looked at timers and sockets. */
  later(turn: () => void): void;
}

/** Whose the tasks are. */
export interface Household {
  readonly probe: Probe | null;
  /** Makes the runtime current, and answers how to undo that. */
  enterTurn(): void;
  leaveTurn(): void;
  /** Nothing is left to run. */
  parked(): void;
  /** Polls took `milliseconds` since the clock was last read. Answers whether that is worth reading it after each poll. */
  blocked(milliseconds: number, tasks: readonly Runnable[]): void;
}

export interface Limits {
  readonly turnTasks: number;
  readonly turnMilliseconds: number;
  /** From how many milliseconds on `blocked` is called. */
  readonly blockedMilliseconds: number;
}

// The clock costs as much as a short poll: read it after each of the first polls of a turn, so that whoever blocks is known by
// name, then after 2, 4 … more, and in the end after every 64.
const READ_EACH = 16;
const LONGEST_STRIDE = 64;
const NONE: Runnable[] = [];

/** From how many tasks on that were woken together their events count as a crowd. With four sockets a common turn makes no difference, with sixteen a sixth. */
const CROWD = 8;
/** After how many events that were answered as they came the next one is put off, to see how many come together. */
const LOOK_AFTER = 64;

export class Executor implements TaskRunner {
  readonly #ring = new Ring<Runnable>();
  readonly #turns: Turns;
  readonly #household: Household;
  readonly #limits: Limits;
  /** Whether a turn is running or will. */
  #isAwake = false;
  /** Whether the turn that the host was asked for has not begun. */
  #isDue = false;
  /** How many events are yet to be answered as they come, before one is put off. */
  #alone = LOOK_AFTER;
  /** Polls and time since the host last had its turn. */
  #polls = 0;
  #busy = 0;
  #totalPolls = 0;
  #totalTurns = 0;
  #totalParks = 0;
  #totalBusy = 0;

  constructor(turns: Turns, household: Household, limits: Limits) {
    this.#turns = turns;
    this.#household = household;
    this.#limits = limits;
  }

  /** Puts a task behind those that are ready. */
  schedule(task: Runnable): void {
    this.#ring.push(task);
    const { probe } = this.#household;
    if (probe !== null) probe.woken?.(task);
    if (this.#isAwake) return;
    this.#isAwake = true;
    if (probe !== null) probe.unparked?.();
    this.#ask();
  }

  /** Whether there is nothing to run and no turn is due. */
  get isParked(): boolean {
    return !this.#isAwake;
  }

  get stats(): TaskRunner["stats"] {
    return {
      queued: this.#ring.length,
      polls: this.#totalPolls,
      turns: this.#totalTurns,
      parks: this.#totalParks,
      busyMilliseconds: this.#totalBusy,
    };
  }

  #ask(): void {
    if (this.#isSpent) this.#turns.later(this.#freshTurn);
    else {
      this.#isDue = true;
      this.#turns.soon(this.#dueTurn);
    }
  }

  /**
   * Begins the turn that is due in a microtask now. For events of the host's outside of any turn: whoever is woken by them then answers them before the
   * host goes on. Nothing happens while a turn runs, or when the host has to have its turn first.
   */
  runNow(): void {
    if (this.#isDue) this.#dueTurn();
  }

  /**
   * Wakes whoever waits for an event of the host's, outside of any turn, and runs them before it returns: no microtask is asked for, which would cost
   * more than the rest of a short turn.
   *
   * Where events come in crowds who was woken runs when the host has handed over all that it has: the code of each side then finds in the processor's
   * memory what it left there. See docs/design/0049-a-crowd-of-events-has-one-turn.md.
   *
   * @param mayWait whether the event is one that can wait for others
   */
  wakeInEvent(waker: Waker, mayWait: boolean): void {
    if (this.#isAwake || this.#isSpent) {
      waker.wake();
      return this.runNow();
    }
    // Nobody asks for a turn while it is awake.
    this.#isAwake = true;
    try {
      waker.wake();
    } catch (error) {
      // A waker of a stranger's. Who was woken before it threw has to run all the same.
      this.#isAwake = this.#ring.length > 0;
      if (this.#isAwake) this.#ask();
      throw error;
    }
    if (this.#ring.length === 0) {
      this.#isAwake = false;
      return;
    }
    this.#household.probe?.unparked?.();
    if (mayWait && this.#alone-- === 0) this.#turns.later(this.#crowdTurn);
    else this.#turn();
  }

  /** The turn of all who were woken while the host handed over its events. */
  readonly #crowdTurn = (): void => {
    this.#alone = this.#ring.length < CROWD ? LOOK_AFTER : 0;
    this.#freshTurn();
  };

  readonly #dueTurn = (): void => {
    if (!this.#isDue) return;
    this.#isDue = false;
    this.#turn();
  };

  readonly #freshTurn = (): void => {
    this.#refresh();
    this.#turn();
  };

  /** The host has had its turn. */
  readonly #refresh = (): void => {
    this.#polls = 0;
    this.#busy = 0;
  };

  get #isSpent(): boolean {
    return this.#polls >= this.#limits.turnTasks || this.#busy >= this.#limits.turnMilliseconds;
  }

  readonly #turn = (): void => {
    const household = this.#household;
    household.enterTurn();
    this.#totalTurns++;
    try {
      this.#runTasks();
    } finally {
      household.leaveTurn();
      if (this.#ring.length > 0) this.#ask();
      else {
        this.#isAwake = false;
        this.#totalParks++;
        // Or the next wake, whenever it comes, would have to wait for the host.
        if (this.#isSpent) this.#turns.later(this.#refresh);
        household.parked();
      }
    }
  };

  #runTasks(): void {
    const ring = this.#ring;
    const { turnTasks, turnMilliseconds, blockedMilliseconds } = this.#limits;
    const household = this.#household;
    const { probe } = household;
    const before = this.#busy;
    const polledBefore = this.#polls;
    // The tasks polled since the clock was last read, but for the last one. A new array in each long turn: to write young tasks into an old one,
    // the collector has to be told of each (3 ns a poll).
    let stride: Runnable[] = NONE;
    const start = hostNow();
    let read = start;
    let polls = polledBefore;
    let strideLength = 0;
    let strideLimit = 1;
    let nextRead = polls + 1;
    for (let task = ring.shift(); task !== undefined; task = ring.shift()) {
      if (probe !== null) probe.pollBegins?.(task);
      if (task.run()) {
        ring.push(task);
        if (probe !== null) probe.woken?.(task);
      }
      if (probe !== null) probe.pollEnds?.(task);
      if (++polls === nextRead) {
        const now = hostNow();
        if (now - read >= blockedMilliseconds) household.blocked(now - read, [...stride.slice(0, strideLength), task]);
        read = now;
        strideLength = 0;
        this.#busy = before + now - start;
        if (this.#busy >= turnMilliseconds) break;
        if (strideLimit < LONGEST_STRIDE && polls - polledBefore >= READ_EACH) {
          if (strideLimit === 1) stride = new Array<Runnable>(LONGEST_STRIDE).fill(task);
          strideLimit *= 2;
        }
        nextRead += strideLimit;
      } else stride[strideLength++] = task;
      if (polls >= turnTasks) break;
    }
    if (strideLength > 0) {
      const now = hostNow();
      if (now - read >= blockedMilliseconds) household.blocked(now - read, stride.slice(0, strideLength));
      this.#busy = before + now - start;
    }
    this.#polls = polls;
    this.#totalPolls += polls - polledBefore;
    this.#totalBusy += this.#busy - before;
  }
}
