/**
 * What must not compile, and what the types must be. The compiler is the test; running it shows that the file was compiled.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  any,
  async,
  CancellationToken,
  type END,
  forEachConcurrent,
  type Future,
  join,
  joinAll,
  JoinMap,
  JoinSet,
  joinSettled,
  mapConcurrent,
  pending,
  race,
  ready,
  retry,
  run,
  scope,
  select,
  shared,
  sleep,
  spawn,
  timeout,
  when,
} from "heddle";
import { PENDING, pollFn } from "heddle/lowlevel";
import { Mutex, type MutexGuard, OnceCell, RwLock, Semaphore } from "heddle/sync";
import { type AtomicI32, type Send, sharedArray, SharedMutex, sharedStruct } from "heddle/thread";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if the two types are the same. */
function same<A, B>(holds: Same<A, B>): void {
  assert.ok(holds);
}

const text = async(function* (n: number) {
  yield* sleep(1);
  return String(n);
});
const identity = async(function* <T>(value: T) {
  return value;
});

class Store {
  @async
  *load(key: string) {
    yield* sleep(1);
    return key.length;
  }
}

/** Never called: its body is for the compiler. */
export function mustNotCompile(): void {
  // @ts-expect-error a bare yield
  async(function* () {
    yield text(1);
  });
  // @ts-expect-error a native async function
  async(async () => 1);
  async(function* () {
    // @ts-expect-error a native promise
    yield* Promise.resolve(1);
    // @ts-expect-error the wrong argument
    yield* text("1");
    // @ts-expect-error an array of futures is none
    yield* join([text(1)]);
  });
  // @ts-expect-error a function that was not called
  void run(text);
  // @ts-expect-error a promise
  spawn(Promise.resolve(1));
  // @ts-expect-error no duration
  timeout(text(1), "1 s");
  // @ts-expect-error a future is no promise: await would not wait
  void text(1).then;
  // @ts-expect-error no option
  void run(text(1), { nmae: "typo" });
}

/** Never called either. */
export function mustBe(): void {
  same<ReturnType<typeof text>, Future<string>>(true);
  same<Parameters<typeof text>, [n: number]>(true);
  const kept = identity<"a">("a");
  same<typeof kept, Future<"a">>(true);
  const joined = join(text(1), ready(2));
  same<typeof joined, Future<[string, number]>>(true);
  const all = joinAll([text(1), text(2)]);
  same<typeof all, Future<string[]>>(true);
  const settled = joinSettled([text(1)]);
  same<typeof settled, Future<PromiseSettledResult<string>[]>>(true);
  const raced = race([text(1), ready(2)]);
  same<typeof raced, Future<string | number>>(true);
  const first = any([text(1), pending()]);
  same<typeof first, Future<string>>(true);
  const promise = run(shared(text(1)));
  same<typeof promise, Promise<string>>(true);
  const never = pollFn(() => PENDING);
  same<typeof never, Future<never>>(true);
  async(function* () {
    const won = yield* select({ word: text(1), number: when(true, ready(2)) });
    if (won.key === "word") same<typeof won.value, string>(true);
    else same<typeof won.value, number>(true);
    const length = yield* new Store().load("key");
    same<typeof length, number>(true);
    const handle = spawn(text(1));
    const value = yield* handle;
    same<typeof value, string>(true);
  });
}

test("types: what must not compile does not, and the rest is what it should be", async () => {
  assert.equal(await run(new Store().load("four")), 4);
});

/** Never called: its body is for the compiler. */
export function scopesMustNotCompile(): void {
  // @ts-expect-error a body that gives no future
  void scope(() => 5);
  // @ts-expect-error a native async function
  void scope(async () => 5);
  // @ts-expect-error no option
  void scope(() => text(1), { nmae: "typo" });
  // @ts-expect-error a value of another type
  void new JoinSet<number>().spawn(text(1));
  // @ts-expect-error a key is needed
  void new JoinMap<string, string>().spawn(text(1));
  // @ts-expect-error a future is awaited once: it cannot be tried again
  void retry(text(1));
  // @ts-expect-error the wrong item
  void forEachConcurrent(["a"], 2, text);
}

