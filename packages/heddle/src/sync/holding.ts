/**
 * `holding`: runs a function while a guard is held. What `withLock`, `withPermit` and their kin are.
 */
import { quote } from "../base/errors.js";
import { async } from "../future/async.js";
import { framed, type Settled } from "../future/framed.js";
import type { Future } from "../future/poll.js";
import type { Guard } from "./permit-pool.js";

const hold = /* @__PURE__ */ async(function* (ask: () => Future<Guard>, fn: (guard: any) => unknown) {
  const guard = yield* ask();
  try {
    return yield* framed(fn(guard));
  } finally {
    guard.release();
  }
});

/** Asks for a guard, runs `fn` with it, and releases it when `fn` has ended in any way. */
export function holding<G extends Guard, R>(
  verb: string,
  ask: () => Future<G>,
  fn: (guard: G) => R,
): Future<Settled<R>> {
  if (typeof fn !== "function")
    throw new TypeError(
      `Cannot ${verb} as 'fn' must be a function: received ${quote(fn)}\nhelp: pass a function, async or not`,
    );
  return hold(ask, fn) as Future<Settled<R>>;
}
