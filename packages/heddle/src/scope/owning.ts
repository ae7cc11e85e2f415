/**
 * `owning`: a future that owns what it works with, from before it begins.
 *
 *     ends, fails, is dropped ──► its own cleanups ──► what it owns is released, the last first
 *     dropped before its first poll ─────────────────► what it owns is released, the last first
 *
 * A `finally` cannot do the second: what never began has nothing to leave.
 */
import { quote, suppress } from "../base/errors.js";
import { async } from "../future/async.js";
import { Branch } from "../future/branch.js";
import { currentRoot } from "../future/current.js";
import { fromPromise } from "../future/from-promise.js";
import { GatherOne } from "../future/gather-one.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { shielded } from "../future/shielded.js";
import { currentRuntime, defaultRuntime } from "../runtime/run.js";
import { owned } from "./deferred.js";

/** What can be owned: a socket, a file, a permit, the handle of a task. */
export type Owned = Disposable | AsyncDisposable;

class Owning<T> extends GatherOne<T> {
  /** Emptied as they are released. */
  readonly #resources: Owned[];

  constructor(resources: Owned[], future: Future<T>) {
    super("owning(…)", future);
    this.#resources = resources;
  }

  protected override branch(): Branch {
    return (this.only ??= new Branch(this, 0, holding(this.#resources, this.inner), "own resources"));
  }

  protected advance(): Poll<T> {
    const value = this.pollInner();
    if (value !== PENDING) this.finish();
    return value;
  }

  /** Nobody has polled it, and nobody will. */
  protected override closeUnstarted(): void {
    if (this.only !== null) return;
    super.closeUnstarted();
    releaseNow(this.#resources);
  }
}

/** The future, and what comes after it. */
const holding = async(function* <T>(resources: Owned[], future: Future<T>) {
  const own: unknown[] = [];
  try {
    return yield* future;
  } catch (error) {
    own.push(error);
    throw error;
  } finally {
    yield* shielded(releaseAfter(own, resources));
  }
}) as <T>(resources: Owned[], future: Future<T>) => Future<T>;

/** Releases, and throws what that failed with, attached to what the future failed with, if it did. */
const releaseAfter = async(function* (own: readonly unknown[], resources: Owned[]) {
  const errors: unknown[] = [];
  yield* release(resources, (error) => errors.push(error));
  if (errors.length > 0) throw [...own, ...errors].reduce(suppress);
});

/** Releases the last, then the one before, and so on: one that fails, or is ended by force, does not keep the others from it. */
const release: (resources: Owned[], failed: (error: unknown) => void) => Future<void> = async(function* (
  resources: Owned[],
  failed: (error: unknown) => void,
) {
  try {
    for (let resource = resources.pop(); resource !== undefined; resource = resources.pop()) {
      try {
        const released: PromiseLike<unknown> | null = releaseOne(resource);
        if (released !== null) yield* fromPromise(released);
      } catch (error) {
        failed(error);
      }
    }
  } finally {
    if (resources.length > 0) yield* release(resources, failed);
  }
});

function releaseOne(resource: Owned): PromiseLike<unknown> | null {
  if (isAsync(resource)) return resource[Symbol.asyncDispose]();
  resource[Symbol.dispose]();
  return null;
}

/** As `await using` has it: who can be released in both ways is released in this one. */
function isAsync(resource: Owned): resource is AsyncDisposable {
  return typeof (resource as Partial<AsyncDisposable>)[Symbol.asyncDispose] === "function";
}

/** Releases as one of the cleanups of whoever is at the bottom; where nobody is, as a task. */
function releaseNow(resources: Owned[]): void {
  const root = currentRoot();
  if (root === null) {
    const failed = (error: unknown): never => {
      throw error;
    };
    (currentRuntime() ?? defaultRuntime()).spawn(release(resources, failed), { name: "release" });
    return;
  }
  const branch = new Branch(
    root,
    0,
    release(resources, (error) => currentRoot()!.cleanupFailed(error)),
    "release",
  );
  if (!branch.pollCleanup()) root.adopt(branch);
}

function checkOwned(resource: Owned): Owned {
  if (typeof (resource as Partial<Disposable> | null)?.[Symbol.dispose] === "function" || isAsync(Object(resource)))
    return resource;
  throw new TypeError(
    `Cannot own a resource as it must have Symbol.dispose or Symbol.asyncDispose: received ${quote(resource)}`,
  );
}

/**
 * Gives a future what it works with. Whatever becomes of the future, be it that it ends, fails, is dropped, or that it is dropped before it began,
 * its resources are released once, when its own cleanups are over: by `Symbol.asyncDispose`, which is awaited, or by `Symbol.dispose`; the last first.
 *
 * For what is handed to a task. A `finally` in the task does not do: a task that is aborted before its first poll never enters it. To detach a task changes
 * nothing: it still owns what it was given.
 *
 * A release that awaits is shielded, and the task is not over before; only a shutdown whose time is over does not wait for it.
 *
 * **Cancel safety**: dropping it drops the future, and releases.
 *
 * @param resources one, or several
 * @throws what the future throws; what a release throws is attached to that, or thrown in its place
 * @throws TypeError at the call, if a resource cannot be released
 *
 * @example A connection that is closed also when its task never came to run
 * ```ts
 * import { async, owning, run, sleep, spawn } from "heddle";
 *
 * const connect = (name: string) => ({ name, [Symbol.dispose]: () => console.log(`${name} closed`) });
 * const serve = async(function* ({ name }: { name: string }) {
 *   console.log(`${name} served`);
 *   yield* sleep(10);
 * });
 * const main = async(function* () {
 *   const [ada, alan] = [connect("ada"), connect("alan")];
 *   const first = spawn(owning(ada, serve(ada)));
 *   yield* sleep(1);
 *   const second = spawn(owning(alan, serve(alan)));
 *   second.abort();
 *   yield* second.settled();
 *   yield* first;
 * });
 * await run(main());
 * // prints: ada served
 * // prints: alan closed
 * // prints: ada closed
 * ```
 */
export function owning<T>(resources: Owned | readonly Owned[], future: Future<T>): Future<T> {
  const list = Array.isArray(resources) ? (resources as readonly Owned[]) : [resources as Owned];
  const checked = list.map(checkOwned);
  return new Owning(checked, owned(future, "own resources as 'future' must be a future"));
}
