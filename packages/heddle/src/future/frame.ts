/**
 * Frame: one call of an async function. It is the future that the call returns, the iterator of that future, and a link of
 * the stack of suspended calls that a driver resumes from the inside.
 *
 *     next()  ──first──►  runs inline  ──finished──► its result, no driver involved
 *                              │
 *                          suspended ──► links itself onto the stack, innermost first, on the way out
 *     driver ──resumes the innermost──► finished ──► keeps the outcome, parent.next() ──► next() hands it over
 *
 * | state     | meaning                                   | next()                 | left by                  |
 * | --------- | ----------------------------------------- | ---------------------- | ------------------------ |
 * | NEW       | nothing has run                           | starts                 | next, begin, close       |
 * | WATCHED   | NEW, and old enough to be under suspicion | starts                 | next, begin, close       |
 * | CLAIMED   | nothing has run; a driver will start it   | error: two awaiters    | begin, close             |
 * | RUNNING   | its first run is on the native stack      | error: awaits itself   | first suspension or end  |
 * | WAITING   | on a stack; the driver runs it            | error: two awaiters    | driver                   |
 * | CANCELLED | as WAITING; to be unwound, not resumed    | error: two awaiters    | driver                   |
 * | UNWINDING | cancelled; its `finally` is awaiting      | error: two awaiters    | driver                   |
 * | RETURNED  | ended with a value not yet handed over    | the value, then DONE   | next                     |
 * | THREW     | ended with an error not yet handed over   | throws it, then DONE   | next                     |
 * | DONE      | over                                      | error: already over    |                          |
 */
import { current as $current, type Suspended } from "./current.js";
import type { AsyncGenerator, Definition } from "./definition.js";
import { answerSlowly } from "./inspect.js";
import { READY, SUSPENDED, SUSPENSION, type Future, type Pending } from "./poll.js";
import type { Unpolled } from "./diagnostics.js";

// Folded, where imports are loaded: see docs/design/0023-imports-are-loads.md.
const current = $current;

export type { AsyncGenerator, Definition };

/** The states of a call. Who compares them has them as numbers of its own, which this type checks: an import would be loaded at each use. */
export interface CallStates {
  readonly NEW: 0;
  readonly WATCHED: 1;
  readonly CLAIMED: 2;
  readonly RUNNING: 3;
  readonly WAITING: 4;
  readonly CANCELLED: 5;
  readonly UNWINDING: 6;
  readonly RETURNED: 7;
  readonly THREW: 8;
  readonly DONE: 9;
}

const NEW: CallStates["NEW"] = 0;
const WATCHED: CallStates["WATCHED"] = 1;
const CLAIMED: CallStates["CLAIMED"] = 2;
const RUNNING: CallStates["RUNNING"] = 3;
const WAITING: CallStates["WAITING"] = 4;
const RETURNED: CallStates["RETURNED"] = 7;
const THREW: CallStates["THREW"] = 8;
const DONE: CallStates["DONE"] = 9;

// Native recursion of generators overflows the stack below 20,000 levels; past this many the driver starts the call.
const INLINE_LEVELS = 128;

// Do not suspend a deep call the moment the budget is spent: all calls around it would have to be linked, and resumed one by
// one, for each 128 calls (half again the time at 100 levels). At each level a call may overdraw a little; the next shallow one pays.
const GRACE = 4;

/** In place of the first argument: there are none. */
export const NO_ARGUMENTS: unique symbol = Symbol("heddle.no-arguments");

/** More arguments than one. */
export class Several {
  readonly list: unknown[];
  constructor(list: unknown[]) {
    this.list = list;
  }
}

// Each generator function gives its generators a shape of their own, so that to look up their `next` is slow where a program has more than
// four (a resumption: 86 ns, and 63 without). An async function is made of a true generator function: `async` sees to that.
const nextOf: () => IteratorResult<Pending, any> = Object.getPrototypeOf(function* () {}).prototype.next;

/** One call of an async function. */
export class Frame<T> implements Future<T>, Suspended, Unpolled {
  /** @internal Written here, by `stack.ts` when it drives, and by `unpolled.ts` (NEW to WATCHED). */
  declare state: number;
  /** @internal Null for a plain generator. */
  declare readonly definition: Definition | null;
  /** @internal `this` of the call until it starts, then the outcome. */
  declare slot: any;
  /** @internal The generator; before the start of a function's call its arguments: one by itself, which saves an array, or `Several`. */
  declare generator: any;
  /** @internal The call that awaits this one, once both are suspended. */
  declare parent: Frame<any> | null;

  // As `Stack` does.
  constructor(definition: Definition | null, receiver: unknown, generator: unknown) {
    this.state = NEW;
    this.parent = null;
    this.definition = definition;
    this.slot = receiver;
    this.generator = generator;
  }

  [Symbol.iterator](): Iterator<Pending, T, any> {
    return this as unknown as Iterator<Pending, T, any>;
  }

  /** @internal */
  next(): IteratorResult<Pending, T> {
    if (this.state <= WATCHED) return runInline(this);
    if (this.state === RETURNED) {
      this.state = DONE;
      READY.value = this.slot;
      this.slot = undefined;
      return READY;
    }
    return answerRarely(this);
  }

  /** @internal Creates the generator and runs it up to its first suspension. */
  begin(): IteratorResult<Pending, T> {
    if (this.state === WATCHED) current.diagnostics.unwatch(this);
    this.state = RUNNING;
    const { definition } = this;
    if (definition !== null) {
      const { fn } = definition;
      const { slot: receiver, generator: args } = this;
      if (args instanceof Several) this.generator = fn.apply(receiver, args.list);
      else this.generator = args === NO_ARGUMENTS ? fn.call(receiver) : fn.call(receiver, args);
      this.slot = undefined;
    }
    return this.proceed();
  }

