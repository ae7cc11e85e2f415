import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { async, join, sleep } from "../../index.js";
import { network, type NetworkStream, testRuntime } from "../../test.js";

const send = async(function* (stream: NetworkStream, all: Uint8Array) {
  for (let left = all; left.length > 0;) left = left.subarray(yield* stream.write(left));
  yield* stream.shutdown();
});

const readAll = async(function* (stream: NetworkStream, size: number) {
  const all: number[] = [];
  for (;;) {
    const into = new Uint8Array(size);
    const count = yield* stream.read(into);
    if (count === 0) return all;
    all.push(...into.subarray(0, count));
  }
});

test("NetworkStream gives every byte once and in order, under any latency, loss, window, partition and seed", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        latency: fc.tuple(fc.nat(5), fc.nat(20)).map(([a, b]): [number, number] => [a, a + b]),
        loss: fc.double({ min: 0, max: 0.9, noNaN: true }),
        window: fc.integer({ min: 1, max: 40 }),
        seed: fc.nat(),
      }),
      fc.uint8Array({ maxLength: 200 }),
      fc.integer({ min: 1, max: 50 }),
      fc.array(fc.nat(100), { maxLength: 3 }),
      async (options, sent, size, cuts) => {
        const kit = testRuntime({ seed: 1 });
        const main = async(function* () {
          const net = network(options);
          const [client, server] = yield* join(net.connect("a", "b", 80), net.listen("b", 80).accept());
          const trouble = async(function* () {
            for (const delay of cuts) {
              yield* sleep(delay);
              net.partition("a", "b");
              yield* sleep(delay);
              net.repair("a", "b");
            }
          });
          return yield* join(
            readAll(server, size),
            readAll(client, size),
            send(client, sent),
            send(server, sent),
            trouble(),
          );
        });
        const [there, back] = await kit.run(main());
        await kit.finish();
        assert.deepEqual([there, back], [[...sent], [...sent]]);
      },
    ),
    { numRuns: 150 },
  );
});
