/**
 * Lane: what one thread did, task by task, in bounded memory.
 *
 * Polls are kept as bars. When there are more bars than the limit allows, bars of a task that are closer together than the grain
 * become one, and the grain doubles until enough room is free: a long recording gets coarser, never longer. Likewise only the
 * first tasks have a record of their own; the later ones share one.
 */
import type { Probe, ProbedTask } from "../base/probe.js";

/** One poll of a task, or several so close together that they were made one. Times are in milliseconds. */
export interface Bar {
  /** When the task was woken for it; NaN if that was not seen. */
  readonly woken: number;
  readonly begin: number;
  end: number;
  polls: number;
  /** How much of it was spent polling. */
  busy: number;
}

/** One task, or all those that share a record. */
export interface TaskRecord {
  /** 0 of the shared record. */
  readonly id: number;
  readonly name: string;
  /** How many tasks it stands for. */
  tasks: number;
  readonly spawned: number;
  /** NaN while it lives. */
  ended: number;
  polls: number;
  busy: number;
  longest: number;
  bars: Bar[];
}

/** One thread. */
export interface LaneRecord {
  readonly name: string;
  /** In the order in which they were spawned. */
  readonly tasks: readonly TaskRecord[];
  /** The tasks that have no record of their own. */
  readonly rest: TaskRecord | null;
  /** Timers that came due. */
  readonly timers: number;
}

/** What the lanes of a timeline share. `Timeline` makes one. */
export interface Store {
  readonly now: () => number;
  readonly maxTasks: number;
  readonly maxBars: number;
  tasks: number;
  bars: number;
  /** Bars of one task closer together than this are one. */
  grain: number;
  /** Makes room for more bars. */
  coarsen(): void;
}

export class Lane implements Probe, LaneRecord {
  readonly name: string;
  readonly tasks: TaskRecord[] = [];
  rest: TaskRecord | null = null;
  timers = 0;
  readonly #store: Store;
  /** The live tasks that have a record of their own, and when each was last woken. */
  readonly #live = new Map<ProbedTask, { readonly record: TaskRecord; woken: number }>();
  #polled: TaskRecord | null = null;
  #woken = NaN;
  #begin = 0;

  constructor(name: string, store: Store) {
    this.name = name;
    this.#store = store;
  }

  spawned(task: ProbedTask): void {
    const store = this.#store;
    const now = store.now();
    if (store.tasks >= store.maxTasks) {
      this.#shared(now).tasks++;
      return;
    }
    store.tasks++;
    const record = newRecord(task.id, task.name, now);
    this.tasks.push(record);
    this.#live.set(task, { record, woken: NaN });
  }

  woken(task: ProbedTask): void {
    const live = this.#live.get(task);
    if (live !== undefined) live.woken = this.#store.now();
  }

  pollBegins(task: ProbedTask): void {
    const live = this.#live.get(task);
    this.#begin = this.#store.now();
    if (live === undefined) {
      this.#polled = this.#shared(this.#begin);
      this.#woken = NaN;
    } else {
      this.#polled = live.record;
      this.#woken = live.woken;
      live.woken = NaN;
    }
  }

  pollEnds(): void {
    const record = this.#polled;
    if (record === null) return;
    this.#polled = null;
    const end = this.#store.now();
    const busy = end - this.#begin;
    record.polls++;
    record.busy += busy;
    if (busy > record.longest) record.longest = busy;
    const last = record.bars.at(-1);
    if (last !== undefined && this.#begin - last.end < this.#store.grain) {
      last.end = end;
      last.polls++;
      last.busy += busy;
      return;
    }
    record.bars.push({ woken: this.#woken, begin: this.#begin, end, polls: 1, busy });
    if (++this.#store.bars > this.#store.maxBars) this.#store.coarsen();
  }

  ended(task: ProbedTask): void {
    const live = this.#live.get(task);
    if (live === undefined) return;
    live.record.ended = this.#store.now();
    this.#live.delete(task);
  }

  timersFired(count: number): void {
    this.timers += count;
  }

  /** Joins bars closer together than the grain. Answers how many are left. */
  merge(): number {
    let left = 0;
    for (const record of [...this.tasks, ...(this.rest === null ? [] : [this.rest])]) {
      record.bars = mergeBars(record.bars, this.#store.grain);
      left += record.bars.length;
    }
    return left;
  }

  #shared(now: number): TaskRecord {
    return (this.rest ??= { ...newRecord(0, "more tasks", now), tasks: 0 });
  }
}

function newRecord(id: number, name: string, spawned: number): TaskRecord {
  return { id, name, tasks: 1, spawned, ended: NaN, polls: 0, busy: 0, longest: 0, bars: [] };
}

/** Bars in order of time, with those made one that are less than `gap` apart. The given ones are not changed. */
export function mergeBars(bars: readonly Bar[], gap: number): Bar[] {
  const merged: Bar[] = [];
  for (const bar of bars) {
    const last = merged.at(-1);
    if (last === undefined || bar.begin - last.end >= gap) merged.push({ ...bar });
    else {
      last.end = Math.max(last.end, bar.end);
      last.polls += bar.polls;
      last.busy += bar.busy;
    }
  }
  return merged;
}
