/**
 * A small explorer: runs the protocols themselves, as they are built, under every interleaving of their atomic steps.
 *
 * A modelled thread is a plain function that uses the real classes. While it runs, the functions of `Atomics`, `set` of typed arrays and the fields of
 * `here` are stand-ins that keep a log: the first calls are answered from the log, and the one behind its end is noted as the thread's next step and ends
 * the run. So a thread is brought to any point again by running it from the start with a longer log, and nothing of it has to be written twice.
 *
 *     state = the shared memory + each thread's log + who sleeps where + who is dead
 *     step  = apply the noted call of one thread to the memory, put its answer into the log, run the thread again to find its next call
 *
 * A function of shared memory is decided by its answers, so equal states have equal futures, and each is visited once. What is found: an error that a
 * thread throws, an end that `check` refuses, and an end at which somebody still sleeps: a wake-up was lost. Bytes are copied in two steps, so that two
 * threads that copy at once are found as well.
 *
 * Time stands still, so that no slice repairs what a wake-up should have done. Where threads die, and where `timeouts` allows so many for each thread, a
 * wait that has a limit may come to it at any moment.
 */
import assert from "node:assert/strict";
import { Context } from "../../future/context.js";
import type { Leaf } from "../../future/leaf.js";
import { type Future, PENDING } from "../../future/poll.js";
import { here } from "./here.js";

export interface Model<C> {
  /** Makes what is shared, in the buffers that it answers with. Called once. */
  readonly setup: () => { readonly buffers: readonly SharedArrayBuffer[]; readonly context: C };
  readonly threads: readonly ((context: C, thread: ModelledThread) => void)[];
  /** Called at each end, with what each thread noted; null for one that died. Atomics may be used. */
  readonly check?: (context: C, notes: readonly (readonly unknown[] | null)[]) => void;
  /** Which threads may die, at any step, and how many at most (1). */
  readonly mortal?: readonly number[];
  readonly deaths?: number;
  /** How often the waits of each thread may come to their limit; 0, but 3 where threads die, once one has. */
  readonly timeouts?: number;
  /** How often a thread may be interrupted that could go on, where every interleaving would be too many; else any number of times. */
  readonly interruptions?: number;
  readonly mostStates?: number;
}

export interface Explored {
  readonly states: number;
  readonly ends: number;
}

/** What a modelled thread may do beside using what is shared. */
export class ModelledThread {
  readonly notes: unknown[] = [];
  /** @internal Tasks that are not over. */
  tasks = 0;
  /** @internal Where it is, as said last, and how long its log was then. */
  place = "";
  since = 0;
  /** @internal How far the log has been read. */
  read = 0;

  /** Says that what it does from here on does not depend on how it came here, beyond `place` and what it has noted: that makes fewer states. */
  at(place: string): void {
    this.place = place;
    this.since = this.read;
  }

  /** Notes something for the check at the end. */
  note(value: unknown): void {
    this.notes.push(value);
  }

  /** Awaits a leaf as a task: polls it, and again whenever it is woken. Answers how to drop it. */
  await<T>(future: Future<T>, then: (value: T) => void): () => void {
    const leaf = future as unknown as Leaf<T>;
    let isOver = false;
    let isPolling = false;
    let isWoken = false;
    this.tasks++;
    const poll = (): void => {
      isWoken = true;
      if (isPolling) return;
      isPolling = true;
      while (isWoken && !isOver) {
        isWoken = false;
        const value = leaf.poll(context);
        if (value === PENDING) continue;
        isOver = true;
        this.tasks--;
        then(value);
      }
      isPolling = false;
    };
    const context = new Context({ wake: poll });
    poll();
    return () => {
      if (isOver) return;
      isOver = true;
      this.tasks--;
      leaf.drop(context);
    };
  }
}

/** A call that a thread is about to make. */
interface Call {
  readonly text: string;
  /** Does it. Answers what goes into the log, or where the thread sleeps. */
  apply(state: State): unknown;
}

class Sleep {
  constructor(
    readonly key: string,
    readonly limit: number,
    readonly isAsync: boolean,
  ) {}
}

/** One who sleeps on a word. */
interface Sleeper {
  readonly thread: number;
  /** Which `waitAsync` of the thread it is; -1 if it is blocked. */
  readonly id: number;
  readonly key: string;
  readonly limit: number;
}

interface ThreadState {
  /** Answers, and events: `{ id, outcome }`. */
  readonly log: readonly unknown[];
  /** Where the thread is, as a number: the same for the same log since it said so last. */
  readonly key: number;
  /** What it does next; null if it sleeps, is idle or dead. */
  readonly call: Call | null;
  readonly isIdle: boolean;
  readonly isDead: boolean;
  /** What has happened to its asynchronous waits, and it has not heard of. */
  readonly inbox: readonly { readonly id: number; readonly outcome: string }[];
  readonly tasks: number;
  readonly notes: readonly unknown[];
  /** How often its waits came to their limit, and how much time that took. */
  readonly timeouts: number;
  readonly time: number;
}

