/**
 * Job: one request to the host's file system, as a future. It is begun at the first poll, and cannot be called off.
 *
 * | state     | poll                | settled            | drop                               |
 * | --------- | ------------------- | ------------------ | ---------------------------------- |
 * | NEW       | begins: BEGUN       |                    | OVER: nothing was done             |
 * | WATCHED   | the same            |                    | the same                           |
 * | BEGUN     | pending             | DONE, FAILED; wake | OVER: it goes on, its result goes  |
 * | DONE      | OVER: the value     |                    | OVER: its result goes              |
 * | FAILED    | OVER: throws        |                    | OVER                               |
 * | OVER      | future.completed    | its result goes    |                                    |
 *
 * WATCHED is NEW for so long that it is under suspicion: `removeFile(path)` without `yield*` removes nothing, and is reported.
 */
import { HeddleError } from "../base/errors.js";
import type { Context } from "../future/context.js";
import { current } from "../future/current.js";
import type { Film, Unpolled } from "../future/diagnostics.js";
import { Leaf } from "../future/leaf.js";
import { Outside } from "../future/outside.js";
import { PENDING, type Poll } from "../future/poll.js";
import { type Deed, failed } from "./failures.js";

const NEW = 0;
const WATCHED = 1;
const BEGUN = 2;
const DONE = 3;
const FAILED = 4;
const OVER = 5;

const film: Film = { photos: 64 };

export interface JobOptions<T> {
  /** What becomes of a result that nobody takes: an open file is closed. */
  discard?(value: T): void;
  /** Asks the host to stop halfway. It is told when somebody drops the wait. */
  stop?(): void;
}

/** A request to the host. */
export class Job<T> extends Leaf<T> implements Unpolled {
  readonly label: string;
  readonly #deed: Deed;
  readonly #begin: () => Promise<T>;
  readonly #options: JobOptions<T> | undefined;
  #state = NEW;
  #outcome: unknown;
  readonly #outside = new Outside();

  /** @param begin makes the request. Called once, at the first poll */
  constructor(label: string, deed: Deed, begin: () => Promise<T>, options?: JobOptions<T>) {
    super();
    this.label = label;
    this.#deed = deed;
    this.#begin = begin;
    this.#options = options;
    if (current.warnings !== null) current.diagnostics.born(this, film);
  }

  poll(cx: Context): Poll<T> {
    const state = this.#state;
    if (state <= BEGUN) {
      this.#outside.wait(cx.waker);
      if (state < BEGUN) this.#start(state);
      return PENDING;
    }
    const outcome = this.#outcome;
    this.#outcome = undefined;
    this.#state = OVER;
    if (state === DONE) return outcome as T;
    // An error made here, not where the host called back: its stack has the calls that await.
    if (state === FAILED) throw outcome instanceof HeddleError ? outcome : failed(this.#deed, outcome);
    throw new HeddleError("future.completed", `Cannot await the future of ${this.label} again: it is over`, {
      help: "call it again for a new one",
    });
  }

  #start(state: number): void {
    if (state === WATCHED) current.diagnostics.unwatch(this);
    this.#state = BEGUN;
    this.#begin().then(
      (value) => {
        if (this.#state === BEGUN) this.#settle(DONE, value);
        else this.#options?.discard?.(value);
      },
      (error) => {
        if (this.#state === BEGUN) this.#settle(FAILED, error);
      },
    );
  }

  #settle(state: number, outcome: unknown): void {
    this.#state = state;
    this.#outcome = outcome;
    this.#outside.wake();
  }

  override drop(): void {
    const state = this.#state;
    const outcome = this.#outcome;
    if (state === WATCHED) current.diagnostics.unwatch(this);
    this.#state = OVER;
    this.#outcome = undefined;
    this.#outside.leave();
    if (state === BEGUN) this.#options?.stop?.();
    if (state === DONE) this.#options?.discard?.(outcome as T);
  }

  /** @internal */
  get film(): Film {
    return film;
  }

  /** @internal */
  isUnpolled(): boolean {
    return this.#state <= WATCHED;
  }

  /** @internal */
  watched(): void {
    this.#state = WATCHED;
  }

  /** @internal A combinator ended before it came to this one: that is no mistake. */
  closeUnpolled(): void {
    if (this.#state <= WATCHED) this.drop();
  }
}
