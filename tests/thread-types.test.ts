/**
 * What may be sent to another thread, as the compiler sees it: what must not compile, and what it says. The compiler is the test.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Buffer } from "node:buffer";
import type { MessagePort } from "node:worker_threads";
import { async, type CancellationToken, type Future, type JoinHandle } from "heddle";
import type {
  Barrier,
  broadcast,
  mpsc,
  Mutex,
  Notify,
  OnceCell,
  oneshot,
  Permit,
  queue,
  RwLock,
  Semaphore,
  SetOnce,
  watch,
} from "heddle/sync";
import { type CannotSend, par, range, type Send, type SendArgs, type Sendable, type SendsBack } from "heddle/thread";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the two types are the same. */
function same<A, B>(holds: Same<A, B>): void {
  assert.ok(holds);
}

/** As the functions of heddle/thread are declared. */
declare function spawn<A extends unknown[], R>(
  fn: ((...args: A) => R) & SendsBack<R>,
  ...args: NoInfer<SendArgs<A>>
): R;

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
interface Tree {
  left?: Tree;
  right?: Tree;
  parent: Tree | null;
  others: Map<string, Tree>;
  value: number;
}
interface BadTree {
  next: BadTree | null;
  list: BadTree[];
  visit: (tree: BadTree) => void;
}
class Account {
  balance = 0;
  pay(): void {}
}

/** Never called: its body is for the compiler. */
export function maySend(): void {
  interface Message {
    readonly id: number;
    name?: string;
    at: Date;
    data: Uint8Array | SharedArrayBuffer | Buffer;
    tags: readonly string[];
    pairs: Map<string, Set<[number, bigint]>>;
    port: MessagePort;
    cause: Error;
    link: URL;
    pattern: RegExp;
  }
  same<Send<Message>, Message>(true);
  same<Send<string | number | null | undefined>, string | number | null | undefined>(true);
  same<Send<Json>, Json>(true);
  same<Send<Tree>, Tree>(true);
  same<Send<any>, any>(true);
  same<Send<unknown>, unknown>(true);
  same<Send<never>, never>(true);
  same<Send<{ handle: Sendable }>, { handle: Sendable }>(true);
  interface Ends {
    tx: mpsc.Sender<() => void>;
    rx: mpsc.Receiver<string>;
    all: mpsc.UnboundedSender<number>;
    once: oneshot.Sender<() => void>;
    answer: oneshot.Receiver<string>;
    weak: ReturnType<mpsc.Sender<() => void>["downgrade"]> | ReturnType<mpsc.UnboundedSender<string>["downgrade"]>;
    permit: mpsc.Permit<() => void> | mpsc.Permits<string> | mpsc.OwnedPermit<string>;
    jobs: queue.Sender<() => void>;
    done: queue.Receiver<string>;
    seats: Semaphore;
    seat: Permit;
    stop: CancellationToken;
    task: JoinHandle<number>;
    news: broadcast.Sender<number>;
    heard: broadcast.Receiver<number>;
    config: watch.Sender<() => void>;
    seen: watch.Receiver<() => void>;
  }
  same<Send<Ends>, Ends>(true);
  same<SendArgs<[number, Message]>, [number, Message]>(true);
  same<SendsBack<Future<Message>>, unknown>(true);
  same<SendsBack<Promise<Message>>, unknown>(true);
  same<SendsBack<void>, unknown>(true);
}