  /** @internal Runs the generator up to its next suspension, or its end. */
  proceed(): IteratorResult<Pending, T> {
    const { generator } = this;
    return settle(this.definition === null ? generator.next() : nextOf.call(generator), this);
  }

  /** @internal Puts this call on the stack that is being driven, outside of those put there since the driver was in control. */
  link(): void {
    if (current.last === null) current.stack!.top = this;
    else current.last.parent = this;
    current.last = this;
  }

  /** @internal The awaiting call is being unwound; the driver has unwound this one before. */
  return(): IteratorResult<Pending, T> {
    this.state = DONE;
    READY.value = undefined;
    return READY;
  }

  /** @internal Ends a call that never started. Nothing has run and nothing will. */
  close(): void {
    if (this.state === WATCHED) current.diagnostics.unwatch(this);
    this.state = DONE;
    if (this.definition === null) (this.generator as Partial<Unpolled>).closeUnpolled?.();
    this.slot = this.generator = undefined;
  }

  /** @internal Whether nothing has run yet. */
  get isStartable(): boolean {
    return this.state <= CLAIMED;
  }

  /** @internal For `unpolled.ts`. */
  isUnpolled(): boolean {
    return this.state === NEW;
  }

  /** @internal For `unpolled.ts`. */
  watched(): void {
    this.state = WATCHED;
  }

  /** @internal For `unpolled.ts`. */
  get film(): Definition | undefined {
    return this.definition ?? undefined;
  }

  /** @internal A task or a branch takes the call: it is theirs to start. */
  claim(): void {
    if (this.state > WATCHED) throw current.diagnostics.misuse(this);
    if (this.state === WATCHED) current.diagnostics.unwatch(this);
    this.state = CLAIMED;
  }

  /** @internal What the call is called in messages: its function's name, else where it was made. */
  get label(): string {
    const { definition } = this;
    if (definition === null) return "the generator";
    return definition.name === ""
      ? `the function at ${current.diagnostics.siteOf(definition.site)}`
      : `${definition.name}()`;
  }
}

/** The first run of a call, on the native stack of the call that awaits it. */
function runInline<T>(frame: Frame<T>): IteratorResult<Pending, T> {
  const { depth } = current;
  if (--current.budget < -depth * GRACE || depth >= INLINE_LEVELS) {
    if (current.budget < 0) answerSlowly(frame);
    if (frame.state === WATCHED) current.diagnostics.unwatch(frame);
    frame.state = CLAIMED;
    frame.link();
    return SUSPENDED;
  }
  current.depth = depth + 1;
  let result;
  try {
    result = frame.begin();
  } catch (error) {
    current.depth = depth;
    frame.state = DONE;
    current.diagnostics.traceNative(error, current.stack!, 1);
    throw error;
  }
  current.depth = depth;
  if (result.done === true) {
    frame.state = DONE;
    return result;
  }
  frame.state = WAITING;
  frame.link();
  return SUSPENDED;
}

function answerRarely<T>(frame: Frame<T>): IteratorResult<Pending, T> {
  if (frame.state === THREW) {
    const error = frame.slot;
    frame.slot = undefined;
    frame.state = DONE;
    throw error;
  }
  if (current.inspection !== null) return current.inspection.answer(frame) as IteratorResult<Pending, T>;
  throw current.diagnostics.misuse(frame);
}

/**
 * Makes sure that a generator's answer is an end or a true suspension. Anything else is a bare `yield`, which is answered
 * with an error thrown at that very place.
 */
export function settle<T>(result: IteratorResult<Pending, T>, frame: Frame<T>): IteratorResult<Pending, T> {
  while (result !== SUSPENDED && result.done !== true) {
    // HOST: JavaScriptCore answers with an object of its own at each `yield*`, and keeps only what is in it.
    if (result.value === SUSPENSION) return SUSPENDED;
    result = frame.generator!.throw!(current.diagnostics.bareYield(result.value, frame));
  }
  return result;
}

/** What a function is called: by its name, else by its file and line. */
export function nameOf(definition: Definition): string {
  return (
    definition.name ||
    (definition.place ??= current.diagnostics.siteOf(definition.site).replace(/^.*[/\\(](.*):\d+\)?$/, "$1") || "task")
  );
}

/** Makes the future of one call. */
export function call<T>(definition: Definition, receiver: unknown, args: unknown): Frame<T> {
  const frame = new Frame<T>(definition, receiver, args);
  if (current.warnings !== null) current.diagnostics.born(frame, definition);
  return frame;
}

/**
 * Takes a future for a stack to drive: the frame that it is, or one made for it.
 *
 * @param verb for the message if it is none: `join`
 */
export function claimed<T>(future: Future<T>, verb: string): Frame<T> {
  let frame;
  if (future instanceof Frame) frame = future;
  else {
    const iterator = (future as Partial<Future<T>> | null | undefined)?.[Symbol.iterator]?.();
    // What can be unwound has `return`; the iterators of arrays, strings, maps and sets have not.
    if (typeof iterator?.return !== "function") throw current.diagnostics.notAFuture(verb, future);
    frame = new Frame<T>(null, undefined, iterator);
    current.diagnostics.doubt(frame);
  }
  frame.claim();
  return frame;
}

/** Closes a future that will never be polled, and says that this is no mistake. */
export function closeFuture(future: unknown): void {
  if (future instanceof Frame) {
    if (future.isStartable) future.close();
  } else (future as Partial<Unpolled> | null | undefined)?.closeUnpolled?.();
}
