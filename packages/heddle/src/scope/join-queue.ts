/**
 * JoinQueue: tasks that are joined in the order in which they were spawned.
 */
import type { Needs } from "../base/needs.js";
import { Ring } from "../base/ring.js";
import { listOf } from "../future/gather.js";
import type { Future } from "../future/poll.js";
import type { SpawnOptions } from "../runtime/engine.js";
import type { AbortHandle } from "../task/abort-handle.js";
import { JoinSet } from "./join-set.js";
import type { Finished, Member } from "./task-set.js";

/** Members that are over, in the order in which they were spawned: none may be joined before the one that is first. */
class InOrder<T> implements Finished<number, T> {
  /** The ids of all that were not joined, over or not. */
  readonly ids = new Ring<number>();
  readonly #over = new Map<number, Member<number, T>>();

  /** 1 if the first is over. */
  get length(): number {
    return this.#first === undefined ? 0 : 1;
  }

  get #first(): Member<number, T> | undefined {
    const id = this.ids.first;
    return id === undefined ? undefined : this.#over.get(id);
  }

  push(member: Member<number, T>): void {
    this.#over.set(member.key, member);
  }

  shift(): Member<number, T> | undefined {
    const first = this.#first;
    if (first !== undefined) this.#over.delete(this.ids.shift()!);
    return first;
  }
}

/**
 * A {@link JoinSet} whose outcomes are taken in the order in which the tasks were spawned. They all run at once; one that ends early waits for its turn. For work
 * whose results must stay in order: the answers to requests that were sent one after the other, the parts of a file.
 *
 * So that what is over does not pile up behind one that takes long, join it, or spawn no more than you join.
 *
 * @example
 * ```ts
 * import { async, END, JoinQueue, run, sleep } from "heddle";
 *
 * const work = async(function* (n: number) {
 *   yield* sleep(n * 10);
 *   return n;
 * });
 * const main = async(function* () {
 *   using queue = new JoinQueue<number>();
 *   for (const n of [3, 1, 2]) queue.spawn(work(n));
 *   for (let n; (n = yield* queue.joinNext()) !== END; ) console.log(n);
 * });
 * await run(main());
 * // prints: 3
 * // prints: 1
 * // prints: 2
 * ```
 */
export class JoinQueue<T> extends JoinSet<T> {
  // Without an initializer, as `line` sets it before there is one.
  declare private order: InOrder<T>;

  /** A queue with a task for each of some futures. @throws NoRuntimeError outside of a runtime */
  static override from<T>(futures: Iterable<Future<T>>): JoinQueue<T> {
    const list = listOf(futures, "make a join queue");
    const queue = new JoinQueue<T>();
    for (const future of list) queue.spawn(future);
    return queue;
  }

  override get kind(): string {
    return "join queue";
  }

  /** @internal */
  protected override line(): Finished<number, T> {
    return (this.order = new InOrder<T>());
  }

  override spawn(future: Future<T>, options?: SpawnOptions): AbortHandle {
    const keyOf = ({ id }: { readonly id: number }): number => {
      this.order.ids.push(id);
      return id;
    };
    return this.add(keyOf, future, options);
  }

  /** @internal Who waits for the next waits for the first, whatever the others do. */
  override needs(): Needs {
    const first = this.order.ids.first;
    const task = first === undefined ? undefined : this.member(first)?.task;
    return { each: true, of: task === undefined ? [] : [{ task, until: "end", by: 0 }] };
  }

  /** @internal */
  override take(): Member<number, T> | null {
    const member = super.take();
    // The one behind it may be over for long, and nobody was woken for it.
    if (member !== null) this.serve();
    return member;
  }
}
