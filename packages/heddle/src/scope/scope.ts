/**
 * `scope`: a block that owns the tasks spawned in it.
 *
 *     body ──ends──────────► wait for the children ──► deferred cleanups ──► the body's value
 *       │                        │
 *       └──fails, or a child ────┴──► abort the rest, wait for it ──► deferred cleanups ──► the first failure
 *       └──is dropped ──────────────► the same, as a cleanup of whoever dropped it
 *
 * The tasks are kept by `children.ts`, what is deferred by `deferred.ts`. Here is only the order of things.
 */
import { quote } from "../base/errors.js";
import { Alarm } from "../future/alarm.js";
import { async } from "../future/async.js";
import { Context } from "../future/context.js";
import { servicesFor } from "../future/current.js";
import { type Future, PENDING } from "../future/poll.js";
import { raceOf } from "../future/race.js";
import { shielded } from "../future/shielded.js";
import type { Engine, SpawnOptions } from "../runtime/engine.js";
import type { JoinHandle } from "../task/join-handle.js";
import { BODY, Children, CLEANUP, Idle, ITSELF, Trouble } from "./children.js";
import { type Cleanup, owned, ownedCall, runCleanups } from "./deferred.js";
import { Limit, type TimeLimit } from "./limit.js";

export interface ScopeOptions extends TimeLimit {
  /** Shown in messages and dumps. The name of the body's function by default. */
  name?: string | undefined;
}

/** What the body of a scope is given. */
export interface Scope {
  /** How many of its tasks are not over. */
  readonly size: number;
  /**
   * Starts a child: a task that is over before the scope is. Its failure stops the scope, unless somebody is waiting for it
   * just then: it is theirs.
   *
   * A child may spawn others; so may the host's callbacks, on the runtime of the scope. Once the scope stops, what is spawned is aborted before
   * anything of it runs.
   *
   * @returns a handle to wait for the child, or abort it. An aborted child is no failure
   * @throws ClosedError `scope.over` after the end
   */
  spawn<T>(future: Future<T>, options?: SpawnOptions): JoinHandle<T>;
  /**
   * Keeps a cleanup for the end, however that comes: a future, or a function that gives one or does it all at once. Cleanups run one after the
   * other, the last deferred first, when the body and the children are over. They are not dropped, whatever becomes of the scope.
   *
   * @throws ClosedError `scope.over` after the end
   */
  defer(cleanup: Future<unknown> | (() => unknown)): void;
  /** Drops the body and aborts the children; the scope then throws AbortedError with `cause` = `reason`. After the first call or failure it does nothing. */
  abort(reason?: unknown): void;
}

class OpenScope<T> implements Scope {
  readonly children: Children;
  readonly deferred: Cleanup[] = [];
  readonly #limit: Limit | null;
  #alarm: Alarm | null = null;
  value: T | undefined;

  constructor(children: Children, limit: Limit | null) {
    this.children = children;
    this.#limit = limit;
    children.isLimited = limit !== null;
  }

  get size(): number {
    return this.children.size;
  }

  spawn<U>(future: Future<U>, options?: SpawnOptions): JoinHandle<U> {
    return this.children.spawn(future, options);
  }

  defer(cleanup: Cleanup): void {
    this.children.check("defer a cleanup");
    if (typeof cleanup !== "function") owned(cleanup, "defer a cleanup as it must be a future or a function");
    this.deferred.push(cleanup);
  }

  abort(reason?: unknown): void {
    this.children.abort(reason);
  }

