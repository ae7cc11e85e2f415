/**
 * Random programs: trees of calls that wait, fail, catch, clean up, and drop each other. `program()` draws one, `Run`
 * interprets it and notes every way in which it breaks the rules of cancellation, `predict` says how it must end if nobody
 * disturbs it.
 */
import fc from "fast-check";
import {
  AbortedError,
  any,
  async,
  ElapsedError,
  type Future,
  FuturesUnordered,
  join,
  joinAll,
  joinSettled,
  pin,
  race,
  ready,
  type Runtime,
  select,
  sleep,
  spawn,
  task,
  timeout,
  yieldNow,
} from "heddle";
import { Instant } from "heddle/time";

// ---------------------------------------------------------------- programs

/** One call: its steps, then its `finally`. */
export interface Call {
  readonly steps: readonly Step[];
  readonly cleanup: Cleanup;
  /** Whether its steps are awaited through a plain generator, inlined with `yield*`. */
  readonly inlined: boolean;
}

export type Step =
  | { readonly op: "ready" | "yield" | "throw" }
  | { readonly op: "sleep"; readonly ms: number }
  | { readonly op: "call" | "catch" | "spawn"; readonly call: Call }
  | { readonly op: "timeout" | "pin"; readonly call: Call; readonly ms: number }
  | { readonly op: "join" | "settled" | "race" | "any" | "select" | "set"; readonly calls: readonly Call[] }
  | { readonly op: "timeout of join" | "join of race"; readonly calls: readonly Call[]; readonly ms: number };

export type Cleanup =
  | { readonly kind: "none" | "sync" | "throw" }
  | { readonly kind: "sleep" | "sleep and throw"; readonly ms: number }
  | { readonly kind: "call"; readonly call: Call };

/** Delays that seldom coincide, even when added up: what happens at the same time may come in any order. */
const delay = fc.integer({ min: 1, max: 997 });

interface Ties {
  call: Call;
  step: Step;
  cleanup: Cleanup;
  calls: Call[];
}

/** A random program. */
export const program: fc.Arbitrary<Call> = fc.letrec<Ties>((tie) => ({
  calls: fc.array(tie("call"), { minLength: 1, maxLength: 3 }) as fc.Arbitrary<Call[]>,
  step: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.oneof(
      fc.record({ op: fc.constantFrom("ready", "yield", "yield", "throw") }),
      fc.record({ op: fc.constant("sleep"), ms: delay }),
      fc.record({ op: fc.constant("sleep"), ms: delay }),
    ),
    fc.record({ op: fc.constantFrom("call", "call", "catch", "spawn"), call: tie("call") }),
    fc.record({ op: fc.constantFrom("timeout", "timeout", "pin"), call: tie("call"), ms: delay }),
    fc.record({ op: fc.constantFrom("join", "settled", "race", "any", "select", "set"), calls: tie("calls") }),
    fc.record({ op: fc.constantFrom("timeout of join", "join of race"), calls: tie("calls"), ms: delay }),
  ) as fc.Arbitrary<Step>,
  cleanup: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    fc.record({ kind: fc.constantFrom("none", "sync", "sync", "throw") }),
    fc.record({ kind: fc.constantFrom("sleep", "sleep", "sleep and throw"), ms: delay }),
    fc.record({ kind: fc.constant("call"), call: tie("call") }),
  ) as fc.Arbitrary<Cleanup>,
  call: fc.record({
    steps: fc.array(tie("step"), { minLength: 1, maxLength: 4 }),
    cleanup: tie("cleanup"),
    inlined: fc.boolean(),
  }) as fc.Arbitrary<Call>,
})).call;

// ---------------------------------------------------------------- running one

/** An error that a program throws on purpose. */
export class Injected extends Error {}

/** One call that was begun. */
export interface Instance {
  readonly id: number;
  readonly call: Call;
  task: number;
  outcome: "not begun" | "running" | "returned" | "threw" | "cancelled";
  error?: unknown;
  /** The calls that it awaits now, itself or through a combinator. */
  awaits: Instance[];
  /** Whether the first of them to end is enough, and the others are dropped. */
  isRacing: boolean;
  /** Whether it was dropped in its `finally`, to which it had come by itself. */
  isCut: boolean;
  cleanupsBegun: number;
  cleanupsEnded: number;
  isOver: boolean;
  endedAt: number;
}

