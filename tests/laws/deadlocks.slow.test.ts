/**
 * The laws of deadlocks, over random programs of locks, joins, joined branches and raced branches:
 *
 * (a) what locks in one order, and joins only what was spawned before, is never said to wait in a circle;
 * (b) of what is said to, nothing ever goes on;
 * (c) a program in which something waits for ever, although time passes, is said to have a circle.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { async, type Future, joinAll, race, Runtime, sleep } from "heddle";
import { Mutex, RwLock } from "heddle/sync";

const LOCKS = 4;

/** One step of a program. Guards are released at the end of the block that they were taken in. */
type Step =
  | { kind: "sleep"; milliseconds: number }
  | { kind: "lock"; lock: number }
  | { kind: "read"; lock: number }
  | { kind: "write"; lock: number }
  | { kind: "join"; task: number }
  | { kind: "all"; blocks: Step[][] }
  | { kind: "first"; blocks: Step[][] };

const lockStep = fc.record({ kind: fc.constantFrom("lock", "read", "write"), lock: fc.nat(LOCKS - 1) });
const simple = fc.oneof(
  fc.record({ kind: fc.constant("sleep"), milliseconds: fc.integer({ min: 1, max: 5 }) }),
  lockStep,
  lockStep,
  fc.record({ kind: fc.constant("join"), task: fc.nat(5) }),
) as fc.Arbitrary<Step>;
const block = fc.array(simple, { maxLength: 4 });
const branching = fc.record({
  kind: fc.constantFrom("all", "first"),
  blocks: fc.array(block, { minLength: 1, maxLength: 3 }),
}) as fc.Arbitrary<Step>;
const task = fc.array(fc.oneof({ weight: 4, arbitrary: simple }, { weight: 1, arbitrary: branching }), {
  maxLength: 6,
});
const program = fc.array(task, { minLength: 1, maxLength: 5 });

/** Runs tasks, and gathers whom dumps at many times say to wait in a circle. */
class Play {
  readonly runtime = new Runtime({ startPaused: true, rngSeed: 1 });
  readonly #mutexes = Array.from({ length: LOCKS }, () => new Mutex());
  readonly #locks = Array.from({ length: LOCKS }, () => new RwLock());
  readonly #handles: Future<unknown>[] = [];
  readonly accused = new Set<number>();

  #steps(steps: Step[], own: number): Future<void> {
    const play = this;
    return async(function* () {
      yield* play.#run(steps, own);
    })();
  }

  *#run(steps: Step[], own: number): Generator<any, void, any> {
    const guards: { release(): void }[] = [];
    try {
      for (const step of steps) {
        if (step.kind === "sleep") yield* sleep(step.milliseconds);
        else if (step.kind === "lock") guards.push(yield* this.#mutexes[step.lock]!.lock());
        else if (step.kind === "read") guards.push(yield* this.#locks[step.lock]!.read());
        else if (step.kind === "write") guards.push(yield* this.#locks[step.lock]!.write());
        else if (step.kind === "join") {
          const handle = this.#handles[step.task];
          if (handle !== undefined && step.task !== own) yield* handle;
        } else {
          const blocks = step.blocks.map((inner) => this.#steps(inner, own));
          yield* step.kind === "all" ? joinAll(blocks) : race(blocks);
        }
      }
    } finally {
      for (const guard of guards) guard.release();
    }
  }

  /** @returns the ids of those that never end */
  async play(tasks: Step[][]): Promise<number[]> {
    const { runtime } = this;
    for (const [i, steps] of tasks.entries()) this.#handles.push(runtime.spawn(this.#steps(steps, i)));
    for (let time = 0; time < 120; time++) {
      await runtime.run(sleep(time < 20 ? 1 : 10));
      for (const { waits } of runtime.dump().cycles) for (const { id } of waits) this.accused.add(id);
    }
    return runtime.dump().tasks.map(({ id }) => id);
  }
}

/** The same program with every lock asked for in one order, each once, and no join of what comes later. */
function ordered(tasks: Step[][]): Step[][] {
  return tasks.map((steps, own) => {
    let last = -1;
    return steps.flatMap((step): Step[] => {
      if (step.kind === "sleep") return [step];
      // Joins are locks of their own that come before all others: none while something is held.
      if (step.kind === "join") return last === -1 && step.task < own ? [step] : [];
      if (step.kind === "all" || step.kind === "first") {
        const from = last;
        const blocks = step.blocks.map((inner) => {
          let at = from;
          return inner.filter((one) => {
            if (one.kind === "sleep") return true;
            const place = placeOf(one);
            if (place <= at) return false;
            at = place;
            return true;
          });
        });
        return [{ kind: step.kind, blocks }];
      }
      const place = placeOf(step);
      if (place <= last) return [];
      last = place;
      return [step];
    });
  });
}

function placeOf(step: Step): number {
  if (step.kind === "lock") return step.lock;
  return step.kind === "read" || step.kind === "write" ? LOCKS + step.lock : -1;
}

test("what locks in one order is never said to wait in a circle", async () => {
  await fc.assert(
    fc.asyncProperty(program, async (tasks) => {
      const play = new Play();
      const left = await play.play(ordered(tasks));
      await play.runtime.shutdown();
      assert.deepEqual([left, [...play.accused]], [[], []]);
    }),
    { numRuns: 150 },
  );
});

test("who is said to wait in a circle never goes on, and where something waits for ever there is one", async () => {
  let stuck = 0;
  await fc.assert(
    fc.asyncProperty(program, async (tasks) => {
      const play = new Play();
      const left = await play.play(tasks);
      const { cycles } = play.runtime.dump();
      await play.runtime.shutdown();
      if (left.length > 0) stuck++;
      for (const id of play.accused) assert.ok(left.includes(id), `task ${id} was accused, and ended`);
      assert.equal(cycles.length > 0, left.length > 0, `${cycles.length} circles, ${left.length} tasks left`);
    }),
    { numRuns: 300 },
  );
  assert.ok(stuck > 20, `only ${stuck} of the programs were stuck: they prove little`);
});