interface State {
  memory: Int32Array[];
  threads: ThreadState[];
  sleepers: Sleeper[];
  deaths: number;
  /** Who took the last step; -1 if nobody. */
  running: number;
  interruptions: number;
  readonly parent: State | null;
  readonly text: string;
}

/** Ends the run of a thread at its next call. Thrown through the code under test, whose `finally` blocks change nothing any more. */
const SUSPEND = Symbol("suspend");

const READ_MODIFY_WRITE = ["load", "store", "add", "sub", "and", "or", "xor", "exchange", "compareExchange"];
const REAL: Record<string, (...args: any[]) => any> = Object.fromEntries(
  [...READ_MODIFY_WRITE, "notify", "wait", "waitAsync"].map((name) => [name, (Atomics as any)[name]]),
);
const typedArray = Object.getPrototypeOf(Uint8Array.prototype);
const realSet = typedArray["set"];

/** Runs all threads under every interleaving. Throws with the schedule if one of them goes wrong. */
export function exploreSteps<C>(model: Model<C>): Explored {
  const { buffers, context } = model.setup();
  const words = buffers.map((buffer) => new Int32Array(buffer));
  const limit = model.timeouts ?? (model.mortal === undefined ? 0 : 3);
  const mostStates = model.mostStates ?? 1_000_000;
  const logs = new Map<string, number>();
  const numberOf = (log: string): number => {
    const known = logs.get(log);
    if (known !== undefined) return known;
    logs.set(log, logs.size + 1);
    return logs.size;
  };

  const nameOfWord = (array: Int32Array | Uint8Array | BigInt64Array, index: number): string => {
    const at = buffers.indexOf(array.buffer as SharedArrayBuffer);
    assert.ok(at >= 0, "a modelled thread touched shared memory that the model does not know");
    return `${at}:${(array.byteOffset + index * array.BYTES_PER_ELEMENT) / 4}`;
  };

  /** Runs a thread from its start with a log, up to its next call. */
  function run(index: number, log: readonly unknown[], before: ThreadState | null): ThreadState {
    const thread = new ModelledThread();
    const callbacks = new Map<number, (outcome: string) => void>();
    let waits = 0;
    let call: Call | null = null;
    let time = 0;

    const step = (text: string, apply: (state: State) => unknown): unknown => {
      if (call !== null) throw SUSPEND;
      if (thread.read < log.length) return log[thread.read++];
      call = { text, apply };
      throw SUSPEND;
    };
    const fakes: Record<string, (...args: any[]) => unknown> = {};
    for (const name of READ_MODIFY_WRITE) {
      fakes[name] = (array, ...args) =>
        step(`${name} ${nameOfWord(array, args[0])} ${args.slice(1).join(" ")}`, () => REAL[name]!(array, ...args));
    }
    fakes["notify"] = (array, word, count = Infinity) => {
      const key = nameOfWord(array, word);
      return step(`notify ${key} ${count}`, (state) => notify(state, key, count));
    };
    fakes["wait"] = (array, word, expected, milliseconds = Infinity) => {
      const key = nameOfWord(array, word);
      const answer = step(`wait ${key} while ${expected}`, () =>
        REAL["load"]!(array, word) === expected ? new Sleep(key, milliseconds, false) : "not-equal",
      );
      if (answer === "timed-out") time += milliseconds;
      // Who has slept knows what it has slept on, and otherwise what stands in memory: the protocols keep nothing beside it.
      const [place] = thread.place.split(" > ");
      thread.at(`${place} > ${key} ${expected} ${answer}`);
      return answer;
    };
    fakes["waitAsync"] = (array, word, expected, milliseconds = Infinity) => {
      const key = nameOfWord(array, word);
      const answer = step(`waitAsync ${key} while ${expected}`, () =>
        REAL["load"]!(array, word) === expected ? new Sleep(key, milliseconds, true) : "not-equal",
      );
      if (answer === "not-equal") return { async: false, value: answer };
      const id = waits++;
      return { async: true, value: { then: (fn: (outcome: string) => void) => void callbacks.set(id, fn) } };
    };

    const saved = { ...here };
    here.id = index + 1;
    here.now = () => time;
    here.spins = 0;
    here.begins = here.ends = here.shares = () => {};
    here.isOver = (id) =>
      model.mortal === undefined
        ? false
        : (step(`is ${id} over`, (state) => state.threads[id - 1]?.isDead ?? false) as boolean);
    Object.assign(Atomics, fakes);
    typedArray.set = function (this: Uint8Array, source: ArrayLike<number>, offset = 0) {
      copy(step, nameOfWord, buffers, this, source, offset);
    };
    let error: unknown;
    let isIdle = false;
    try {
      model.threads[index]!(context, thread);
      isIdle = true;
      while (thread.read < log.length) {
        const { id, outcome } = log[thread.read++] as { id: number; outcome: string };
        isIdle = false;
        callbacks.get(id)!(outcome);
        isIdle = true;
      }
    } catch (thrown) {
      error = thrown;
    } finally {
      Object.assign(Atomics, REAL);
      typedArray.set = realSet;
      Object.assign(here, saved);
    }
    if (call === null && error !== undefined) throw error;
    return {
      log,
      key: numberOf(`${thread.place}#${thread.notes.join()}#${log.slice(thread.since).map(show).join()}`),
      call,
      isIdle: call === null && isIdle,
      isDead: false,
      inbox: before?.inbox ?? [],
      tasks: thread.tasks,
      notes: thread.notes,
      timeouts: before?.timeouts ?? 0,
      time,
    };
  }

  const answer = (state: State, index: number, value: unknown): void => {
    const thread = state.threads[index]!;
    try {
      state.threads[index] = run(index, [...thread.log, value], thread);
    } catch (error) {
      fail(state, `thread ${index + 1} threw: ${(error as Error)?.stack ?? String(error)}`);
    }
  };

  function notify(state: State, key: string, count: number): number {
    let woken = 0;
    state.sleepers = state.sleepers.filter((sleeper) => {
      if (sleeper.key !== key || woken >= count) return true;
      woken++;
      wake(state, sleeper, "ok");
      return false;
    });
    return woken;
  }

  function wake(state: State, { thread: index, id }: Sleeper, outcome: string): void {
    const thread = state.threads[index]!;
    if (thread.isDead) return;
    if (id < 0) answer(state, index, outcome);
    else state.threads[index] = { ...thread, inbox: [...thread.inbox, { id, outcome }] };
  }

  const child = (parent: State, text: string): State => ({
    memory: parent.memory,
    threads: [...parent.threads],
    sleepers: parent.sleepers,
    deaths: parent.deaths,
    running: parent.running,
    interruptions: parent.interruptions,
    parent,
    text,
  });

  /** All states that one step leads to. */
  function* next(state: State): Generator<State> {
    const canTimeOut = (thread: ThreadState): boolean =>
      thread.timeouts < limit && (model.timeouts !== undefined || state.deaths > 0);
    const runs = state.threads[state.running]?.call != null;
    for (const [index, thread] of state.threads.entries()) {
      if (thread.isDead) continue;
      const interrupts = runs && index !== state.running ? 1 : 0;
      const isTooMany = state.interruptions + interrupts > (model.interruptions ?? Infinity);
      const goOn = (text: string): State => {
        const to = child(state, `${index + 1}: ${text}`);
        if (model.interruptions === undefined) return to;
        to.running = index;
        to.interruptions += interrupts;
        return to;
      };
      if (isTooMany) continue;
      if (thread.call !== null) {
        const to = goOn(thread.call.text);
        words.forEach((array, n) => realSet.call(array as never, state.memory[n]! as never));
        const result = thread.call.apply(to);
        if (result instanceof Sleep) {
          const id = result.isAsync ? thread.log.filter((entry) => entry === "async").length : -1;
          to.sleepers = [...to.sleepers, { thread: index, id, key: result.key, limit: result.limit }];
          to.memory = words.map((array) => array.slice());
          if (result.isAsync) answer(to, index, "async");
          else to.threads[index] = { ...thread, call: null };
        } else {
          to.memory = words.map((array) => array.slice());
          answer(to, index, result);
        }
        yield to;
      } else if (thread.isIdle && thread.inbox.length > 0) {
        const [event, ...inbox] = thread.inbox;
        const to = goOn(`hears that its wait is over (${event!.outcome})`);
        to.threads[index] = { ...thread, inbox };
        answer(to, index, event);
        yield to;
      }
      if (
        model.mortal?.includes(index) &&
        state.deaths < (model.deaths ?? 1) &&
        !(thread.isIdle && thread.tasks === 0)
      ) {
        const to = child(state, `${index + 1}: dies`);
        to.threads[index] = { ...thread, call: null, isIdle: false, isDead: true, inbox: [] };
        to.sleepers = to.sleepers.filter((sleeper) => sleeper.thread !== index);
        to.deaths++;
        yield to;
      }
    }
    for (const sleeper of state.sleepers) {
      const thread = state.threads[sleeper.thread]!;
      if (sleeper.limit === Infinity || !canTimeOut(thread)) continue;
      const to = child(state, `${sleeper.thread + 1}: its wait comes to its limit`);
      to.sleepers = to.sleepers.filter((other) => other !== sleeper);
      to.threads[sleeper.thread] = { ...thread, timeouts: thread.timeouts + 1 };
      wake(to, sleeper, "timed-out");
      yield to;
    }
  }

  function keyOf(state: State): string {
    const threads = state.threads.map(
      ({ key, isDead, inbox, call, timeouts }) =>
        `${key}${isDead ? "†" : call === null ? "." : ""}${inbox.map(show).join("")}${timeouts}`,
    );
    const sleepers = state.sleepers.map(({ thread, id, key }) => `${thread}/${id}/${key}`);
    const before = model.interruptions === undefined ? "" : `${state.running}/${state.interruptions}#`;
    return `${before}${state.memory.map((array) => array.join()).join("|")}#${threads.join("#")}#${sleepers.join()}`;
  }

  function finish(state: State): void {
    const stuck = state.threads.flatMap((thread, index) => {
      if (thread.isDead || (thread.isIdle && thread.tasks === 0)) return [];
      return [`thread ${index + 1} ${thread.isIdle ? "has a task that waits" : "sleeps"} for ever`];
    });
    // Who may sleep until a limit that the model has run out of is not stuck.
    const isSpent = state.threads.some((thread) => !thread.isDead && thread.timeouts > 0 && thread.timeouts >= limit);
    if (stuck.length > 0 && !isSpent) fail(state, stuck.join(", "));
    if (stuck.length > 0) return;
    words.forEach((array, n) => realSet.call(array as never, state.memory[n]! as never));
    try {
      model.check?.(
        context,
        state.threads.map((thread) => (thread.isDead ? null : thread.notes)),
      );
    } catch (error) {
      fail(state, (error as Error).message);
    }
  }

  const start: State = {
    memory: words.map((array) => array.slice()),
    threads: [],
    sleepers: [],
    deaths: 0,
    running: -1,
    interruptions: 0,
    parent: null,
    text: "",
  };
  start.threads = model.threads.map((_, index) => run(index, [], null));
  const seen = new Set([keyOf(start)]);
  const open = [start];
  let ends = 0;
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    let isEnd = true;
    for (const to of next(state)) {
      if (!to.text.endsWith("dies")) isEnd = false;
      const key = keyOf(to);
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size > mostStates) throw new Error(`more than ${mostStates} states`);
      open.push(to);
    }
    if (isEnd) {
      ends++;
      finish(state);
    }
  }
  return { states: seen.size, ends };
}