/** Interprets a program, and keeps the books. */
export class Run {
  readonly instances: Instance[] = [];
  readonly violations: string[] = [];
  /** What cleanups of cancelled calls threw, by task, in order. */
  readonly cleanupErrors = new Map<number, unknown[]>();
  readonly main: Instance;
  readonly future: Future<void>;

  constructor(call: Call) {
    this.main = this.#instance(call);
    this.future = this.#frame(this.main);
  }

  #instance(call: Call): Instance {
    const instance: Instance = {
      id: this.instances.length,
      call,
      task: 0,
      outcome: "not begun",
      awaits: [],
      isRacing: false,
      isCut: false,
      cleanupsBegun: 0,
      cleanupsEnded: 0,
      isOver: false,
      endedAt: 0,
    };
    this.instances.push(instance);
    return instance;
  }

  #violated(rule: string, me: Instance): void {
    this.violations.push(`call ${me.id}: ${rule}`);
  }

  readonly #frame = async(function* (this: Run, me: Instance): Generator<any, void, any> {
    me.outcome = "running";
    me.task = task.id();
    try {
      for (const step of me.call.steps) {
        const { future, check } = this.#begin(step, me);
        if (step.op === "catch") {
          try {
            yield* future;
          } catch (error) {
            this.#checkError(error, me);
          }
        } else if (me.call.inlined) yield* inlined(future);
        else yield* future;
        check();
        me.awaits = [];
        me.isRacing = false;
      }
      me.outcome = "returned";
    } catch (error) {
      this.#checkError(error, me);
      me.outcome = "threw";
      me.error = error;
      throw error;
    } finally {
      if (me.outcome === "running") this.#cancelled(me);
      me.endedAt = Instant.now().milliseconds;
      me.awaits = [];
      me.isRacing = false;
      me.cleanupsBegun++;
      try {
        const { cleanup } = me.call;
        if (cleanup.kind === "sleep" || cleanup.kind === "sleep and throw") yield* sleep(cleanup.ms);
        if (cleanup.kind === "call") {
          const child = this.#instance(cleanup.call);
          me.awaits = [child];
          yield* this.#frame(child);
        }
        if (cleanup.kind === "throw" || cleanup.kind === "sleep and throw") {
          // oxlint-disable-next-line no-unsafe-finally
          throw new Injected(`cleanup of ${me.id}`);
        }
        me.cleanupsEnded++;
      } catch (error) {
        this.#checkError(error, me);
        me.cleanupsEnded++;
        if (wasCancelled(me)) this.#noteCleanupError(me.task, error);
        else {
          me.outcome = "threw";
          me.error = error;
        }
        // oxlint-disable-next-line no-unsafe-finally
        throw error;
      } finally {
        if (me.cleanupsEnded === 0) this.#cut(me);
        me.endedAt = Instant.now().milliseconds;
        me.isOver = true;
      }
    }
  });

  /** What a step awaits, and what must hold when it goes on. */
  #begin(step: Step, me: Instance): { future: Future<unknown>; check: () => void } {
    const now = Instant.now().milliseconds;
    const mustHold = (what: string, holds: () => boolean) => () => {
      if (!holds()) this.#violated(`went on behind ${step.op} although ${what}`, me);
    };
    const since = (ms: number) => Instant.now().milliseconds - now >= ms;
    const futures = (calls: readonly Call[]): { children: Instance[]; futures: Future<void>[] } => {
      const children = calls.map((call) => this.#instance(call));
      return { children, futures: children.map((child) => this.#frame(child)) };
    };
    const returned = (child: Instance) => child.outcome === "returned";
    const ended = (child: Instance) => child.outcome === "returned" || child.outcome === "threw";
    switch (step.op) {
      case "throw":
        throw new Injected(`step of ${me.id}`);
      case "ready":
        return { future: ready(0), check: () => {} };
      case "yield":
        return { future: yieldNow(), check: () => {} };
      case "sleep":
        return { future: sleep(step.ms), check: mustHold("time is not over", () => since(step.ms)) };
      case "call":
      case "catch":
      case "timeout": {
        const child = this.#instance(step.call);
        me.awaits = [child];
        const frame = this.#frame(child);
        return {
          future: step.op === "timeout" ? timeout(frame, step.ms) : frame,
          check: mustHold("the call has not ended", () => (step.op === "catch" ? ended(child) : returned(child))),
        };
      }
      case "spawn": {
        const child = this.#instance(step.call);
        // A join that is dropped leaves the task alone.
        return {
          future: spawn(this.#frame(child)),
          check: mustHold("the task is not over", () => returned(child) && child.isOver),
        };
      }
      case "pin": {
        const child = this.#instance(step.call);
        return {
          future: select({ pinned: pin(this.#frame(child)), tick: sleep(step.ms) }),
          check: mustHold("neither is ready", () => returned(child) || since(step.ms)),
        };
      }
      case "set": {
        const set = new FuturesUnordered<void>();
        const { children, futures: list } = futures(step.calls);
        for (const future of list) set.push(future);
        return { future: set.next(), check: mustHold("none has returned", () => children.some(returned)) };
      }
      case "timeout of join": {
        const { children, futures: list } = futures(step.calls);
        me.awaits = children;
        return {
          future: timeout(joinAll(list), step.ms),
          check: mustHold("not all have returned", () => children.every(returned)),
        };
      }
      case "join of race": {
        const { children, futures: list } = futures(step.calls);
        me.awaits = children;
        me.isRacing = true;
        return {
          future: join(race(list), sleep(step.ms)),
          check: mustHold("none has returned", () => children.some(returned) && since(step.ms)),
        };
      }
      default: {
        const { children, futures: list } = futures(step.calls);
        me.awaits = children;
        switch (step.op) {
          case "join":
            return { future: joinAll(list), check: mustHold("not all have returned", () => children.every(returned)) };
          case "settled":
            return { future: joinSettled(list), check: mustHold("not all have ended", () => children.every(ended)) };
          case "race":
            return { future: race(list), check: mustHold("none has returned", () => children.some(returned)) };
          case "any":
            return { future: any(list), check: mustHold("none has returned", () => children.some(returned)) };
          case "select":
            return {
              future: select(Object.fromEntries(list.map((future, i) => [`branch${i}`, future]))),
              check: mustHold("none has returned", () => children.some(returned)),
            };
        }
      }
    }
  }

  // Nothing tells a `finally` that was reached by itself from the rest of its function: it is shielded only in a call that
  // is being unwound.
  #cut(me: Instance): void {
    me.isCut = !wasCancelled(me);
    this.#cancelled(me);
  }

  #cancelled(me: Instance): void {
    me.outcome = "cancelled";
    // What has lost the race is not awaited any more.
    if (me.isRacing && me.awaits.some((child) => child.isOver && !wasCancelled(child))) return;
    for (const child of me.awaits) {
      if (child.outcome !== "not begun" && !child.isOver) {
        this.#violated(`unwound before call ${child.id}, which it awaits`, me);
      }
    }
  }

  #checkError(error: unknown, me: Instance): void {
    const isExpected =
      error instanceof Injected ||
      error instanceof ElapsedError ||
      error instanceof AbortedError ||
      error instanceof AggregateError;
    if (!isExpected) this.#violated(`caught ${String(error)}`, me);
    if (me.outcome === "cancelled" && me.cleanupsBegun === 0) this.#violated("a catch saw the cancellation", me);
  }

  #noteCleanupError(id: number, error: unknown): void {
    const errors = this.cleanupErrors.get(id) ?? [];
    this.cleanupErrors.set(id, [...errors, error]);
  }

  /** Closes the books, when every task is over. */
  audit(runtime: Runtime, isForced = false): void {
    for (const me of this.instances) {
      if (me.outcome === "not begun") continue;
      if (me.outcome === "running") this.#violated("never ended", me);
      if (me.cleanupsBegun !== 1) this.#violated(`its finally began ${me.cleanupsBegun} times`, me);
      if (me.cleanupsEnded !== 1 && !isForced && !me.isCut)
        this.#violated(`its finally ended ${me.cleanupsEnded} times`, me);
      if (!me.isOver) this.#violated("its finally was left", me);
    }
    const { liveTasks, queuedTasks, timers } = runtime.metrics();
    if (liveTasks !== 0 || queuedTasks !== 0 || timers !== 0) {
      this.violations.push(`left over: ${liveTasks} tasks, ${queuedTasks} queued, ${timers} timers`);
    }
  }
}

// Behind a `yield*` the type checker still believes what was assigned before it.
const wasCancelled = (me: Instance): boolean => me.outcome === "cancelled";

function* inlined(future: Future<unknown>): Generator<any, unknown, any> {
  return yield* future;
}

// ---------------------------------------------------------------- the plain model

/** How a call ends that is begun at `at` and never disturbed. */
export interface Prediction {
  readonly at: number;
  readonly fails: boolean;
}

/** Says how a call ends; null where that depends on the order of what happens at the same time. */
export function predict(call: Call, begin: number): Prediction | null {
  let at = begin;
  let fails = false;
  for (const step of call.steps) {
    const next = predictStep(step, at);
    if (next === null) return null;
    at = next.at;
    fails = next.fails;
    if (fails) break;
  }
  const { cleanup } = call;
  if (cleanup.kind === "throw") return { at, fails: true };
  if (cleanup.kind === "sleep") return { at: at + cleanup.ms, fails };
  if (cleanup.kind === "sleep and throw") return { at: at + cleanup.ms, fails: true };
  if (cleanup.kind !== "call") return { at, fails };
  const last = predict(cleanup.call, at);
  return last === null ? null : { at: last.at, fails: fails || last.fails };
}

function predictStep(step: Step, at: number): Prediction | null {
  switch (step.op) {
    case "ready":
    case "yield":
      return { at, fails: false };
    case "throw":
      return { at, fails: true };
    case "sleep":
      return { at: at + step.ms, fails: false };
    case "call":
      return predict(step.call, at);
    case "catch": {
      const child = predict(step.call, at);
      return child === null ? null : { at: child.at, fails: false };
    }
    case "spawn":
      // A task is over only when what it dropped has cleaned up, and fails with what those cleanups throw.
      return drops(step.call) ? null : predict(step.call, at);
    case "timeout":
      return limited(predict(step.call, at), at + step.ms, true);
    case "pin":
      return limited(predict(step.call, at), at + step.ms, false);
    case "timeout of join":
      return limited(all(endsOf(step.calls, at)), at + step.ms, true);
    case "join of race": {
      const winner = first(endsOf(step.calls, at));
      return all(winner === null ? null : [winner, { at: at + step.ms, fails: false }]);
    }
    case "join":
      return all(endsOf(step.calls, at));
    case "settled": {
      const ends = endsOf(step.calls, at);
      return ends === null ? null : { at: Math.max(...ends.map((end) => end.at)), fails: false };
    }
    case "any": {
      const ends = endsOf(step.calls, at);
      if (ends === null) return null;
      if (ends.every((end) => end.fails)) return { at: Math.max(...ends.map((end) => end.at)), fails: true };
      return { at: Math.min(...ends.filter((end) => !end.fails).map((end) => end.at)), fails: false };
    }
    case "race":
    case "select":
    case "set":
      return first(endsOf(step.calls, at));
  }
}

function endsOf(calls: readonly Call[], at: number): Prediction[] | null {
  const ends = calls.map((call) => predict(call, at));
  return ends.includes(null) ? null : (ends as Prediction[]);
}

function limited(end: Prediction | null, limit: number, fails: boolean): Prediction | null {
  if (end === null || end.at === limit) return null;
  return end.at < limit ? end : { at: limit, fails };
}

function first(ends: Prediction[] | null): Prediction | null {
  if (ends === null) return null;
  const at = Math.min(...ends.map((end) => end.at));
  const winners = ends.filter((end) => end.at === at);
  return winners.every((end) => end.fails === winners[0]!.fails) ? winners[0]! : null;
}

function all(ends: Prediction[] | null): Prediction | null {
  if (ends === null) return null;
  const failures = ends.filter((end) => end.fails);
  if (failures.length > 0) return first(failures);
  return { at: Math.max(...ends.map((end) => end.at)), fails: false };
}

/** Whether a call may drop something on its way. */
function drops(call: Call): boolean {
  const dropping = (step: Step): boolean => {
    if (step.op === "call" || step.op === "catch" || step.op === "spawn") return drops(step.call);
    return "call" in step || "calls" in step;
  };
  return call.steps.some(dropping) || (call.cleanup.kind === "call" && drops(call.cleanup.call));
}
