/**
 * RemoteHandle: what handles of work on other threads have in common. Their outcome comes from there, so each says how it is looked at; the future, the promise and
 * `settled()` are the same.
 */
import { Leaf } from "../future/leaf.js";
import { type Future, PENDING, type Poll } from "../future/poll.js";
import type { Context, Waker } from "../future/context.js";
import { AbortHandle } from "../task/abort-handle.js";
import type { JoinHandle } from "../task/join-handle.js";

/** A handle of what runs on another thread. */
export abstract class RemoteHandle<T> extends Leaf<T> implements JoinHandle<T> {
  abstract readonly id: number;
  abstract readonly name: string;
  /** @internal As messages and dumps call it. */
  abstract readonly label: string;
  abstract readonly isFinished: boolean;
  abstract abort(reason?: unknown): void;
  abstract detach(): void;

  /** @internal The outcome, which is taken with that; null before it is there: `waker` is woken then. */
  abstract look(waker: Waker): PromiseSettledResult<T> | null;
  /** @internal A joiner goes. The work goes on. */
  abstract forget(waker: Waker): void;
  /** Whether the error of the outcome says that it was aborted. */
  protected abstract wasAborted(error: unknown): boolean;

  override drop(cx: Context): void {
    this.forget(cx.waker);
  }

  abortHandle(): AbortHandle {
    return new AbortHandle(this);
  }

  settled(): Future<PromiseSettledResult<T>> {
    return new Settled(this);
  }

  #promise(): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        const result = this.look(waker);
        if (result?.status === "fulfilled") resolve(result.value);
        else if (result !== null) reject(result.reason as Error);
      };
      const waker: Waker = { wake: settle };
      settle();
    });
  }

  then<U = T, V = never>(
    onFulfilled?: ((value: T) => U | PromiseLike<U>) | null,
    onRejected?: ((error: any) => V | PromiseLike<V>) | null,
  ): Promise<U | V> {
    return this.#promise().then(onFulfilled, onRejected);
  }

  catch<U>(onRejected: (error: any) => U | PromiseLike<U>): Promise<T | U> {
    return this.#promise().catch(onRejected);
  }

  finally(onFinally: () => void): Promise<T> {
    return this.#promise().finally(onFinally);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.abort();
    try {
      await this.#promise();
    } catch (error) {
      if (!this.wasAborted(error)) throw error;
    }
  }
}

/** Waits for the end and never throws. */
class Settled<T> extends Leaf<PromiseSettledResult<T>> {
  /** @internal For dumps. */
  readonly handle: RemoteHandle<T>;

  constructor(handle: RemoteHandle<T>) {
    super();
    this.handle = handle;
  }

  /** @internal */
  get label(): string {
    return this.handle.label;
  }

  poll(cx: Context): Poll<PromiseSettledResult<T>> {
    return this.handle.look(cx.waker) ?? PENDING;
  }

  override drop(cx: Context): void {
    this.handle.forget(cx.waker);
  }
}
