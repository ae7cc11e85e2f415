/**
 * E2: ten async functions of a second each, first awaited one by one, then joined.
 */
import { async, joinAll, sleep } from "heddle";
import { example } from "./stage/example.js";
import { print, printed, scaled, stopwatch, text, times } from "./stage/stage.js";

const foo = async(function* (n: number) {
  print(`start ${n}`);
  yield* sleep(scaled(1000));
  print(`end ${n}`);
});

const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

export const awaitedOrJoined = example(import.meta, {
  id: "E2",
  program: "10 × foo (start, wait 1 s, end), awaited one by one, then joined",
  expected: "×10, then ×1, with the starts in order",
  play: async(function* () {
    let elapsed = stopwatch();
    for (const n of numbers) yield* foo(n);
    const awaited = elapsed();

    print("— joined —");
    elapsed = stopwatch();
    yield* joinAll(numbers.map((n) => foo(n)));
    const joined = elapsed();

    const unit = scaled(1000);
    const starts = numbers.map((n) => `start ${n}`);
    const oneByOne = numbers.flatMap((n) => [`start ${n}`, `end ${n}`]);
    return {
      measured: `${text(awaited)}, then ${text(joined)}: ${times(awaited, unit)}, then ${times(joined, unit)}`,
      checks: {
        "awaited, they take ten times as long as one": awaited >= 10 * unit - 10,
        "joined, they take a small part of that": joined >= unit - 1 && joined < awaited / 4,
        "awaited, each starts when the one before has ended": printed().slice(0, 20).join() === oneByOne.join(),
        "joined, all start, in order, before any ends": printed().slice(21, 31).join() === starts.join(),
      },
      figures: { unit, awaited, joined },
    };
  }),
});