  /** Sets the time limit, if there is one and it was not set before. */
  setLimit(): void {
    if (this.#limit === null || this.#alarm !== null) return;
    const { children } = this;
    const length = this.#limit.lengthFrom(servicesFor("open a scope").clock.now());
    if (length === Infinity) return;
    const stop = (): void => children.fail(this.#limit!.error(children.label, length), ITSELF);
    this.#alarm = new Alarm(length);
    if (this.#alarm.poll(new Context({ wake: stop })) !== PENDING) stop();
  }

  clearLimit(): void {
    this.#alarm?.cancel();
  }
}

const runBody = async(function* scopeBody<T>(open: OpenScope<T>, body: Body<T>) {
  const { children } = open;
  let isDone = false;
  children.bodyBegins();
  try {
    open.value = yield* ownedCall(body, open, "open a scope as its body must give a future");
    isDone = true;
  } catch (error) {
    isDone = true;
    children.fail(error, BODY);
  } finally {
    children.bodyEnded(isDone);
  }
});

const endScope = async(function* scopeEnd<T>({ children, deferred }: OpenScope<T>) {
  const failed = (error: unknown): void => children.fail(error, CLEANUP);
  try {
    // A cleanup may spawn a child, and a child defer a cleanup.
    while (deferred.length > 0 || !children.isIdle) {
      yield* new Idle(children);
      yield* runCleanups(deferred, failed);
    }
  } finally {
    // Not idle: it is being ended by force. Children first, even so.
    children.endByForce();
    if (deferred.length > 0) yield* runCleanups(deferred, failed);
  }
});

const runScope = async(function* scope<T>(body: Body<T>, limit: Limit | null, name: string | undefined) {
  const open = new OpenScope<T>(new Children(servicesFor("open a scope") as Engine, name), limit);
  const { children, deferred } = open;
  const setLimit = (): void => open.setLimit();
  let isDropped = true;
  try {
    // The body first: one that is ready at once needs no time.
    yield* raceOf([runBody(open, body), new Trouble(children, setLimit)]);
    if (!children.isIdle) {
      setLimit();
      yield* new Idle(children);
    }
    isDropped = false;
  } finally {
    open.clearLimit();
    if (isDropped) children.dropped();
    try {
      if (deferred.length > 0 || !children.isIdle) yield* shielded(endScope(open));
    } finally {
      children.close();
      children.throwFailure();
    }
  }
  children.throwAbort();
  return open.value as T;
});

type Body<T> = (scope: Scope) => Future<T>;

/**
 * Runs `body`, and with it the tasks that it spawns in the scope. They are all over before the scope is.
 *
 * - The first failure, of the body or of a child, stops the scope: the body is dropped, the other children are aborted. When they are over the
 *   scope throws that error; those that came later are on its `suppressed`, in the order in which the children were spawned.
 * - A child that somebody is waiting for when it fails throws there. Whoever catches it has dealt with it, and the scope goes on.
 * - Dropping the scope drops the body and aborts the children; the task is not over before they are.
 *
 * **Cancel safety**: dropping it ends all that runs in it, and then runs what was deferred.
 *
 * @param body a generator function, or any function that gives a future
 * @param options.timeout the time for all of it: it then fails with ElapsedError, after the children have ended. `timeout(scope(…), …)` fails on
 * time, and has them end behind it
 * @throws the first failure
 * @throws ElapsedError when `timeout` or `deadline` is over
 * @throws AbortedError after `abort()`, unless a cleanup failed
 * @throws TypeError if `body` is not a function
 *
 * @example Fetch two things at once; if one fails, the other is dropped
 * ```ts
 * import { async, run, scope, sleep } from "heddle";
 *
 * const load = async(function* (what: string, milliseconds: number) {
 *   yield* sleep(milliseconds);
 *   return `the ${what}`;
 * });
 * const page = scope(function* (s) {
 *   const user = s.spawn(load("user", 5));
 *   const news = s.spawn(load("news", 10));
 *   s.spawn(load("advertisements", 20)); // not waited for here, but the scope is not over before it
 *   return [yield* user, yield* news];
 * });
 * console.log(await run(page));
 * // prints: [ 'the user', 'the news' ]
 * ```
 */
export function scope<T>(body: (scope: Scope) => Future<T>, options: ScopeOptions = {}): Future<T> {
  if (typeof body !== "function")
    throw new TypeError(
      `Cannot open a scope as 'body' must be a function: received ${quote(body)}\nhelp: write scope(function* (s) { … })`,
    );
  if (typeof options !== "object" || options === null)
    throw new TypeError(`Cannot open a scope as 'options' must be an object: received ${quote(options)}`);
  const { name = body.name || undefined } = options;
  if (name !== undefined && typeof name !== "string")
    throw new TypeError(`Cannot open a scope as 'name' must be a string: received ${quote(name)}`);
  const isLimited = options.timeout !== undefined || options.deadline !== undefined;
  return runScope(body, isLimited ? new Limit(options, "open a scope") : null, name);
}
