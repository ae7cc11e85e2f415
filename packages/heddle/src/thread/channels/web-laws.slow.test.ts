/**
 * watch and broadcast channels under random programs, whose ends are moved about.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { END, run } from "../../index.js";
import { broadcast, watch } from "../../sync.js";
import { moved, settle, taken } from "./threads.kit.js";

test("watch channels across threads come to one value everywhere, whoever sends when", async () => {
  const sends = fc.array(fc.record({ by: fc.nat(4), value: fc.nat(), settles: fc.boolean() }), { maxLength: 15 });
  await fc.assert(
    fc.asyncProperty(sends, async (program) => {
      const [tx, rx] = watch.channel(-1);
      const first = moved(tx.clone());
      const second = moved(first.clone());
      const senders = [tx, first, second, moved(first.clone()), moved(second.clone())];
      const receivers = [rx, moved(rx.clone()), moved(second.subscribe())];
      await settle();
      for (const { by, value, settles } of program) {
        senders[by]!.send(value);
        if (settles) await settle();
      }
      await settle();
      const last = program.at(-1)?.value ?? -1;
      assert.deepEqual(
        [...senders, ...receivers].map((end) => end.borrow()),
        new Array(8).fill(last),
      );
      for (const end of senders) end.close();
      await settle();
      for (const end of receivers) {
        while ((await run(end.next())) !== END);
        end.close();
      }
    }),
    { numRuns: 100 },
  );
});

test("broadcast channels across threads lose no message without saying so, and keep the order of each sender", async () => {
  const steps = fc.array(
    fc.oneof(
      fc.record({ kind: fc.constant("send" as const), i: fc.nat(3) }),
      fc.record({ kind: fc.constant("recv" as const), i: fc.nat(3) }),
      fc.record({ kind: fc.constant("settle" as const), i: fc.nat(3) }),
      fc.record({ kind: fc.constant("move" as const), i: fc.nat(3) }),
    ),
    { maxLength: 60 },
  );
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(1, 2, 4), steps, async (capacity, program) => {
      const [tx, rx] = broadcast.channel<number>(capacity);
      const first = moved(tx.clone());
      const senders = [tx, first, moved(first.clone()), tx.clone()];
      const receivers = [rx, moved(rx.resubscribe()), moved(senders[2]!.subscribe()), moved(first.subscribe())];
      await settle();
      const got: number[][] = [[], [], [], []];
      let sent = 0;
      for (const { kind, i } of program) {
        if (kind === "send") senders[i]!.send(1000 * (i + 1) + sent++);
        else if (kind === "settle") await settle();
        else if (kind === "move") receivers[i] = moved(receivers[i]!);
        else got[i]!.push(...taken(receivers[i]!));
      }
      for (let round = 0; round < 3; round++) {
        await settle();
        for (const [i, end] of receivers.entries()) got[i]!.push(...taken(end));
      }
      for (const list of got) {
        assert.equal(
          list.reduce((sum, it) => sum + (it < 0 ? -it : 1), 0),
          sent,
          JSON.stringify(got),
        );
        for (let by = 1; by <= 4; by++) {
          const theirs = list.filter((it) => Math.floor(it / 1000) === by);
          assert.deepEqual(
            theirs,
            theirs.toSorted((a, b) => a - b),
          );
        }
      }
      for (const end of [...senders, ...receivers]) end.close();
    }),
    { numRuns: 300 },
  );
});
