import assert from "node:assert/strict";
import { test as nodeTest } from "node:test";
import fc from "fast-check";
import { async, type Future, type HeddleError, join, joinAll, select, sleep, spawn } from "../index.js";
import { sequencer, spawnMock, testRuntime, testWith } from "../test.js";

const test = testWith(nodeTest);

test("Sequencer.reach() lets tasks go on in the order of the steps, whatever they do before", function* () {
  const seq = sequencer();
  const log: number[] = [];
  const at = async(function* (step: number, delay: number) {
    yield* sleep(delay);
    yield* seq.reach(step);
    log.push(step);
  });
  yield* joinAll([at(3, 0), at(1, 20), at(4, 5), at(2, 10)].map((future) => spawn(future)));
  assert.deepEqual([log, seq.reached], [[1, 2, 3, 4], 4]);
});

nodeTest("Sequencer.reach() keeps the order for any number of tasks with any steps each", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(3), { minLength: 1, maxLength: 12 }), async (owners) => {
      const kit = testRuntime({ seed: 1 });
      const seq = sequencer();
      const log: number[] = [];
      const task = async(function* (owner: number) {
        for (const [index, of] of owners.entries())
          if (of === owner) {
            yield* seq.reach(index + 1);
            log.push(index);
          }
      });
      await kit.run(joinAll([0, 1, 2, 3].map((owner) => spawnLater(task(owner)))));
      await kit.finish();
      assert.deepEqual(log, [...owners.keys()]);
    }),
    { numRuns: 20 },
  );
  function* spawnLater(future: Future<void>) {
    yield* spawn(future);
  }
});

test("Sequencer.reach() that is dropped has not reached its step", function* () {
  const seq = sequencer();
  const lost = yield* select({ step: seq.reach(2), time: sleep(5) });
  assert.deepEqual([lost.key, seq.reached], ["time", 0]);
  yield* join(seq.reach(2), seq.reach(1));
  assert.equal(seq.reached, 2);
});

nodeTest("Sequencer.reach() is a ledger of polls and wakes", () => {
  const seq = sequencer();
  const [one, two, three] = [1, 2, 3].map((step) => spawnMock(seq.reach(step)));
  three!.assertPending();
  two!.assertPending();
  assert.deepEqual([seq.reached, two!.wakeCount, three!.wakeCount], [0, 0, 0]);
  one!.assertReady();
  assert.deepEqual([seq.reached, two!.wakeCount, three!.wakeCount], [1, 1, 0]); // the next one alone
  two!.assertReady();
  three!.assertReady();
  assert.deepEqual([seq.reached, three!.wakeCount], [3, 1]);
});

nodeTest("Sequencer.reach() refuses a step twice, and what is no step", () => {
  const seq = sequencer();
  const waiting = spawnMock(seq.reach(2));
  waiting.assertPending();
  const second = spawnMock(seq.reach(2)).assertThrows("test.step-repeated") as HeddleError;
  assert.match(second.message, /^Cannot reach step 2 a second time: another task waits to reach it\nhelp: /);
  spawnMock(seq.reach(1)).assertReady();
  const again = spawnMock(seq.reach(1)).assertThrows("test.step-repeated") as HeddleError;
  assert.match(again.message, /: it has been reached\n/);
  for (const wrong of [0, -1, 1.5, NaN, "1"])
    assert.throws(
      () => seq.reach(wrong as number),
      /^RangeError: Cannot reach a step as 'step' must be an integer >= 1/,
    );
  waiting.assertReady();
});

nodeTest("Sequencer.reach() fails in its place when a step before it can never come", async () => {
  const seq = sequencer();
  const writer = async(function* writer() {
    yield* seq.reach(3);
  });
  const main = async(function* () {
    const handle = spawn(writer());
    yield* seq.reach(1);
    yield* handle;
  });
  const kit = testRuntime({ patience: 20 });
  const error: HeddleError = await kit.run(main()).then(
    () => assert.fail("it was reached"),
    (reason) => reason,
  );
  assert.equal(error.code, "test.step-unreachable");
  assert.equal(
    error.message,
    "Cannot reach step 3: step 2 was never reached, and nothing can run that would reach it\n" +
      "help: let a task reach step 2, and look whether it waits for one that waits for a later step",
  );
  assert.match(error.stack!, /at .*writer .*sequencer\.test/);
  await kit.finish();
});
