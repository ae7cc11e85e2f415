/**
 * Timeline: records what runtimes do, and draws it.
 */
import { hostNow } from "../base/clock.js";
import { quote } from "../base/errors.js";
import type { Probe, ProbedTask } from "../base/probe.js";
import { Lane, type LaneRecord, type Store } from "./lane.js";
import { drawSvg, type SvgOptions } from "./svg.js";

export interface TimelineOptions {
  /** The lane of a timeline that is itself passed as a probe. "main thread" by default. */
  lane?: string | undefined;
  /** Tasks with a record of their own; those that come later share one. 2,000 by default. */
  maxTasks?: number | undefined;
  /** Polls that are kept apart; when there are more, those of a task that are close together become one. 20,000 by default. */
  maxPolls?: number | undefined;
  /** The clock, in milliseconds. Real time by default, also of runtimes whose clock is paused. */
  now?: (() => number) | undefined;
}

// Milliseconds. The first polls to be made one are those nobody could tell apart.
const FIRST_GRAIN = 0.01;

/**
 * Records when each task of a runtime was spawned, woken and polled, and draws the recording as a picture. Memory is bounded: a long
 * recording gets coarser.
 *
 * @example A picture of two tasks
 * ```ts
 * import { async, join, Runtime, sleep, spawn } from "heddle";
 * import { Timeline } from "heddle/trace";
 *
 * const timeline = new Timeline();
 * const runtime = new Runtime({ probe: timeline });
 * const main = async(function* () {
 *   yield* join(spawn(sleep(5), { name: "one" }), spawn(sleep(5), { name: "two" }));
 * });
 * await runtime.run(main(), { name: "main" });
 * const svg = timeline.toSvg({ title: "Two sleeps" });
 * console.log(svg.startsWith("<svg"), timeline.lanes[0].tasks.map((task) => task.name));
 * // prints: true [ 'main', 'one', 'two' ]
 * ```
 */
export class Timeline implements Probe {
  readonly #lanes: Lane[] = [];
  readonly #store: Store;
  readonly #name: string;

  /** @throws RangeError if a limit is not an integer >= 1 */
  constructor(options: TimelineOptions = {}) {
    const { lane = "main thread", maxTasks = 2000, maxPolls = 20_000, now = hostNow } = options;
    this.#name = lane;
    // Each task keeps at least one bar, however coarse it gets: there must be room for that.
    const maxBars = Math.max(limit("maxPolls", maxPolls), 2 * limit("maxTasks", maxTasks) + 2);
    this.#store = { now, maxTasks, maxBars, tasks: 0, bars: 0, grain: 0, coarsen: () => this.#coarsen() };
  }

  /** What was recorded so far: a lane for each thread. */
  get lanes(): readonly LaneRecord[] {
    return this.#lanes;
  }

  /** The lane called `name`, to pass to a runtime as its probe. The timeline itself, as a probe, is its first lane. */
  lane(name: string): Probe {
    return this.#laneNamed(name);
  }

  #laneNamed(name: string): Lane {
    let lane = this.#lanes.find((candidate) => candidate.name === name);
    if (lane === undefined) this.#lanes.push((lane = new Lane(name, this.#store)));
    return lane;
  }

  #coarsen(): void {
    const store = this.#store;
    do {
      store.grain = store.grain === 0 ? FIRST_GRAIN : store.grain * 2;
      store.bars = this.#lanes.reduce((sum, lane) => sum + lane.merge(), 0);
    } while (store.bars > store.maxBars / 2 && store.grain < Number.MAX_VALUE);
  }

  // As a probe: the first lane.
  #own: Lane | null = null;

  get #first(): Lane {
    return (this.#own ??= this.#laneNamed(this.#name));
  }

  spawned(task: ProbedTask): void {
    this.#first.spawned(task);
  }

  woken(task: ProbedTask): void {
    this.#first.woken(task);
  }

  pollBegins(task: ProbedTask): void {
    this.#first.pollBegins(task);
  }

  pollEnds(): void {
    this.#first.pollEnds();
  }

  ended(task: ProbedTask): void {
    this.#first.ended(task);
  }

  timersFired(count: number): void {
    this.#first.timersFired(count);
  }

  /**
   * Draws the recording: a lane for each thread, and under it a row for each task. A bar is a poll, a line is a wait. The picture
   * stands alone: no scripts, fonts or links, in light or dark as its reader prefers.
   */
  toSvg(options?: SvgOptions): string {
    return drawSvg(this.#lanes, options);
  }
}

function limit(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new RangeError(`Cannot make a timeline as '${name}' must be an integer >= 1: received ${quote(value)}`);
}
