/**
 * Task-local values: visible while a future is polled, and while it is unwound; or while a function runs.
 *
 * Those of futures lie with the stack that is polled. A function has no stack of its own, so its values lie here while it runs, in front of those of
 * the stack that it was called on. What it polls by hand has another stack, and does not see them.
 */
import { advised, HeddleError, quote } from "../base/errors.js";
import { type Branch } from "../future/branch.js";
import { type ActiveStack, current, type Locals } from "../future/current.js";
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
  /**
   * Calls `fn` with the value: it is there until `fn` returns. Outside of tasks too.
   *
   * What `fn` spawns, or polls by hand, does not see it, and neither does a future that it returns: that is what {@link scope} is for.
   *
   * @returns what `fn` returns
   * @throws what `fn` throws
   * @throws TypeError if `fn` is not a function, or one that would only run when it is awaited
   */
  syncScope<R>(value: T, fn: () => R): R;
  /** @throws HeddleError `task-local.unset` outside of any `scope` */
  get(): T;
  /** The value; undefined outside of any `scope`. */
  tryGet(): T | undefined;
}

/** The values of the function that runs, on the stack that it was called on. */
interface Inner {
  readonly locals: Locals;
  readonly stack: ActiveStack | null;
}

let inner: Inner | null = null;

function localsNow(): Locals | null {
  const { stack } = current;
  if (inner !== null && inner.stack === stack) return inner.locals;
  return stack === null ? null : stack.locals;
}

class Key<T> implements TaskLocal<T> {
  scope<U>(value: T, future: Future<U>): Future<U> {
    return new Scoped(this, value, future);
  }

  syncScope<R>(value: T, fn: () => R): R {
    if (typeof fn !== "function" || fn.constructor?.name === "GeneratorFunction")
      throw new TypeError(
        advised(`Cannot set a task-local value as 'fn' must be a plain function: received ${quote(fn)}`, "task-local"),
      );
    const outer = inner;
    inner = { locals: { key: this, value, outer: localsNow() }, stack: current.stack };
    try {
      return fn();
    } finally {
      inner = outer;
    }
  }

  get(): T {
    const found = find(this);
    if (found !== null) return found.value as T;
    throw new HeddleError("task-local.unset", "Cannot get a task-local value: no scope around this call has set it", {
      help: "run the future with local.scope(value, future), or the function with local.syncScope(value, fn)",
    });
  }

  tryGet(): T | undefined {
    return find(this)?.value as T | undefined;
  }
}

function find(key: object): Locals | null {
  let at = localsNow();
  while (at !== null && at.key !== key) at = at.outer;
  return at;
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
 * console.log(user.syncScope("alan", () => `goodbye ${user.get()}`));
 * // prints: hello ada
 * // prints: goodbye alan
 * ```
 */
export function taskLocal<T>(): TaskLocal<T> {
  return new Key<T>();
}
