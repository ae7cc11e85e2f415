/**
 * `coop`: the budget of cooperation, by hand. A task may do 128 operations in one poll; then whatever it awaits is pending until
 * others have had their turn.
 */
import { BUDGET, current, currentRoot } from "../future/current.js";
import { GatherOne } from "../future/gather-one.js";
import { ready } from "../future/ready.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";

const UNLIMITED = 2 ** 30;

class Unconstrained<T> extends GatherOne<T> {
  protected advance(): Poll<T> {
    const { budget } = current;
    current.budget = UNLIMITED;
    try {
      const value = this.pollInner();
      if (value !== PENDING) this.finish();
      return value;
    } finally {
      current.budget = budget;
    }
  }
}

const unit = /* @__PURE__ */ ready<void>(undefined);

/** Cooperation by hand. */
export const coop = {
  /** Operations in one poll. */
  budget: BUDGET,

  /** Runs `future` without a budget. It can starve everything else on its thread: keep it short. */
  unconstrained<T>(future: Future<T>): Future<T> {
    return new Unconstrained("coop.unconstrained(…)", future);
  },

  /** Spends one operation: await it in a long computation, so that others get their turn every 128 times. */
  consumeBudget(): Future<void> {
    return unit;
  },

  /** Whether the task may do more in this poll. True outside of tasks. */
  hasBudgetRemaining(): boolean {
    return currentRoot() === null || current.budget > 0;
  },
} as const;
