/**
 * Step: one poll of one task, and when two of them depend on each other.
 *
 * Steps that do not can be swapped: whoever comes first, the program is in the same state afterwards. All orders that come out
 * of each other by such swaps need one run together, which is what `reduction.ts` makes use of.
 */

/** What made a task ready. */
export const SPAWNED = 0;
/** Another task's step. */
export const WOKEN = 1;
/** Its own step: it yielded. */
export const YIELDED = 2;
/** A timer, or the host. */
export const FROM_OUTSIDE = 3;
export type Enabling = typeof SPAWNED | typeof WOKEN | typeof YIELDED | typeof FROM_OUTSIDE;

/** What was touched, by number. Few: a list is searched faster than a set. */
type Numbers = readonly number[] | null;

export class Step {
  /** The number of the task's identity. */
  readonly task: number;
  /** How many steps came before it. */
  readonly index: number;
  /** How often time had jumped, or the host been waited for. Steps of different epochs cannot change places. */
  readonly epoch: number;
  readonly enabling: Enabling;
  /** The index of the step that made the task ready, for `SPAWNED` and `WOKEN`; else -1. */
  readonly enabler: number;
  /** Nobody knows what it touches. */
  readonly isOpaque: boolean;
  /** What the clock said, in milliseconds. */
  time = 0;
  /** It moved the clock: it depends on everything. */
  movedClock = false;
  reads: number[] | null = null;
  writes: number[] | null = null;
  /** The tasks it has waited for, before it touched anything. Whether they were over then makes no difference to anyone else. */
  joins: number[] | null = null;
  /** The tasks that it made ready, by number. */
  wakes: number[] | null = null;
  /** Counted by `reduction.ts`: how many steps of each task, by its number, happen before this one or are it. */
  clock: number[] = [];

  constructor(task: number, index: number, epoch: number, enabling: Enabling, enabler: number, isOpaque: boolean) {
    this.task = task;
    this.index = index;
    this.epoch = epoch;
    this.enabling = enabling;
    this.enabler = enabler;
    this.isOpaque = isOpaque;
  }

  /** How many steps of its task come before it, and it. */
  get ordinal(): number {
    return this.clock[this.task];
  }

  touch(resource: number, write: boolean): void {
    const touched = write ? (this.writes ??= []) : (this.reads ??= []);
    if (!touched.includes(resource)) touched.push(resource);
  }

  /** The task awaits another one itself, not in a combinator. */
  join(other: number): void {
    // Having done something in the same step, it makes a difference whether it goes on at once, or others come in between.
    if (this.reads !== null || this.writes !== null) this.touch(numberOfTask(other), false);
    else (this.joins ??= []).push(numberOfTask(other));
  }

  woke(task: number): void {
    (this.wakes ??= []).push(task);
  }

  /** Whether this step happens before `other` in every order that comes out of this one by swaps. */
  happensBefore(other: Step): boolean {
    return other.clock[this.task] >= this.ordinal;
  }
}

/** Whether it matters which of the two, of different tasks, comes first. */
export function dependent(a: Step, b: Step): boolean {
  return (
    (a.isOpaque && b.isOpaque) ||
    a.movedClock ||
    b.movedClock ||
    overlap(a.writes, b.writes) ||
    overlap(a.writes, b.reads) ||
    overlap(a.reads, b.writes) ||
    // A poll looks whether its task was aborted.
    includes(a.writes, numberOfTask(b.task)) ||
    includes(b.writes, numberOfTask(a.task))
  );
}

/** Whether the later step had to wait for the earlier one, or would have had to. */
export function isJoin(earlier: Step, later: Step): boolean {
  return overlap(earlier.writes, later.joins);
}

/** The number of a task among those of resources: below zero. */
export function numberOfTask(task: number): number {
  return -1 - task;
}

function includes(numbers: Numbers, number: number): boolean {
  return numbers !== null && numbers.includes(number);
}

function overlap(a: Numbers, b: Numbers): boolean {
  if (a === null || b === null) return false;
  for (const number of a) if (b.includes(number)) return true;
  return false;
}
