/**
 * Engine: runs a plan on one thread, claim after claim. The same for all threads, the calling one included.
 */
import { hostNow } from "../../base/clock.js";
import { Claims, isExhausted, type Sharing, stop } from "./control.js";
import { isDecidedEarly, type Plan, type Stage, unknownKind, wantsFirst } from "./plan.js";
import { type Callee, type Reader, readerOf } from "./reader.js";
import { fresh, type Part, remainderOf, type Run, type Sink, sinkOf } from "./sinks.js";

/** What one thread has come to. Can be sent. */
export interface Yield {
  readonly parts: Part[];
  readonly run: Run | null;
  /** How many items it has done, and how long they took, in milliseconds. */
  readonly items: number;
  readonly time: number;
}

/** Items are pushed in; what they come to is pushed on. */
interface Chain {
  push(item: any): void;
  /** Pushes on what was kept. */
  flush(): void;
}

export class Engine<F> {
  readonly #plan: Plan<F>;
  readonly #use: (fn: F) => Callee;
  readonly #sharing: Sharing;
  readonly #claims: Claims;
  readonly #at: Reader;
  readonly #sink: Sink;
  readonly #parts: Part[] = [];
  /** The stages for the part that is being made; null if there are none, or no part. */
  #chain: Chain | null = null;
  /** Where the part began that is being made, and where the next item of it would be; -1 if none is. */
  #from = -1;
  #to = -1;

  constructor(plan: Plan<F>, sharing: Sharing, use: (fn: F) => Callee) {
    this.#plan = plan;
    this.#use = use;
    this.#sharing = sharing;
    this.#claims = new Claims(sharing);
    this.#at = readerOf(plan.of, use);
    this.#sink = sinkOf(plan.end, use);
  }

  /** The item that is worked on, or was when an error came. */
  get index(): number {
    return this.#sink.index;
  }

  /** Works until nothing is left, or for so many milliseconds, if no item takes longer. False if something is left. */
  work(milliseconds = Infinity): boolean {
    const claims = this.#claims;
    const until = hostNow() + milliseconds;
    while (claims.next(milliseconds === Infinity ? undefined : milliseconds / 4)) {
      if (claims.from !== this.#to) {
        this.#close();
        this.#open(claims.from);
      }
      this.#run(claims.from, claims.to);
      this.#to = claims.to;
      claims.done();
      if (this.#sink.isDecided) {
        this.#decided();
        return true;
      }
      if (hostNow() > until) return isExhausted(this.#sharing);
    }
    return true;
  }

  #decided(): void {
    if (!isDecidedEarly(this.#plan.end)) return;
    if (wantsFirst(this.#plan.end)) this.#claims.found();
    else stop(this.#sharing);
  }

  #open(from: number): void {
    this.#from = from;
    this.#sink.begin();
    this.#chain = this.#plan.stages.length === 0 ? null : chainOf(this.#plan.stages, this.#sink, this.#use);
  }

  #run(from: number, to: number): void {
    const chain = this.#chain;
    const at = this.#at;
    const sink = this.#sink;
    if (chain === null) return sink.addAll(at, from, to);
    for (let i = from; i < to && !sink.isDecided; i++) {
      sink.index = i;
      chain.push(at(i));
    }
  }

  #close(): void {
    if (this.#from < 0) return;
    this.#chain?.flush();
    const value = this.#sink.end();
    if (value !== undefined) this.#parts.push({ from: this.#from, value });
    this.#from = this.#to = -1;
  }

  /** What came of it. To be called once, when it works no more. */
  yield(): Yield {
    this.#close();
    const { items, time } = this.#claims;
    return { parts: this.#parts, run: remainderOf(this.#sink, this.#plan.end, this.#use), items, time };
  }
}

function chainOf<F>(stages: readonly Stage<F>[], sink: Sink, use: (fn: F) => Callee): Chain {
  let chain: Chain = { push: (item) => sink.add(item), flush() {} };
  for (const stage of [...stages].reverse()) chain = link(stage, chain, use);
  return chain;
}

function link<F>(stage: Stage<F>, next: Chain, use: (fn: F) => Callee): Chain {
  const fn = use(stage.fn);
  const flush = (): void => next.flush();
  switch (stage.kind) {
    case "map":
      return { push: (item) => next.push(fn(item)), flush };
    case "filter":
      return {
        push(item) {
          if (fn(item)) next.push(item);
        },
        flush,
      };
    case "flatMap":
      return {
        push(item) {
          for (const each of fn(item)) next.push(each);
        },
        flush,
      };
    case "fold": {
      let result = fresh(stage.initial);
      return {
        push(item) {
          result = fn(result, item);
        },
        flush() {
          next.push(result);
          next.flush();
        },
      };
    }
    default:
      throw unknownKind(stage);
  }
}
