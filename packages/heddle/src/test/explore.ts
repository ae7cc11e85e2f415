/**
 * `explore`: runs a small program under every order in which its tasks could be polled.
 *
 *     search ──► execution ──► ending ──► next … nothing left: exhausted
 *                                │
 *                                └── something is wrong ──► shorten ──► story ──► ExploreError
 */
import { HeddleError } from "../base/errors.js";
import type { Future } from "../future/poll.js";
import { later } from "../reactor/host.js";
import { refuseNested } from "../runtime/engine.js";
import { type Chooser, type Ending, Execution, GIVEN_UP, HOST, PROMISES, type Settings } from "./execution.js";
import { ExploreError } from "./explore-error.js";
import { type ExploreOptions, type Plan, planOf } from "./explore-options.js";
import { Letter, Wish } from "./follow.js";
import { replayText } from "./schedule.js";
import { NONDETERMINISTIC } from "./search.js";
import { shorten, switchesOf } from "./shorten.js";
import { Story } from "./story.js";
import type { Verdict } from "./verdict.js";

/** What was explored, and found to be right. */
export interface Exploration {
  /** How many schedules were run to their end. */
  readonly schedules: number;
  /** How many were given up on the way, as they would have come out where another one had. */
  readonly pruned: number;
  /** How many steps were made in all. */
  readonly steps: number;
  /** How many steps the longest schedule had. */
  readonly longest: number;
  /** Whether that was all: no schedule is left that could show something new. */
  readonly exhausted: boolean;
}

// The host gets its turn after so many schedules, so that a long exploration does not stop everything else.
const UNTIL_HOST = 256;

/**
 * Runs a small program again and again, each time polling its tasks in another order, until there is no order left. So a test does not
 * pass because its tasks happened to be lucky.
 *
 * A *step* is one poll of one task; a *schedule* says which ready task is polled at each step. Between two steps anything else may
 * come, within a step nothing. Time is virtual, and moves only when nothing is ready. A random choice of the program's is the same in each
 * schedule.
 *
 * Found are: an error out of the program or out of `after`; a task that fails and is not joined; tasks that wait for each other, or for nothing; a
 * wake that was lost; a program that does not end; what is still held by a task that is over. The shortest schedule is searched
 * for, and stands in the error's message, with a line for each step, and what to give to `replay` to have it again.
 *
 * Whatever the program shares between its tasks it must make inside, anew for each run. What waits for the host, such as a
 * socket, cannot be explored; native promises that settle by themselves can. By default all steps may share anything, so their orders
 * multiply: three tasks of three steps have 1,680. With `shared: "tracked"` only those count that touch the same thing.
 *
 * @param program called for each schedule; its future runs as the task `main`
 * @returns how much was explored; look at `exhausted`
 * @throws ExploreError `explore.failed`, `explore.refuted`, `explore.unjoined`, `explore.deadlock`, `explore.lost-wake`,
 * `explore.livelock`, `explore.leak`, `explore.outside`: a schedule goes wrong
 * @throws HeddleError `explore.nondeterministic` if the program does not do the same in the same order; `explore.replay` if the schedule to
 * replay does not fit it; `runtime.nested` inside a task
 * @throws TypeError or RangeError if an option is unknown or wrong
 *
 * @example Two tasks that read, wait, and write
 * ```ts
 * import assert from "node:assert/strict";
 * import { async, join, spawn, yieldNow } from "heddle";
 * import { explore, ExploreError } from "heddle/test";
 *
 * const program = async(function* () {
 *   let count = 0;
 *   const increment = async(function* () {
 *     const before = count;
 *     yield* yieldNow();
 *     count = before + 1;
 *   });
 *   const one = spawn(increment());
 *   const two = spawn(increment());
 *   yield* join(one, two);
 *   return count;
 * });
 * try {
 *   await explore(program, { after: (count) => assert.equal(count, 2) });
 * } catch (error) {
 *   console.log(error instanceof ExploreError, (error as ExploreError).code);
 * }
 * // prints: true explore.refuted
 * ```
 */
export async function explore<T>(program: () => Future<T>, options: ExploreOptions<T> = {}): Promise<Exploration> {
  const plan = planOf(program, options);
  refuseNested("explore", "call explore(…) outside of tasks");
  const explorer = new Explorer(plan.settings);
  return plan.ids === null ? explorer.search(plan) : explorer.replay(plan.ids);
}

