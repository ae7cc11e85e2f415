/**
 * Task-local values: visible while a future is polled, and while it is unwound.
 */
import { HeddleError } from "../base/errors.js";
import { type Branch } from "../future/branch.js";
import { current } from "../future/current.js";
import { GatherOne } from "../future/gather-one.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";

class Scoped<T> extends GatherOne<T> {
  readonly #key: object;
  readonly #value: unknown;
  #isSet = false;

  constructor(key: object, value: unknown, future: Future<T>) {
    super("taskLocal.scope(…)", future);
    this.#key = key;
    this.#value = value;
  }

  protected override branch(): Branch {
    const branch = super.branch();
    if (!this.#isSet) branch.locals = { key: this.#key, value: this.#value, outer: branch.locals };
    this.#isSet = true;
    return branch;
  }

  protected advance(): Poll<T> {
    const value = this.pollInner();
    if (value !== PENDING) this.finish();
    return value;
  }
}

/** A value that belongs to a future and everything it awaits. Spawned tasks do not inherit it. */
export interface TaskLocal<T> {
  /** Runs `future` with the value. */
  scope<U>(value: T, future: Future<U>): Future<U>;
  /** @throws HeddleError `task-local.unset` outside of any `scope` */
  get(): T;
  /** The value; undefined outside of any `scope`. */
  tryGet(): T | undefined;
}

class Key<T> implements TaskLocal<T> {
  scope<U>(value: T, future: Future<U>): Future<U> {
    return new Scoped(this, value, future);
  }

  get(): T {
    for (let at = current.stack?.locals ?? null; at !== null; at = at.outer) if (at.key === this) return at.value as T;
    throw new HeddleError("task-local.unset", "Cannot get a task-local value: no scope around this call has set it", {
      help: "run the future with local.scope(value, future)",
    });
  }

  tryGet(): T | undefined {
    for (let at = current.stack?.locals ?? null; at !== null; at = at.outer) if (at.key === this) return at.value as T;
    return undefined;
  }
}

/**
 * Makes a key for a task-local value.
 *
 * @example
 * ```ts
 * import { async, run, taskLocal } from "heddle";
 *
 * const user = taskLocal<string>();
 * const greet = async(function* () {
 *   return `hello ${user.get()}`;
 * });
 * console.log(await run(user.scope("ada", greet())));
 * // prints: hello ada
 * ```
 */
export function taskLocal<T>(): TaskLocal<T> {
  return new Key<T>();
}
