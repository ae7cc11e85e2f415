/**
 * Where the things of a timeline go: the span of time, its ticks, and which tasks get a row.
 */
import { type LaneRecord, mergeBars, type TaskRecord } from "./lane.js";

/** The time that a picture shows, in milliseconds of the recording's clock. */
export interface Span {
  readonly from: number;
  /** The right edge. */
  readonly to: number;
  /** The last thing recorded. */
  readonly last: number;
}

/** From the first thing recorded to the last. */
export function spanOf(lanes: readonly LaneRecord[]): Span {
  let from = Infinity;
  let last = -Infinity;
  for (const lane of lanes) {
    for (const record of lane.rest === null ? lane.tasks : [...lane.tasks, lane.rest]) {
      from = Math.min(from, record.spawned, record.bars[0]?.begin ?? Infinity);
      last = Math.max(last, record.spawned, record.bars.at(-1)?.end ?? -Infinity);
      if (!Number.isNaN(record.ended)) last = Math.max(last, record.ended);
    }
  }
  if (from === Infinity) return { from: 0, to: 1, last: 0 };
  return { from, to: last > from ? last : from + 1, last };
}

export interface Tick {
  readonly time: number;
  readonly text: string;
}

const TICKS = 10;

/** About ten ticks at round times, with one unit for all. */
export function axisOf(span: Span): Tick[] {
  const length = span.to - span.from;
  const step = roundStep(length / TICKS);
  const ticks: Tick[] = [];
  for (let i = 0; i * step <= length * (1 + 1e-9); i++)
    ticks.push({ time: span.from + i * step, text: i === 0 ? "0" : timeText(i * step, step, length) });
  return ticks;
}

/** The next of 1, 2, 5, 10 … at or above; from one minute on 1, 2, 5, 10, 15, 30 minutes and so on. */
function roundStep(step: number): number {
  if (step > 20_000) {
    const minutes = step / 60_000;
    const rounded = [0.5, 1, 2, 5, 10, 15, 30, 60].find((candidate) => candidate >= minutes);
    return (rounded ?? 60 * Math.ceil(minutes / 60)) * 60_000;
  }
  const power = 10 ** Math.floor(Math.log10(step));
  return power * [1, 2, 5, 10].find((candidate) => candidate * power >= step * (1 - 1e-9))!;
}

/**
 * A point in time: `250 µs`, `1.5 ms`, `2.25 s`, `3.5 min`.
 *
 * @param step how fine it has to be
 * @param largest what the unit has to suit
 */
export function timeText(milliseconds: number, step = milliseconds / 1000, largest = milliseconds): string {
  if (milliseconds === 0) return "0 ms";
  const [unit, factor] = UNITS.find(([, , below]) => largest < below)!;
  const digits = Math.min(3, Math.max(0, -Math.floor(Math.log10(step * factor || 1) + 1e-9)));
  return `${+(milliseconds * factor).toFixed(digits)} ${unit}`;
}

const UNITS: readonly (readonly [unit: string, factor: number, below: number])[] = [
  ["µs", 1000, 1],
  ["ms", 1, 1000],
  ["s", 1 / 1000, 120_000],
  ["min", 1 / 60_000, Infinity],
];

/** The rows of a lane: at most `cap`, in the order of spawning. If there are more tasks, the last row stands for all the others. */
export function rowsOf(lane: LaneRecord, cap: number): TaskRecord[] {
  const { tasks, rest } = lane;
  if (tasks.length + (rest === null ? 0 : 1) <= cap) return rest === null ? [...tasks] : [...tasks, rest];
  const life = (record: TaskRecord): number => (Number.isNaN(record.ended) ? Infinity : record.ended - record.spawned);
  const order = tasks.map((_, i) => i).sort((a, b) => compare(life(tasks[b]!), life(tasks[a]!)) || a - b);
  const kept = new Set(order.slice(0, cap - 1));
  const rows = tasks.filter((_, i) => kept.has(i));
  const others = tasks.filter((_, i) => !kept.has(i));
  return [...rows, together(rest === null ? others : [...others, rest])];
}

function compare(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Several records as one. */
function together(records: readonly TaskRecord[]): TaskRecord {
  const sum: TaskRecord = {
    id: 0,
    name: "more tasks",
    tasks: 0,
    spawned: records[0]!.spawned,
    ended: NaN,
    polls: 0,
    busy: 0,
    longest: 0,
    bars: [],
  };
  for (const record of records) {
    sum.tasks += record.tasks;
    sum.polls += record.polls;
    sum.busy += record.busy;
    sum.longest = Math.max(sum.longest, record.longest);
  }
  const bars = records.flatMap((record) => record.bars).sort((a, b) => a.begin - b.begin);
  sum.bars = mergeBars(bars, 0);
  return sum;
}
