/**
 * The owner's view of a task: JoinHandle and AbortHandle.
 */
import type { Future } from "../future/poll.js";
import type { AbortHandle } from "./abort-handle.js";

/**
 * A running task, from outside. It can be awaited inside tasks with `yield*` and elsewhere with `await`, any number of times.
 *
 * The task's error comes out as itself. An error that nobody ever takes is reported by the runtime's `onUnhandled`.
 * Letting go of a handle does not stop the task.
 */
export interface JoinHandle<T> extends Future<T>, PromiseLike<T> {
  /** Unique among the tasks of a runtime. */
  readonly id: number;
  /** The name given at spawn, else that of its async function. */
  readonly name: string;
  /** Whether the task is over, its cleanups included. */
  readonly isFinished: boolean;
  /**
   * Asks the task to stop: it is unwound at its next turn, and a join throws AbortedError with `cause` = `reason`. A task that ends without
   * suspending again keeps its outcome. Later calls do nothing; cleanups are not disturbed.
   */
  abort(reason?: unknown): void;
  /** The right to abort, without the outcome. */
  abortHandle(): AbortHandle;
  /**
   * Waits for the end, however it comes, and never throws.
   *
   * **Cancel safety**: dropping the wait loses nothing.
   */
  settled(): Future<PromiseSettledResult<T>>;
  /** Says that nobody will join: a failure is reported when it happens, and not only when it is certain that nobody will. */
  detach(): void;
  /** The outcome for `await`, and for functions that take promises. */
  then<U = T, V = never>(
    onFulfilled?: ((value: T) => U | PromiseLike<U>) | null,
    onRejected?: ((error: any) => V | PromiseLike<V>) | null,
  ): Promise<U | V>;
  /** As of a promise. */
  catch<U>(onRejected: (error: any) => U | PromiseLike<U>): Promise<T | U>;
  /** As of a promise. */
  finally(onFinally: () => void): Promise<T>;
  /** Aborts the task and waits until it is over. Throws only what a cleanup threw. */
  [Symbol.asyncDispose](): Promise<void>;
}
