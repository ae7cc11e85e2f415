/**
 * Performing a plan: which threads do it, and what they come to.
 *
 *     stays? ──► the calling thread works, for a moment at a time, until all is done or it takes longer than was thought
 *        │
 *        └─────► hands on threads of the pool claim the rest ──► reports ──► parts in order ──► outcome
 *
 * When the future is dropped, or an item fails, nobody claims any more, and hands that have not begun are taken back. The future is over when those that
 * have begun are: nothing touches the program's memory after that.
 */
import { hostNow } from "../../base/clock.js";
import { ofThisDrive } from "../../base/stacktrace.js";
import { async } from "../../future/async.js";
import type { Future } from "../../future/poll.js";
import { yieldNow } from "../../task/yield-now.js";
import { entryOf } from "../crew/functions.js";
import { refuseAtImport } from "../at-import.js";
import { here } from "../here.js";
import { unpackError } from "../values/errors.js";
import { type Sharing, isExhausted, sharing as share, stop } from "./control.js";
import { costOf, noteCost } from "./costs.js";
import { crossing, isQuick } from "./crossing.js";
import { Engine, type Yield } from "./engine.js";
import { hand, type Recipe, type Report } from "./hand.js";
import { mergeRuns } from "./merge.js";
import type { How } from "./options.js";
import { functionsOf, type Indexed, isDecidedEarly, type Plan, stepOf } from "./plan.js";
import { parallelism, parPool } from "./pool.js";
import type { Callee } from "./reader.js";
import { orderOf, outcomeOf, type Part } from "./sinks.js";
import { together } from "./together.js";

/** What takes less, in milliseconds, stays on the calling thread. To have two threads do nothing takes 0.1, and they save half. */
const WORTH = 0.2;
/** For how long the calling thread works at a time, in milliseconds. */
const SLICE = 1;
/** What it takes to send an item of a list that is no number, in milliseconds: cheaper ones stay. */
const SENDING = 1e-3;

/** A future that performs a plan. */
export const perform: (plan: Plan<Callee>, how: How) => Future<any> = async(function* par(plan, how) {
  refuseAtImport("run something in parallel");
  const { length } = plan.of;
  const threads = Math.min(how.threads ?? parallelism(), length);
  const cost = costOf(plan);
  const stay = stayOf(plan, cost, how);
  const sent = stay === Infinity ? null : crossing(plan, threads);
  const sharing = share(length, sent === null ? 1 : stepOf(sent.of), { threads, chunk: how.chunk, cost });
  const yields: Yield[] = [];
  if (stay > 0) yields.push(yield* workHere(plan, sharing, stay));
  if (sent !== null && !isExhausted(sharing)) {
    const recipe = { plan: sent, sharing };
    yields.push(...(yield* workThere(recipe, threads, nameOf(plan), isDecidedEarly(plan.end))));
  }
  learn(plan, yields);
  const parts = yields.flatMap((each) => each.parts).sort((a, b) => a.from - b.from);
  if (plan.end.kind !== "sort") return outcomeOf(plan.end, parts);
  const runs = yields.flatMap(({ run }) => (run === null ? [] : [run]));
  return yield* mergeRuns(runs, orderOf(plan.end.fn));
} as (plan: Plan<Callee>, how: How) => Generator<any, unknown>) as any;

/** For how many milliseconds the calling thread works on a plan before others do: 0 if not at all, Infinity to the end. */
function stayOf(plan: Plan<Callee>, cost: number, how: How): number {
  const { length } = plan.of;
  if (length === 0) return Infinity;
  if (how.sequentialBelow !== undefined) return length < how.sequentialBelow ? Infinity : 0;
  // A thread that heddle has started has others beside it.
  if (how.threads === undefined && parallelism() === 1) return Infinity;
  if (cost === 0) return 0;
  if (cost < SENDING && !isQuickToSend(plan.of)) return Infinity;
  return cost * length < WORTH ? 2 * WORTH : 0;
}

function isQuickToSend(of: Indexed<unknown>): boolean {
  switch (of.kind) {
    case "list":
      return isQuick(of.items);
    case "map":
    case "enumerate":
    case "chunks":
      return isQuickToSend(of.of);
    case "zip":
      return isQuickToSend(of.of) && isQuickToSend(of.others);
    default:
      return true;
  }
}

const workHere = async(function* (plan: Plan<Callee>, sharing: Sharing, stay: number) {
  const engine = new Engine(plan, sharing, (fn: Callee) => fn);
  const until = hostNow() + stay;
  here.jobs++;
  try {
    while (!engine.work(Math.min(SLICE, stay)) && hostNow() < until) {
      here.jobs--;
      yield* yieldNow();
      here.jobs++;
    }
    return engine.yield();
  } catch (error) {
    // As little as traces keep of it: they would cut the note off together with the lines of what resumed this.
    if (error instanceof Error && typeof error.stack === "string")
      Reflect.set(error, "stack", ofThisDrive(error.stack));
    throw noted(error, engine.index);
  } finally {
    here.jobs--;
  }
});

const workThere = async(function* (recipe: Recipe, threads: number, name: string, isEarly: boolean) {
  const { reports, death } = yield* together<Report>({
    threads,
    submit: () => parPool(threads).submit(hand, [recipe], name),
    isOver: () => isExhausted(recipe.sharing),
    stop: () => stop(recipe.sharing),
  });
  return sortOut(reports, death, isEarly);
});

/** The yields of all hands, or the error of the first item that failed. */
function sortOut(reports: readonly Report[], death: { reason: unknown } | null, isEarly: boolean): Yield[] {
  const yields: Yield[] = [];
  let failure: Exclude<Report, { yield: Yield }> | null = null;
  for (const report of reports) {
    if ("yield" in report) yields.push(report.yield);
    else if (failure === null || report.index < failure.index) failure = report;
  }
  // What was found before the item that failed is the answer, as it would be on one thread.
  if (
    isEarly &&
    yields.some(({ parts }) => parts.some(({ value }: Part) => failure === null || value[0] < failure.index))
  )
    return yields;
  if (failure !== null) throw noted(unpackError(failure.error, { thread: `"${failure.thread}"` }), failure.index);
  if (death !== null) throw death.reason;
  return yields;
}

/** An error says at the end of its stack which item it is of. */
function noted(error: unknown, index: number): unknown {
  if (error instanceof Error && typeof error.stack === "string")
    Reflect.set(error, "stack", `${error.stack}\n    at item ${index} of what is iterated in parallel`);
  return error;
}

function learn(plan: Plan<Callee>, yields: readonly Yield[]): void {
  let items = 0;
  let time = 0;
  for (const each of yields) {
    items += each.items;
    time += each.time;
  }
  if (items > 0) noteCost(plan, time / items);
}

function nameOf(plan: Plan<Callee>): string {
  const names = functionsOf(plan).map((fn) => entryOf(fn).name);
  return `par(${names.join(", ")})`;
}
