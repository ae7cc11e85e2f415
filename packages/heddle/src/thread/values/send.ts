/**
 * `Send<T>`: what may be sent to another thread, as the compiler sees it. What it admits, `pack` admits, but for what types do not tell: an instance
 * of a class without methods looks like plain data.
 *
 * It works in two passes, because types may be recursive and the compiler keeps what it has found by the arguments of a type: `IsBad` has no path
 * in its arguments, so each type is looked at once for each level; `Problem` follows only what is bad.
 */
import type { Blob } from "node:buffer";
import type { KeyObject, X509Certificate } from "node:crypto";
import type { BlockList, SocketAddress } from "node:net";
import type { ReadableStream, TransformStream, WritableStream } from "node:stream/web";
import type { URL } from "node:url";
import type { MessagePort } from "node:worker_threads";
import type { Future, Output } from "../../future/poll.js";
import type { CancellationToken } from "../../scope/cancellation-token.js";
import type { Sender as BroadcastSender } from "../../sync/broadcast.js";
import type { Receiver as BroadcastReceiver } from "../../sync/broadcast/receiver.js";
import type { Barrier } from "../../sync/barrier.js";
import type { OwnedPermit, Permit, Permits } from "../../sync/mpsc/permit.js";
import type { Receiver as MpscReceiver } from "../../sync/mpsc/receiver.js";
import type { Sender as MpscSender } from "../../sync/mpsc/sender.js";
import type { UnboundedSender } from "../../sync/mpsc/unbounded-sender.js";
import type { Receiver as OneshotReceiver, Sender as OneshotSender } from "../../sync/oneshot.js";
import type { Mutex, MutexGuard } from "../../sync/mutex.js";
import type { Notify } from "../../sync/notify.js";
import type { OnceCell } from "../../sync/once-cell.js";
import type { Sender as QueueSender } from "../../sync/queue.js";
import type { Receiver as QueueReceiver, WeakReceiver } from "../../sync/queue/receiver.js";
import type { ReadGuard, RwLock, WriteGuard } from "../../sync/rw-lock.js";
import type { Permit as SemaphorePermit, Semaphore } from "../../sync/semaphore.js";
import type { SetOnce } from "../../sync/set-once.js";
import type { Sender as WatchSender } from "../../sync/watch.js";
import type { Receiver as WatchReceiver } from "../../sync/watch/receiver.js";
import type { WeakSender } from "../../sync/weak-sender.js";
import type { JoinHandle } from "../../task/join-handle.js";
import type { Sendable } from "../sendable.js";

/** What the compiler says that an argument should be which cannot be sent. There is no such value. */
export interface CannotSend<Why extends string> {
  readonly "cannot be sent to a thread": Why;
}

/**
 * `T` if it can be sent to another thread: cloned, shared, moved, or a {@link Sendable}. Otherwise a type that nothing is assignable to, with the path of what
 * cannot be sent in its name.
 *
 * `any`, `unknown` and what is nested more than seven levels deep are admitted, and looked at when the program runs.
 *
 * @example
 * ```ts
 * import type { Send } from "heddle/thread";
 *
 * interface Job { file: string; options: { onDone(): void } }
 * declare function submit(job: Send<Job>): void;
 * // submit(job): '…' is not assignable to 'CannotSend<".options.onDone is a function">'
 * ```
 */
export type Send<T, Where extends string = ""> =
  IsBad<T, Levels> extends true ? CannotSend<Trim<Problem<T, Where, Levels>>> : T;

/** Each argument as {@link Send} has it. Give it to the rest parameter that takes the arguments of a function. */
export type SendArgs<A extends readonly unknown[]> = { [I in keyof A]: Send<A[I], `argument ${Ordinal<I>}`> };

/** What `R`, the result of a function, becomes when it is awaited: that of a future or a promise is what they give. */
export type Result<R> = R extends Future<any> ? Output<R> : R extends Sendable | Handle ? R : Awaited<R>;

/** `unknown` if what a function returns can be sent back; otherwise a type that no function is assignable to. Intersect the function's type with it. */
export type SendsBack<R> =
  IsBad<Result<R>, Levels> extends true ? CannotSend<Trim<Problem<Result<R>, "its result", Levels>>> : unknown;

/** How deep is looked. */
type Levels = [1, 1, 1, 1, 1, 1, 1];
type Below<L extends unknown[]> = L extends [1, ...infer Rest] ? Rest : [];

type Ordinal<I> = I extends keyof Ordinals ? Ordinals[I] : "…";
type Ordinals = { "0": 1; "1": 2; "2": 3; "3": 4; "4": 5; "5": 6; "6": 7; "7": 8; "8": 9; "9": 10 };

