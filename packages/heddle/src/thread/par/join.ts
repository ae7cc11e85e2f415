/**
 * parJoin: two calls at the same time, and in each of them two more: divide and conquer.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { async } from "../../future/async.js";
import type { Future } from "../../future/poll.js";
import type { AnyFunction, Call as Arguments, Callable, Outcome } from "../call.js";
import type { Job } from "../crew/job.js";
import { refuseAtImport } from "../at-import.js";
import { here } from "../here.js";
import { captured } from "../reference/move.js";
import { unpackError } from "../values/errors.js";
import { callOf } from "./crossing.js";
import { Exchange, MOST_SEATS } from "./exchange.js";
import { isNumberArray } from "./numbers.js";
import { callee } from "./par.js";
import { parallelism, parPool } from "./pool.js";
import { both, currentSeat } from "./seat.js";
import { type Invitation, sit, type Verdict } from "./sit.js";
import { together } from "./together.js";

/** A function and what it is called with. */
export type JoinCall<F extends AnyFunction> = readonly [fn: Callable<F>, ...args: Arguments<F>];

type Both<F extends AnyFunction, G extends AnyFunction> = [Outcome<F>, Outcome<G>];

type AnyCall = readonly [fn: any, ...args: unknown[]];

/**
 * Makes two calls at the same time, on two threads, and gives both results.
 *
 * The functions are by reference, as for `thread.spawn`, and not async. For divide and conquer they call `parJoinBlocking`, which shares what it has to do with the
 * other threads as long as those have nothing to do.
 *
 * If one call fails, the other is finished all the same; then the first error is thrown.
 *
 * **Cancel safety**: dropped, nothing is joined any more in the calls that have begun, which fail by that; a call that joins nothing goes on to its end. The
 * future is over when both are.
 *
 * @throws TypeError if a function or an argument cannot be sent
 *
 * @example
 * ```ts
 * import { async, main } from "heddle";
 * import { parJoin, parJoinBlocking } from "heddle/thread";
 *
 * export function sum(numbers: Float64Array): number {
 *   if (numbers.length < 1000) return numbers.reduce((a, b) => a + b, 0);
 *   const middle = numbers.length >> 1;
 *   const [a, b] = parJoinBlocking([sum, numbers.subarray(0, middle)], [sum, numbers.subarray(middle)]);
 *   return a + b;
 * }
 *
 * main(async(function* () {
 *   const numbers = new Float64Array(new SharedArrayBuffer(8 * 100_000)).fill(0.5);
 *   const [a, b] = yield* parJoin([sum, numbers.subarray(0, 40_000)], [sum, numbers.subarray(40_000)]);
 *   console.log(a + b);
 * })());
 * // prints: 50000
 * ```
 */
export function parJoin<F extends AnyFunction, G extends AnyFunction>(
  first: JoinCall<F>,
  second: JoinCall<G>,
): Future<Both<F, G>> {
  const calls = checked(first, second);
  return joined(calls) as Future<any>;
}

/**
 * The same as `parJoin`, for functions that run on a thread already: it **blocks** until both results are there, and works meanwhile.
 *
 * Inside of a `parJoin` it offers the second call to the other threads that take part, makes the first, and takes the second back if nobody has begun it. If somebody has, it
 * works on what others offer until that one is done. So no thread waits idly, none is started, and two calls that are not shared cost little more than
 * two calls: stop dividing where a part takes some 20 µs. Everywhere else on threads that heddle has started it makes one call after the other.
 *
 * Shared can be: functions of the modules of the two that `parJoin` was given, with plain data of up to 4 KB and views of the shared memory that it was
 * given as arguments. Other calls are made where they are.
 *
 * @throws what the first call throws that fails; the other is finished first
 */
export function parJoinBlocking<F extends AnyFunction, G extends AnyFunction>(
  first: JoinCall<F>,
  second: JoinCall<G>,
): Both<F, G> {
  return joinBlocking(first, second) as any;
}

