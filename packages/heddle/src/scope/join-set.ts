/**
 * JoinSet: tasks that are joined in the order in which they end.
 */
import { async } from "../future/async.js";
import { listOf } from "../future/gather.js";
import { END, type Future } from "../future/poll.js";
import type { SpawnOptions } from "../runtime/engine.js";
import type { AbortHandle } from "../task/abort-handle.js";
import { type Member, promised, TaskSet } from "./task-set.js";

/** What became of a task of a set. */
export type Joined<T> = {
  readonly id: number;
  readonly name: string;
} & PromiseSettledResult<T>;

/**
 * A set of tasks whose outcomes are taken one by one, as they come. For work that has no end known beforehand, where a `scope` would
 * wait for all of it: connections, jobs of a queue.
 *
 * A set does not stop its tasks when it is forgotten. Keep it with `using`, which aborts them at the end of the block, or call `shutdown()`, which
 * waits for them too.
 *
 * Several tasks may join at once; each outcome goes to one of them. Spawning, joining and ending cost the same however many tasks there are.
 *
 * @example
 * ```ts
 * import { async, END, JoinSet, run, sleep } from "heddle";
 *
 * const work = async(function* (n: number) {
 *   yield* sleep(n * 10);
 *   return n;
 * });
 * const main = async(function* () {
 *   const set = new JoinSet<number>();
 *   for (const n of [3, 1, 2]) set.spawn(work(n));
 *   for (let n; (n = yield* set.joinNext()) !== END; ) console.log(n);
 * });
 * await run(main());
 * // prints: 1
 * // prints: 2
 * // prints: 3
 * ```
 */
export class JoinSet<T> extends TaskSet<number, T> {
  /** A set with a task for each of some futures. @throws NoRuntimeError outside of a runtime */
  static from<T>(futures: Iterable<Future<T>>): JoinSet<T> {
    const list = listOf(futures, "make a join set");
    const set = new JoinSet<T>();
    for (const future of list) set.spawn(future);
    return set;
  }

  get kind(): string {
    return "join set";
  }

  /**
   * Starts a task in the current runtime, and adds it.
   *
   * @throws NoRuntimeError outside of a runtime
   */
  spawn(future: Future<T>, options?: SpawnOptions): AbortHandle {
    return this.add((task) => task.id, future, options);
  }

  /**
   * Waits for a task to end, and gives its value; {@link END} while the set is empty, which is not for good.
   *
   * **Cancel safety**: dropping the wait loses nothing.
   *
   * @throws the task's error; AbortedError if it was aborted. The others stay in the set
   */
  joinNext(): Future<T | typeof END> {
    return this.next((member) => member.value());
  }

  /**
   * As {@link joinNext}, and says which task it was.
   *
   * **Cancel safety**: dropping the wait loses nothing.
   */
  joinNextWithId(): Future<{ readonly id: number; readonly value: T } | typeof END> {
    return this.next((member) => ({ id: member.task.id, value: member.value() }));
  }

  /**
   * As {@link joinNext}, and never throws: the outcome says what became of the task, and which it was.
   *
   * **Cancel safety**: dropping the wait loses nothing.
   */
  joinNextSettled(): Future<Joined<T> | typeof END> {
    return this.next(outcome<T>);
  }

  /** The outcome of a task that is over; undefined if there is none now. */
  tryJoinNext(): Joined<T> | undefined {
    const member = this.take();
    return member === null ? undefined : outcome(member);
  }

  /**
   * Waits for all tasks, and gives their values in the order in which they came. The first error aborts the others, which stay in the set.
   *
   * **Cancel safety**: the values that came so far are lost; the tasks go on.
   *
   * @throws the first error; AbortedError if a task was aborted
   */
  joinAll(): Future<T[]> {
    return joinAll(this) as Future<T[]>;
  }

  /** For `for await` outside of tasks: ends when the set is empty, and throws the error of a task that failed. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (let value; (value = await promised(this.joinNext())) !== END;) yield value;
  }
}

function outcome<T>({ task }: Member<number, T>): Joined<T> {
  return { id: task.id, name: task.name, ...task.result() };
}

const joinAll = async(function* joinAll(set: JoinSet<unknown>) {
  const values = [];
  try {
    for (let value; (value = yield* set.joinNext()) !== END;) values.push(value);
  } catch (error) {
    set.abortAll(error);
    throw error;
  }
  return values;
});
