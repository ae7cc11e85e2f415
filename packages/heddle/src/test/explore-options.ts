/**
 * The options of `explore`, checked.
 */
import { quote } from "../base/errors.js";
import type { Future } from "../future/poll.js";
import { Bounded } from "./bounded.js";
import type { Settings } from "./execution.js";
import { Reduction } from "./reduction.js";
import { PrioritySearch, RandomSearch } from "./sampling.js";
import { parseReplay } from "./schedule.js";
import type { Search } from "./search.js";
import { Census } from "./stepped-tasks.js";

export interface ExploreOptions<T = unknown> {
  /**
   * Which schedules are run. `exhaustive`, the default: all of them, but for those that only swap steps which do not depend on each
   * other. `random`: any ready task at each step. `pct`: by random priorities, which finds rare orders sooner.
   */
  strategy?: "exhaustive" | "random" | "pct" | undefined;
  /**
   * What steps share. `opaque`, the default: anything, so no two steps can be swapped, and nothing is missed. `tracked`: only what is
   * in the primitives of heddle/sync, in tasks and their handles, in objects made with `tracked(…)`, and in resources of your own. That is for
   * you to know: an order that matters through a plain variable only is missed then.
   */
  shared?: "opaque" | "tracked" | undefined;
  /** Exhaustive: only schedules with at most so many preemptions, which are switches away from a task that could go on. */
  preemptions?: number | undefined;
  /** Random and pct: how many schedules. 1000. */
  iterations?: number | undefined;
  /** Pct: how many steps have to come in one certain order for the fault to show. 3. */
  depth?: number | undefined;
  /** Of all random choices, those of the program included. 1. */
  seed?: number | string | undefined;
  /** From how many steps on a schedule counts as one that never ends. 1000. */
  maxSteps?: number | undefined;
  /** After how many schedules the exploration ends in any case, `exhausted` being false then. 100,000. */
  maxSchedules?: number | undefined;
  /** Checks what the program gave, at the end of each schedule. Throws if it is wrong. */
  after?: ((value: T) => void) | undefined;
  /** Runs only the schedule that a failed exploration printed. */
  replay?: string | undefined;
}

const CHOICES: Partial<Record<string, readonly string[]>> = {
  strategy: ["exhaustive", "random", "pct"],
  shared: ["opaque", "tracked"],
};
/** The least that each number may be. */
const NUMBERS: Partial<Record<string, number>> = {
  preemptions: 0,
  iterations: 1,
  depth: 1,
  maxSteps: 1,
  maxSchedules: 1,
};
const OTHERS: Partial<Record<string, string>> = { seed: "number string", after: "function", replay: "string" };

/** What an exploration needs. Given a replay, `ids` are the steps, and nothing is searched. */
export interface Plan<T> {
  readonly settings: Settings<T>;
  readonly search: Search;
  readonly maxSchedules: number;
  readonly ids: readonly number[] | null;
}

export function planOf<T>(program: () => Future<T>, options: ExploreOptions<T>): Plan<T> {
  if (typeof program !== "function")
    throw new TypeError(
      `Cannot explore as 'program' must be a function that returns a future: received ${quote(program)}` +
        "\nhelp: it is called for each schedule: explore(async(function* () { … })), or explore(() => future)",
    );
  for (const [key, value] of Object.entries(options)) if (value !== undefined) check(key, value);
  const { after, iterations = 1000, maxSteps = 1000, strategy = "exhaustive" } = options;
  const isExhaustive = strategy === "exhaustive";
  if (!isExhaustive && options.preemptions !== undefined)
    throw new TypeError(
      `Cannot explore as 'preemptions' bounds the exhaustive strategy only: 'strategy' is ${quote(strategy)}`,
    );
  const replay = options.replay === undefined ? null : parseReplay(options.replay);
  const seed = replay?.seed ?? options.seed ?? 1;
  const isTracked = options.shared === "tracked";
  return {
    settings: { program, after, seed, isTracked, maxSteps, census: new Census() },
    search: searchOf(options, seed),
    maxSchedules: isExhaustive ? (options.maxSchedules ?? 100_000) : iterations,
    ids: replay?.ids ?? null,
  };
}

function searchOf<T>(options: ExploreOptions<T>, seed: number | string): Search {
  const { strategy, preemptions, depth = 3 } = options;
  if (strategy === "random") return new RandomSearch(seed);
  if (strategy === "pct") return new PrioritySearch(seed, depth);
  return preemptions === undefined ? new Reduction() : new Bounded(preemptions);
}

function check(key: string, value: unknown): void {
  const choices = CHOICES[key];
  const least = NUMBERS[key];
  const types = OTHERS[key];
  if (choices !== undefined) {
    if (!choices.includes(value as string))
      throw new TypeError(
        `Cannot explore as '${key}' must be ${choices.map(quote).join(" or ")}: received ${quote(value)}`,
      );
  } else if (least !== undefined) {
    if (!Number.isInteger(value) || (value as number) < least)
      throw new RangeError(`Cannot explore as '${key}' must be an integer >= ${least}: received ${quote(value)}`);
  } else if (types === undefined) {
    const known = [CHOICES, NUMBERS, OTHERS].flatMap(Object.keys).join(", ");
    throw new TypeError(`Cannot explore as '${key}' is not an option\nhelp: the options are ${known}`);
  } else if (!types.split(" ").includes(typeof value)) {
    const expected = types.replaceAll(" ", " or a ");
    throw new TypeError(`Cannot explore as '${key}' must be a ${expected}: received ${quote(value)}`);
  }
}