/** Never called either. */
export function scopesMustBe(): void {
  const scoped = scope(function* (s) {
    const child = s.spawn(text(1));
    return [yield* child];
  });
  same<typeof scoped, Future<string[]>>(true);
  const next = new JoinSet<number>().joinNext();
  same<typeof next, Future<number | typeof END>>(true);
  const entry = new JoinMap<string, number>().joinNext();
  same<typeof entry, Future<[key: string, value: number] | typeof END>>(true);
  const limited = new CancellationToken().runUntilCancelled(text(1));
  same<typeof limited, Future<string | undefined>>(true);
  const mapped = mapConcurrent([1, 2], 2, text);
  same<typeof mapped, Future<string[]>>(true);
  const tried = retry(function* () {
    yield* sleep(1);
    return 5;
  });
  same<typeof tried, Future<number>>(true);
}

/** Never called: its body is for the compiler. */
export function locksMustNotCompile(): void {
  const mutex = new Mutex(1);
  // @ts-expect-error the future is no guard before it is awaited
  mutex.lock().release();
  // @ts-expect-error there may be no guard
  mutex.tryLock().release();
  // @ts-expect-error a value of another type
  mutex.withLock((guard) => (guard.value = "text"));
  // @ts-expect-error a reader does not write
  new RwLock(1).withRead((guard) => (guard.value = 2));
  // @ts-expect-error a number of permits is needed
  void new Semaphore();
  // @ts-expect-error a value of another type
  new OnceCell<number>().getOrInit(() => "text");
}

test("locks know what they protect, and withLock() what its function gives", async () => {
  const mutex = new Mutex({ n: 1 });
  const plain = mutex.withLock((guard) => guard.value.n);
  const generator = mutex.withLock(function* (guard) {
    yield* sleep(1);
    return [guard.value.n];
  });
  const native = mutex.withLock(async (guard) => String(guard.value.n));
  const called = mutex.withLock((guard) => text(guard.value.n));
  same<typeof plain, Future<number>>(true);
  same<typeof generator, Future<number[]>>(true);
  same<typeof native, Future<string>>(true);
  same<typeof called, Future<string>>(true);
  const empty = new Mutex().tryLock();
  same<typeof empty, MutexGuard<void> | undefined>(true);
  empty!.release();
  const all = joinAll([plain, called]);
  same<typeof all, Future<(number | string)[]>>(true);
  assert.deepEqual(await run(join(plain, generator, native, called)), [1, [1], "1", "1"]);
  void all;
});

test("shared memory has the types of what it protects, can be sent, and takes no value of one thread's own", () => {
  const Point = sharedStruct({ x: "f64", count: "i64", isSet: "bool" });
  const mutex = new SharedMutex(new Point());
  same<Parameters<Parameters<typeof mutex.withLockBlocking>[0]>[0]["count"], bigint>(true);
  same<InstanceType<typeof Point>["isSet"], boolean>(true);
  same<Send<typeof mutex>, typeof mutex>(true);
  same<Send<AtomicI32>, AtomicI32>(true);
  same<ReturnType<typeof sharedArray<"u64">>, BigUint64Array<SharedArrayBuffer>>(true);
  const mustNotCompileEither = (): void => {
    // @ts-expect-error no such kind
    sharedStruct({ x: "f16" });
    // @ts-expect-error no such field
    new Point({ y: 1 });
    // @ts-expect-error a bigint is no number
    new Point().count = 1;
    // @ts-expect-error a value that each thread would have a copy of
    new SharedMutex(5);
    // @ts-expect-error of bigints
    sharedArray("i64", [1]);
  };
  assert.equal(typeof mustNotCompileEither, "function");
});