type Trim<S> = S extends ` ${infer Rest}` ? `it ${Rest}` : S extends string ? S : never;

/** The classes of lower floors that `channels/` makes sendable. */
type Handle =
  | MpscSender<any>
  | UnboundedSender<any>
  | MpscReceiver<any>
  | QueueSender<any>
  | QueueReceiver<any>
  | WeakSender<MpscSender<any>>
  | WeakSender<UnboundedSender<any>>
  | Permit<any>
  | Permits<any>
  | OwnedPermit<any, MpscSender<any>>
  | OneshotSender<any>
  | OneshotReceiver<any>
  | WatchSender<any>
  | WatchReceiver<any>
  | BroadcastSender<any>
  | BroadcastReceiver<any>
  | Semaphore
  | SemaphorePermit
  | CancellationToken
  | JoinHandle<any>;

/** What has no inside, or whose inside is its own affair. Those that structured clone or `pack` knows, and what packs itself. */
type Whole =
  | string
  | number
  | bigint
  | boolean
  | null
  | undefined
  | void
  | Sendable
  | Handle
  | Date
  | RegExp
  | Error
  | URL
  | ArrayBufferLike
  | ArrayBufferView
  | Blob
  | KeyObject
  | X509Certificate
  | BlockList
  | SocketAddress
  | MessagePort
  | ReadableStream
  | WritableStream
  | TransformStream;

/** What can never be sent, in words. */
type Hopeless<T> = T extends symbol
  ? "is a symbol"
  : T extends abstract new (...args: any) => any
    ? "is a class"
    : T extends (...args: any) => any
      ? "is a function"
      : T extends PromiseLike<any>
        ? "is a promise"
        : T extends Future<any> | Iterator<any, any, any> | AsyncIterator<any, any, any>
          ? "is a future or an iterator"
          : T extends WeakKeyed
            ? "is a WeakMap, WeakSet or WeakRef"
            : T extends OfOneThread
              ? "is for the tasks of one thread"
              : T extends WeakSender<any>
                ? "is a weak sender of another channel than mpsc"
                : T extends WeakReceiver<any>
                  ? "is a weak receiver"
                  : never;
// A Map has all that a WeakMap has.
type WeakKeyed = (WeakMap<any, any> | WeakSet<any> | WeakRef<any>) & { readonly size?: never };

/** What heddle/sync has that does not cross. */
type OfOneThread =
  | Mutex<any>
  | MutexGuard<any>
  | RwLock<any>
  | ReadGuard<any>
  | WriteGuard<any>
  | Notify
  | Barrier
  | OnceCell<any>
  | SetOnce<any>;

type IsAny<T> = 0 extends 1 & T ? true : false;

/** `true`, possibly among others, if something in `T` cannot be sent. */
type IsBad<T, L extends unknown[]> = IsAny<T> extends true ? false : true extends Bad<T, L> ? true : false;
type Bad<T, L extends unknown[]> = L extends []
  ? false
  : T extends Whole
    ? false
    : [Hopeless<T>] extends [never]
      ? T extends ReadonlyMap<infer K, infer V>
        ? IsBad<K | V, Below<L>>
        : T extends ReadonlySet<infer V>
          ? IsBad<V, Below<L>>
          : T extends readonly unknown[]
            ? IsBad<T[number], Below<L>>
            : T extends object
              ? { [K in Named<T>]-?: IsBad<T[K], Below<L>> }[Named<T>]
              : false
      : true;

/** The fields that are cloned: not those under symbols. */
type Named<T> = Extract<keyof T, string | number>;

/** What is wrong with `T` at `Path`. Only asked where something is. */
type Problem<T, Path extends string, L extends unknown[]> =
  IsBad<T, L> extends false
    ? never
    : T extends Whole
      ? never
      : [Hopeless<T>] extends [never]
        ? T extends ReadonlyMap<infer K, infer V>
          ? Problem<K, `${Path}.keys()`, Below<L>> | Problem<V, `${Path}.get(…)`, Below<L>>
          : T extends ReadonlySet<infer V>
            ? Problem<V, `${Path}.values()`, Below<L>>
            : T extends readonly unknown[]
              ? ItemProblem<T, Path, Below<L>>
              : { [K in Named<T>]-?: Problem<T[K], `${Path}${Step<K>}`, Below<L>> }[Named<T>]
        : `${Path} ${Hopeless<T>}`;

type ItemProblem<T extends readonly unknown[], Path extends string, L extends unknown[]> = number extends T["length"]
  ? Problem<T[number], `${Path}[…]`, L>
  : { [I in keyof T]: Problem<T[I], `${Path}[${I & string}]`, L> }[number];

type Step<K extends string | number> = string extends K ? "[…]" : number extends K ? "[…]" : `.${K}`;
