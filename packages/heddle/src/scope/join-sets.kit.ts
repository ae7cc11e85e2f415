/**
 * What the tests of JoinSet, JoinMap and JoinQueue share: small work, and the law of sets and queues.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { async, END, type JoinHandle, type JoinSet, Runtime, select, sleep, spawn } from "../index.js";
import { Instant } from "../time/instant.js";

export function paused(unhandled: unknown[] = []): Runtime {
  const onUnhandled = (error: unknown): void => void unhandled.push((error as Error).message);
  return new Runtime({ startPaused: true, rngSeed: 1, warnings: false, onUnhandled });
}

export const now = (): number => Instant.now().milliseconds;

export const after = async(function* <T>(length: number, value: T) {
  yield* sleep(length);
  return value;
});

export const failing = async(function* (length: number, message: string): Generator<any, never> {
  yield* sleep(length);
  throw new Error(message);
});

const operation = fc.oneof(
  fc.record({ do: fc.constant("spawn" as const), ms: fc.nat(10), fails: fc.boolean() }),
  fc.record({ do: fc.constant("join" as const), limit: fc.nat(10) }),
  fc.record({ do: fc.constant("try" as const) }),
  fc.record({ do: fc.constant("sleep" as const), ms: fc.nat(10) }),
  fc.record({ do: fc.constant("abort" as const), which: fc.nat(5) }),
);

/**
 * Runs random programs on sets, and has each checked when all is joined.
 *
 * @param check is given the ids in the order of spawning, and in that of joining
 */
export async function checkJoinLaw(
  make: () => JoinSet<number>,
  check: (spawned: number[], joined: number[]) => void,
): Promise<void> {
  const property = fc.asyncProperty(fc.array(operation, { maxLength: 20 }), fc.integer(), async (operations, seed) => {
    const runtime = new Runtime({ startPaused: true, rngSeed: seed, warnings: false });
    const main = async(function* () {
      const set = make();
      const joined: number[] = [];
      const spawned: ReturnType<typeof set.spawn>[] = [];
      const joiner = async(function* (limit: number) {
        const won = yield* select({ joined: set.joinNextSettled(), tick: sleep(limit) });
        if (won.key === "joined" && won.value !== END) joined.push(won.value.id);
      });
      const joiners: JoinHandle<void>[] = [];
      for (const step of operations) {
        if (step.do === "spawn")
          spawned.push(set.spawn(step.fails ? failing(step.ms, "law") : after(step.ms, step.ms)));
        else if (step.do === "join") joiners.push(spawn(joiner(step.limit)));
        else if (step.do === "sleep") yield* sleep(step.ms);
        else if (step.do === "abort") spawned[step.which]?.abort();
        else {
          const one = set.tryJoinNext();
          if (one !== undefined) joined.push(one.id);
        }
      }
      for (const handle of joiners) yield* handle;
      for (let next; (next = yield* set.joinNextSettled()) !== END;) joined.push(next.id);
      check(
        spawned.map(({ id }) => id),
        joined,
      );
      assert.equal(set.size, 0);
    });
    await runtime.run(main());
    assert.deepEqual([runtime.metrics().liveTasks, runtime.metrics().timers], [0, 0]);
  });
  await fc.assert(property, { numRuns: 30 });
}
