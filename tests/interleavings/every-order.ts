/**
 * What the explorations of heddle/sync share: an abort at every moment, and a count of the orders.
 */
import assert from "node:assert/strict";
import { async, type Future, type JoinHandle } from "heddle";
import { explore } from "heddle/test";

/**
 * Runs a program in every order. It must have at least so many, so that it cannot become trivial unnoticed.
 *
 * @param shared `tracked` where there are too many: what those programs look at changes with the lock in hand only
 */
export async function inEveryOrder(
  program: () => Future<unknown>,
  least: number,
  shared: "opaque" | "tracked" = "opaque",
): Promise<void> {
  const { exhausted, schedules } = await explore(program, { shared, maxSteps: 100 });
  assert.ok(exhausted, "every order was run");
  assert.ok(schedules >= least, `${schedules} orders`);
}

/** Aborts a task at whatever moment, and ends when it is over. */
export const aborting = async(function* (victim: JoinHandle<unknown>) {
  victim.abort();
  yield* victim.settled();
});

/** Waits for tasks that may have been aborted. */
export const ended = async(function* (tasks: JoinHandle<unknown>[]) {
  for (const task of tasks) {
    const result = yield* task.settled();
    if (result.status === "rejected" && result.reason.name !== "AbortError") throw result.reason;
  }
});