function joinBlocking(...[first, second]: [AnyCall, AnyCall]): [unknown, unknown] {
  const calls = checked(first, second);
  const [f, ...a] = first;
  const [g, ...b] = second;
  const seat = currentSeat();
  if (seat !== null)
    return seat.join(
      () => f(...a),
      () => g(...b),
      g,
      b,
    );
  if (here.name !== null || parallelism() === 1) return inline(calls);
  return joinedBlocking(calls);
}

function checked(...calls: AnyCall[]): AnyCall[] {
  for (const [fn] of calls) callee(fn, "join");
  return calls;
}

function inline([first, second]: readonly AnyCall[]): [unknown, unknown] {
  const [f, ...a] = first!;
  const [g, ...b] = second!;
  return both(
    () => f(...a),
    () => g(...b),
  );
}

const joined = async(function* parJoin(calls: readonly AnyCall[]) {
  refuseAtImport("run something in parallel");
  if (parallelism() === 1) return inline(calls);
  const table = tableFor(calls);
  const { reports, death } = yield* together<Verdict>({
    threads: table.exchange.seats,
    submit: (i) => table.submit(i),
    isOver: () => table.exchange.isOver,
    stop: () => table.exchange.stop(),
  });
  return resultsOf(reports, death);
});

function joinedBlocking(calls: readonly AnyCall[]): [unknown, unknown] {
  refuseAtImport("run something in parallel");
  const table = tableFor(calls);
  const jobs = Array.from({ length: table.exchange.seats }, (_, i) => table.submit(i));
  const reports: Verdict[] = [];
  let death: { reason: unknown } | null = null;
  for (const [i, job] of jobs.entries()) {
    // The two at the root are over: whoever only helps has nothing to do.
    if (i >= 2 && job.abortQuietly("nothing is left to do") === undefined && job.isOver) continue;
    try {
      reports.push(job.joinBlocking());
    } catch (reason) {
      death ??= { reason };
      table.exchange.stop();
    }
  }
  return resultsOf(reports, death);
}

/** The seats for two calls, and how somebody is invited to one. */
function tableFor(calls: readonly AnyCall[]): { exchange: Exchange; submit(i: number): Job<Verdict> } {
  const exchange = new Exchange(Math.min(MOST_SEATS, Math.max(2, parallelism())));
  const ports = portsFor(exchange.seats);
  const functions = calls.map(([fn]) => callOf(fn));
  const buffers = buffersOf(calls);
  const submit = (seat: number): Job<Verdict> => {
    const call = calls[seat];
    const { memory, seats } = exchange;
    const invitation: Invitation = {
      memory,
      seats,
      seat,
      ports: ports[seat]!,
      buffers,
      call: call === undefined ? null : { of: functions[seat]!, args: call.slice(1) },
      functions,
    };
    const job = parPool(seats).submit<Verdict>(sit, [invitation], `parJoin(${String(call?.[0].name ?? "")})`);
    if (call !== undefined && job.thread === null) exchange.expectsLess();
    return job;
  };
  return { exchange, submit };
}

/** For each seat a port to each other one. */
function portsFor(seats: number): (MessagePort | null)[][] {
  const ports = Array.from({ length: seats }, () => new Array<MessagePort | null>(seats).fill(null));
  for (let i = 0; i < seats; i++)
    for (let j = 0; j < i; j++) {
      const { port1, port2 } = new MessageChannel();
      ports[i]![j] = port1;
      ports[j]![i] = port2;
    }
  return ports;
}

/** The shared memory that the calls are given. */
function buffersOf(calls: readonly AnyCall[]): SharedArrayBuffer[] {
  const given = calls.flatMap(([fn, ...args]) => [...args, ...Object.values(captured(fn) ?? {})]);
  const buffers = given.map((value) => (isNumberArray(value) ? value.buffer : value));
  return [...new Set(buffers)].filter((buffer) => buffer instanceof SharedArrayBuffer);
}

function resultsOf(reports: readonly Verdict[], death: { reason: unknown } | null): [unknown, unknown] {
  if (death !== null) throw death.reason;
  const [first, second] = reports.filter((report) => report !== null);
  for (const verdict of [first!, second!])
    if ("error" in verdict) throw unpackError(verdict.error, { thread: `"${verdict.thread}"` });
  return [(first as { value: unknown }).value, (second as { value: unknown }).value];
}
