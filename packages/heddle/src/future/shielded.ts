/**
 * `shielded`: a future that is not dropped once it was begun. Whoever drops it has the call around it wait for its end.
 *
 *     dropped before its first poll ──► nothing of it has run, and nothing will
 *     dropped while it waits ──► runs on to its end ──► then the call that awaited it is unwound
 */
import type { Branch } from "./branch.js";
import type { Context } from "./context.js";
import { currentRoot } from "./current.js";
import { keepGather } from "./gather.js";
import { GatherOne } from "./gather-one.js";
import { Leaf } from "./leaf.js";
import { pending } from "./ready.js";
import { PENDING, type Future, type Poll } from "./poll.js";

class Shielded<T> extends GatherOne<T> {
  constructor(future: Future<T>) {
    super("shielded(…)", future);
  }

  protected advance(): Poll<T> {
    const value = this.pollInner();
    if (value !== PENDING) this.finish();
    return value;
  }

  override unwindFirst(): Future<void> | null {
    return this.letGo() && !this.branch().isOver ? new RunningOn(this) : null;
  }

  /** One poll after it was dropped. Its value is nobody's any more; its error is one of a cleanup. */
  pollOn(cx: Context): Poll<void> {
    this.wakeInstead(cx.waker);
    try {
      return this.pollInner() === PENDING ? PENDING : undefined;
    } catch (error) {
      currentRoot()!.cleanupFailed(error);
      return undefined;
    }
  }

  /** Drops it all the same: its own cleanups run. */
  dropAfterAll(): void {
    const branch = this.branch();
    if (!branch.isOver) branch.drop();
  }
}

/** Awaits the end of a shielded future that was dropped. */
class RunningOn extends Leaf<void> {
  readonly #shielded: Shielded<unknown>;

  constructor(shielded: Shielded<unknown>) {
    super();
    this.#shielded = shielded;
  }

  get label(): string {
    return this.#shielded.label;
  }

  branches(): (Branch | null)[] {
    return this.#shielded.branches();
  }

  poll(cx: Context): Poll<void> {
    return this.#shielded.pollOn(cx);
  }

  override drop(): void {
    this.#shielded.dropAfterAll();
  }
}

/**
 * Protects a future from being dropped halfway: once it was polled, it runs to its end whatever becomes of the call that awaits it, and that call is
 * unwound only then. For what must not be left half done: a commit, a goodbye, the second half of a transfer.
 *
 * A `finally` that awaits is shielded already when a cancellation has begun it. One that is entered because the `try` came to its end
 * is ordinary code, which an abort may still cut: shield what it awaits, and it is whole either way.
 *
 * A shutdown whose time is over ends it nevertheless, by dropping it.
 *
 * **Cancel safety**: dropped before its first poll, nothing of it runs. Dropped later it goes on, and its value is lost; an error
 * of it becomes one of a cleanup, which fails the task.
 *
 * @throws what the future throws
 *
 * @example An abort comes while the transfer is under way
 * ```ts
 * import { async, run, shielded, sleep, spawn } from "heddle";
 *
 * const transfer = async(function* () {
 *   console.log("taken from one account");
 *   yield* sleep(5);
 *   console.log("given to the other");
 * });
 * const program = async(function* () {
 *   const client = spawn(async(function* () {
 *     yield* shielded(transfer());
 *     console.log("never said");
 *   })());
 *   yield* sleep(1);
 *   client.abort();
 *   yield* client.settled();
 * });
 * await run(program());
 * // prints: taken from one account
 * // prints: given to the other
 * ```
 */
export function shielded<T>(future: Future<T>): Future<T> {
  return new Shielded(future);
}

keepGather(new Shielded(pending()));