/** Where a schedule led. */
interface Run {
  readonly ending: Ending;
  /** The numbers of the tasks, a step each. */
  readonly schedule: readonly number[];
}

/** One exploration. */
class Explorer<T> {
  readonly #settings: Settings<T>;
  #schedules = 0;
  #pruned = 0;
  #steps = 0;
  #longest = 0;
  #untilHost = UNTIL_HOST;

  constructor(settings: Settings<T>) {
    this.#settings = settings;
  }

  async search({ search, maxSchedules }: Plan<T>): Promise<Exploration> {
    do {
      const { ending, schedule } = await this.#run(search);
      this.#steps += schedule.length;
      if (ending === GIVEN_UP) {
        this.#pruned++;
        continue;
      }
      this.#schedules++;
      this.#longest = Math.max(this.#longest, schedule.length);
      if (ending !== null) throw await this.#errorOf(ending, schedule);
    } while (search.next() && this.#schedules < maxSchedules);
    return this.#found(search.isExhausted);
  }

  #found(exhausted: boolean): Exploration {
    return {
      schedules: this.#schedules,
      pruned: this.#pruned,
      steps: this.#steps,
      longest: this.#longest,
      exhausted,
    };
  }

  async #run(chooser: Chooser): Promise<Run> {
    if (--this.#untilHost === 0) {
      this.#untilHost = UNTIL_HOST;
      await hostTurn();
    }
    const execution = new Execution(this.#settings, chooser);
    let ending = execution.go();
    while (ending === HOST || ending === PROMISES) {
      await (ending === HOST ? hostTurn() : promisesTurn());
      ending = execution.go();
    }
    return { ending, schedule: execution.schedule };
  }

  /** The error that tells of the shortest schedule with this verdict. */
  async #errorOf({ code }: Verdict, schedule: readonly number[]): Promise<Error> {
    const shortest = await shorten({ schedule, code }, async (wish) => {
      const run = await this.#run(new Wish(wish));
      return { schedule: run.schedule, code: isVerdict(run.ending) ? run.ending.code : null };
    });
    const story = new Story(new Wish(shortest));
    const { ending } = await this.#run(story);
    if (!isVerdict(ending) || ending.code !== code)
      return new HeddleError(
        "explore.nondeterministic",
        "Cannot explore this program: run again in the same order, it goes wrong in another way",
        {
          help: NONDETERMINISTIC,
        },
      );
    const after = this.#schedules === 1 ? "the first schedule" : `${this.#schedules} schedules`;
    return this.#error("in every order", ending, story, `, the shortest found after ${after}`);
  }

  async replay(ids: readonly number[]): Promise<Exploration> {
    const letter = new Letter(ids);
    const story = new Story(letter);
    const { ending, schedule } = await this.#run(story);
    this.#schedules = 1;
    letter.finish();
    if (isVerdict(ending)) throw this.#error("in this order", ending, story, "");
    this.#steps = this.#longest = schedule.length;
    return this.#found(false);
  }

  #error(order: string, { code, what, help, cause }: Verdict, story: Story, found: string): ExploreError {
    const { ids } = story;
    const replay = replayText({ seed: this.#settings.seed, ids });
    const trace = story.toString();
    const switches = switchesOf(ids);
    const message =
      `Cannot run this program ${order}: ${what}\n` +
      `schedule, ${counted(ids.length, "step")} with ${counted(switches, "switch")}${found}:\n${trace}\n` +
      `replay: explore(program, { replay: ${JSON.stringify(replay)} })`;
    const options = { help, replay, trace, schedules: this.#schedules };
    return new ExploreError(code, message, cause === undefined ? options : { ...options, cause });
  }
}

function isVerdict(ending: Ending): ending is Verdict {
  return ending !== null && ending !== GIVEN_UP;
}

function counted(count: number, noun: string): string {
  if (count === 1) return `1 ${noun}`;
  return `${count} ${noun}${noun.endsWith("ch") ? "es" : "s"}`;
}

// How long a chain of native promises may be that settle each other.
const ROUNDS = 32;

/** Lets native promises settle each other. */
async function promisesTurn(): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) await Promise.resolve();
}

/** Lets the host run its microtasks, timers and sockets once. */
function hostTurn(): Promise<void> {
  return new Promise((resolve) => {
    later(resolve);
  });
}
