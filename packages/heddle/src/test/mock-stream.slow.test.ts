import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { async } from "../index.js";
import { mockStream, testRuntime } from "../test.js";

const bytes = (text: string) => new TextEncoder().encode(text);

test("MockStream carries any conversation whole, however it is cut into reads and writes", async () => {
  const part = fc.record({ isRead: fc.boolean(), text: fc.string({ minLength: 1, maxLength: 6 }), pause: fc.nat(2) });
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 8 }), fc.integer({ min: 1, max: 4 }), async (parts, size) => {
      const builder = mockStream();
      for (const { isRead, text, pause } of parts) {
        if (pause > 0) builder.wait(pause);
        if (isRead) builder.read(text);
        else builder.write(text);
      }
      const kit = testRuntime({ seed: 1 });
      const got: number[] = [];
      const play = async(function* () {
        const stream = builder.build();
        for (const { isRead, text } of parts) {
          if (!isRead) for (let left = bytes(text); left.length > 0;) left = left.subarray(yield* stream.write(left));
          for (let left = isRead ? bytes(text).length : 0; left > 0;) {
            const into = new Uint8Array(Math.min(size, left));
            const count = yield* stream.read(into);
            got.push(...into.subarray(0, count));
            left -= count;
          }
        }
        assert.equal(yield* stream.read(new Uint8Array(1)), 0);
      });
      await kit.run(play());
      await kit.finish();
      const sent = parts.filter(({ isRead }) => isRead).map(({ text }) => text);
      assert.deepEqual(got, [...bytes(sent.join(""))]);
      assert.equal(
        kit.now(),
        parts.reduce((sum, { pause }) => sum + pause, 0),
      );
    }),
    { numRuns: 150 },
  );
});