/** Never called either. */
export function maynotSend(): void {
  same<Send<() => void>, CannotSend<"it is a function">>(true);
  same<Send<{ options: { onDone(): void } }>, CannotSend<".options.onDone is a function">>(true);
  same<Send<{ a: { b?: symbol } }>, CannotSend<".a.b is a symbol">>(true);
  same<Send<[number, { of: typeof Account }]>, CannotSend<"[1].of is a class">>(true);
  same<Send<Promise<number>[]>, CannotSend<"[…] is a promise">>(true);
  same<Send<{ f: Future<number> }>, CannotSend<".f is a future or an iterator">>(true);
  same<Send<Generator<number>>, CannotSend<"it is a future or an iterator">>(true);
  same<Send<Account>, CannotSend<".pay is a function">>(true);
  same<Send<Map<string, Set<() => void>>>, CannotSend<".get(…).values() is a function">>(true);
  same<Send<[Mutex, RwLock<number>, Notify]>, CannotSend<`[${0 | 1 | 2}] is for the tasks of one thread`>>(true);
  same<Send<Barrier | OnceCell<string> | SetOnce<string>>, CannotSend<"it is for the tasks of one thread">>(true);
  same<
    Send<{ weak: ReturnType<watch.Sender<string>["downgrade"]> | ReturnType<broadcast.Sender<string>["downgrade"]> }>,
    CannotSend<".weak is a weak sender of another channel than mpsc">
  >(true);
  same<Send<queue.WeakReceiver<string>>, CannotSend<"it is a weak receiver">>(true);
  same<Send<Record<string, symbol>>, CannotSend<"[…] is a symbol">>(true);
  same<Send<WeakMap<object, number>>, CannotSend<"it is a WeakMap, WeakSet or WeakRef">>(true);
  same<Send<number | { on: () => void }>, CannotSend<".on is a function">>(true);
  same<SendArgs<[string, { on: () => void }]>, [string, CannotSend<"argument 2.on is a function">]>(true);
  same<SendsBack<Future<{ close(): void }>>, CannotSend<"its result.close is a function">>(true);
  same<SendsBack<Promise<symbol>>, CannotSend<"its result is a symbol">>(true);
  const text: string = "" as Send<BadTree>["cannot be sent to a thread"];
  void text;
}

/** Never called either. */
export function mustNotCompile(): void {
  const resize = async(function* (file: string, options: { onDone: () => void }) {
    yield* [] as unknown as Future<void>;
    return options.onDone.length + file.length;
  });
  // @ts-expect-error .onDone is a function
  spawn(resize, "a.png", { onDone() {} });
  // @ts-expect-error its result is a function
  spawn(() => () => 1);
  // @ts-expect-error one argument is missing
  spawn((n: number, m: number) => n + m, 1);
  // @ts-expect-error the wrong argument
  spawn((n: number) => n, "1");
  const sum = spawn((n: number, of: { list: readonly number[] }) => n + of.list.length, 1, { list: [1] });
  same<typeof sum, number>(true);
  const join = (handle: JoinHandle<number>): JoinHandle<number> => handle;
  void join;
}

/** Never called either. */
export function mustNotCompileInParallel(): void {
  const numbers = par([1, 2, 3]);
  const total: Future<number> = numbers
    .map((n) => ({ n, call: () => n }))
    .map(({ n }) => n)
    .sum();
  const pairs: Future<[number, string][]> = numbers.zip(["a"]).collect();
  const folded: Future<Set<number>> = numbers
    .fold((set, n) => set.add(n), new Set<number>())
    .reduce((a) => a, new Set());
  const filled: Future<BigInt64Array> = par(new BigUint64Array(3)).collectInto(new BigInt64Array(3));
  const found: Future<string | undefined> = par([1, "a"])
    .filter((it) => typeof it === "string")
    .find(Boolean);
  void [total, pairs, folded, filled, found];
  // @ts-expect-error an item.call is a function
  par([{ call: () => 1 }]);
  // @ts-expect-error an item.call is a function
  void numbers.map((n) => ({ call: () => n })).collect();
  // @ts-expect-error an item is a promise
  void numbers.map(async (n) => n).collect();
  // @ts-expect-error strings have no sum
  void par(["a"]).sum();
  // @ts-expect-error numbers are no big ones
  void par(range(0, 3)).collectInto(new BigInt64Array(3));
  // @ts-expect-error after a filter items have no numbers
  void numbers.filter((n) => n > 1).enumerate();
  // @ts-expect-error the wrong kind of item
  void numbers.reduce((a, b) => a + b, "");
}

test("types: what cannot be sent to a thread does not compile, and is named by its path", () => {
  assert.equal(typeof same, "function");
});
