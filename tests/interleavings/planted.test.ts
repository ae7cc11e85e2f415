/**
 * Planted faults: `explore` finds each, its schedule replays, and the correct twin passes in every order. With opaque steps, and
 * with tracked ones, which skip most orders.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { type Exploration, explore, ExploreError, type ExploreOptions } from "heddle/test";
import { channels } from "./planted-channels.js";
import { locks } from "./planted-locks.js";
import { signals } from "./planted-signals.js";

async function faultOf(program: Parameters<typeof explore>[0], options: ExploreOptions): Promise<ExploreError> {
  let found: Exploration;
  try {
    found = await explore(program, options);
  } catch (error) {
    if (error instanceof ExploreError) return error;
    throw error;
  }
  assert.fail(`nothing was found in ${JSON.stringify(found)}`);
}

for (const planted of [...locks, ...channels, ...signals]) {
  const { fault, code } = planted;
  describe(fault, () => {
    for (const shared of ["opaque", "tracked"] as const) {
      test(`explore() finds it with ${shared} steps, and its schedule replays`, async () => {
        const error = await faultOf(() => planted.program(true), { shared, maxSteps: 60 });
        assert.equal(error.code, code, error.message);
        const again = await faultOf(() => planted.program(true), { shared, maxSteps: 60, replay: error.replay });
        assert.deepEqual(
          { code: again.code, trace: again.trace, replay: again.replay },
          { code, trace: error.trace, replay: error.replay },
        );
      });

      test(`explore() passes its correct twin in every order of ${shared} steps`, async () => {
        const { exhausted, schedules } = await explore(() => planted.program(false), { shared, maxSteps: 60 });
        assert.ok(exhausted && schedules > 0);
      });
    }
  });
}
