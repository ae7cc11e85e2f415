/**
 * JoinMap: tasks under keys, one for each.
 */
import { END, type Future } from "../future/poll.js";
import type { SpawnOptions } from "../runtime/engine.js";
import type { AbortHandle } from "../task/abort-handle.js";
import { type Member, promised, TaskSet } from "./task-set.js";

/** What became of the task of a key. */
export type JoinedKey<K, T> = { readonly key: K } & PromiseSettledResult<T>;

/**
 * A {@link JoinSet} whose tasks have keys, compared as a `Map` does. Spawning under a key that is taken replaces the task: the old one is aborted, and its
 * outcome is never given (its error, should it have one, is reported).
 *
 * A key is taken until its task was joined. A map does not stop its tasks when it is forgotten: keep it with `using`, or call `shutdown()`.
 *
 * @example Only the latest search matters
 * ```ts
 * import { async, END, JoinMap, run, sleep } from "heddle";
 *
 * const search = async(function* (text: string) {
 *   yield* sleep(5);
 *   return `results for ${text}`;
 * });
 * const main = async(function* () {
 *   const searches = new JoinMap<string, string>();
 *   searches.spawn("left pane", search("h"));
 *   searches.spawn("right pane", search("futures"));
 *   searches.spawn("left pane", search("heddle"));
 *   for (let next; (next = yield* searches.joinNext()) !== END; ) console.log(...next);
 * });
 * await run(main());
 * // prints: right pane results for futures
 * // prints: left pane results for heddle
 * ```
 */
export class JoinMap<K, T> extends TaskSet<K, T> {
  get kind(): string {
    return "join map";
  }

  /**
   * Starts a task under a key, in the current runtime. It replaces the one that was there.
   *
   * @throws NoRuntimeError outside of a runtime
   */
  spawn(key: K, future: Future<T>, options?: SpawnOptions): AbortHandle {
    const keyOf = (): K => {
      this.#replace(key);
      return key;
    };
    return this.add(keyOf, future, options);
  }

  #replace(key: K): void {
    const member = this.member(key);
    if (member === undefined) return;
    this.forget(key);
    member.task.abort(`its place was taken in a ${this.kind}`);
    member.letGo();
  }

  /** Whether a key has a task that was not joined yet. */
  has(key: K): boolean {
    return this.member(key) !== undefined;
  }

  /** The keys that are taken, in the order in which their tasks were spawned. */
  *keys(): Generator<K, void, undefined> {
    for (const { key } of this.members()) yield key;
  }

  /** Asks the task of a key to stop. It stays until it is joined. False if there is none. */
  abort(key: K, reason?: unknown): boolean {
    const member = this.member(key);
    member?.task.abort(reason);
    return member !== undefined;
  }

  /** Asks the tasks to stop whose keys `matches` accepts. */
  abortMatching(matches: (key: K) => boolean, reason?: unknown): void {
    for (const { key, task } of this.members()) if (matches(key)) task.abort(reason);
  }

  /**
   * Waits for a task to end, and gives its key and value; {@link END} while the map is empty, which is not for good.
   *
   * **Cancel safety**: dropping the wait loses nothing.
   *
   * @throws the task's error; AbortedError if it was aborted. `joinNextSettled` says of which key
   */
  joinNext(): Future<[key: K, value: T] | typeof END> {
    return this.next((member): [K, T] => [member.key, member.value()]);
  }

  /**
   * As {@link joinNext}, and never throws: the outcome says what became of the task.
   *
   * **Cancel safety**: dropping the wait loses nothing.
   */
  joinNextSettled(): Future<JoinedKey<K, T> | typeof END> {
    return this.next(outcome<K, T>);
  }

  /** The outcome of a task that is over; undefined if there is none now. */
  tryJoinNext(): JoinedKey<K, T> | undefined {
    const member = this.take();
    return member === null ? undefined : outcome(member);
  }

  /** For `for await` outside of tasks: ends when the map is empty, and throws the error of a task that failed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<[key: K, value: T], void, undefined> {
    for (let next; (next = await promised(this.joinNext())) !== END;) yield next;
  }
}

function outcome<K, T>({ key, task }: Member<K, T>): JoinedKey<K, T> {
  return { key, ...task.result() };
}
