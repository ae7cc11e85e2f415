/**
 * `select`: acts on the first of several futures, and drops the rest.
 */
import { HeddleError, quote } from "../base/errors.js";
import { randomOf } from "../base/random.js";
import { Branch } from "./branch.js";
import { current } from "./current.js";
import { isFuture } from "./definition.js";
import { closeFuture } from "./frame.js";
import { Gather, keepGather } from "./gather.js";
import { PENDING, type Future, type Output, type Poll } from "./poll.js";

/** A branch of {@link select} with a condition: see {@link when} and {@link matching}. */
export class Guarded<T> {
  readonly enabled: boolean;
  readonly future: Future<T>;
  readonly matches: ((value: any) => boolean) | null;
  constructor(enabled: boolean, future: Future<T>, matches: ((value: any) => boolean) | null) {
    this.enabled = enabled;
    this.future = future;
    this.matches = matches;
  }
}

/** A branch of {@link select} that is polled only if `condition` holds now. The future is made either way. */
export function when<T>(condition: boolean, future: Future<T>): Guarded<T> {
  return new Guarded(condition, future, null);
}

/** A branch of {@link select} that wins only with a value that `matches`; with another it is over, and the rest go on. */
export function matching<T>(future: Future<T>, matches: (value: T) => boolean): Guarded<T> {
  if (typeof matches !== "function")
    throw new TypeError(
      `Cannot match values as 'matches' must be a function: received ${quote(matches)}\nhelp: matching(future, (value) => …)`,
    );
  return new Guarded(true, future, matches);
}

type BranchOutput<B> = B extends Guarded<infer T> ? T : Output<B>;

/** What {@link select} gives: the key of the branch that won, and its value. */
export type Selected<B> = { [K in keyof B]: { key: K; value: BranchOutput<B[K]> } }[keyof B];

export interface SelectOptions<E> {
  /** Poll from the first branch down each time. Starvation of the later ones is then yours to prevent. */
  biased?: boolean;
  /** Gives the value when no branch is left to wait for. Without it that is an error. */
  else?: () => E;
}

function futureOf(entry: Future<unknown> | Guarded<unknown>): Future<unknown> {
  return entry instanceof Guarded ? entry.future : entry;
}

class Select<T> extends Gather<T> {
  declare private readonly entries: (Future<unknown> | Guarded<unknown>)[];
  declare private readonly options: SelectOptions<unknown> | undefined;
  declare private readonly keys: string[];
  declare private started: (Branch | null)[] | null;
  declare private left: number;

  constructor(
    branches: Record<string, Future<unknown> | Guarded<unknown>>,
    options: SelectOptions<unknown> | undefined,
  ) {
    const keys = Object.keys(branches);
    const entries = Object.values(branches);
    current.diagnostics.check("select(…)", entries, keys);
    super("select(…)");
    this.entries = entries;
    this.options = options;
    this.keys = keys;
    this.started = null;
    this.left = 0;
  }

  branches(): (Branch | null)[] {
    return this.started ?? [];
  }

  protected closeUnstarted(): void {
    if (this.started !== null) return;
    for (const entry of this.entries) closeFuture(futureOf(entry));
  }

  protected advance(): Poll<T> {
    const branches = (this.started ??= this.start());
    const count = branches.length;
    // Draw anew at each poll, then go round in order: whoever is ready often must not always be looked at first.
    const { services } = current;
    let at = this.options?.biased === true || services === null ? 0 : randomOf(services).below(count || 1);
    for (let i = 0; i < count; i++, at = at + 1 === count ? 0 : at + 1) {
      const branch = branches[at]!;
      if (branch === null || !branch.isWoken) continue;
      const value = branch.poll();
      if (value === PENDING) continue;
      const entry = this.entries[at];
      if (entry instanceof Guarded && entry.matches !== null && !entry.matches(value)) {
        this.left--;
        continue;
      }
      this.finish();
      return { key: this.keys[at], value } as T;
    }
    return this.left === 0 ? this.otherwise() : PENDING;
  }

  private start(): (Branch | null)[] {
    const { entries } = this;
    const branches = new Array<Branch | null>(entries.length);
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i]!;
      if (entry instanceof Guarded && !entry.enabled) {
        closeFuture(entry.future);
        branches[i] = null;
        continue;
      }
      branches[i] = new Branch(this, i, futureOf(entry), "select");
      this.left++;
    }
    return branches;
  }

  private otherwise(): T {
    if (this.options?.else === undefined)
      throw new HeddleError(
        "select.exhausted",
        "Cannot select a branch: all are disabled or over, and there is no else",
        {
          help: "pass { else: () => … }",
        },
      );
    this.finish();
    return { key: "else", value: this.options.else() } as T;
  }
}

/**
 * Waits for several futures, acts on the first that is ready, and drops the others before you see its value.
 *
 * The branches are polled in turn, beginning with one drawn at random at each poll, so that none is starved. An error of a
 * branch fails the select. Handles and {@link pin}ned futures survive losing; everything else is dropped.
 *
 * **Cancel safety**: dropping it drops all of the branches. In a loop, what a branch had begun is lost with each round that it loses, unless
 * that branch is cancel safe or pinned.
 *
 * @param branches futures by name; {@link when} and {@link matching} add conditions
 * @returns `{ key, value }` of the branch that won; narrow on `key`
 * @throws HeddleError `select.exhausted` if no branch is left and there is no `else`
 *
 * @example
 * ```ts
 * import { async, ready, run, select, sleep } from "heddle";
 *
 * const first = async(function* () {
 *   const won = yield* select({ answer: ready(42), late: sleep(1_000) });
 *   return won.key === "answer" ? won.value : "too late";
 * });
 * console.log(await run(first()));
 * // prints: 42
 * ```
 */
export function select<const B extends Record<string, Future<any> | Guarded<any>>, E = never>(
  branches: B,
  options?: SelectOptions<E>,
): Future<Selected<B> | ([E] extends [never] ? never : { key: "else"; value: E })> {
  if (typeof branches !== "object" || branches === null || isFuture(branches))
    throw new TypeError(
      `Cannot select as 'branches' must be an object of futures: received ${quote(branches)}\nhelp: select({ name: future, … })`,
    );
  return new Select(branches, options);
}

keepGather(new Select({}, undefined));