function fail(state: State, what: string): never {
  const steps: string[] = [];
  for (let at: State | null = state; at !== null; at = at.parent) if (at.text !== "") steps.unshift(at.text);
  throw new ScheduleError(`${what}\nafter these ${steps.length} steps:\n${steps.join("\n")}`);
}

/** Runs `fn` while an object, or the prototype of a class, has a fault. */
export function withFault<O extends object>(object: O, fault: Partial<O>, fn: () => void): void {
  const real = Object.getOwnPropertyDescriptors(object);
  Object.assign(object, fault);
  try {
    fn();
  } finally {
    Object.defineProperties(object, real);
  }
}

/** What an exploration found. */
export class ScheduleError extends Error {}

const show = (value: unknown): string => (typeof value === "object" ? JSON.stringify(value) : String(value));

type StepFunction = (text: string, apply: (state: State) => unknown) => unknown;

/** A copy to or from shared memory, in two halves. */
function copy(
  step: StepFunction,
  nameOfWord: (array: Uint8Array, index: number) => string,
  buffers: readonly ArrayBufferLike[],
  target: Uint8Array,
  source: ArrayLike<number>,
  offset: number,
): void {
  const isShared = (array: unknown): array is Uint8Array =>
    ArrayBuffer.isView(array) && buffers.includes(array.buffer as SharedArrayBuffer);
  if (!isShared(target) && !isShared(source)) return realSet.call(target, source, offset);
  const middle = source.length >> 1;
  for (const [from, to] of [
    [0, middle],
    [middle, source.length],
  ] as const) {
    if (from === to) continue;
    if (isShared(target)) {
      const bytes = Array.from(source).slice(from, to);
      step(`write ${bytes.length} bytes at ${nameOfWord(target, offset + from)}`, () => {
        realSet.call(target, bytes, offset + from);
        return 0;
      });
    } else {
      const shared = source as Uint8Array;
      const bytes = step(`read ${to - from} bytes at ${nameOfWord(shared, from)}`, () =>
        Array.from({ length: to - from }, (_, n) => shared[from + n]!),
      );
      realSet.call(target, bytes as number[], offset + from);
    }
  }
}
