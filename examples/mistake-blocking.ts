/**
 * E4, a mistake: a blocking sleep inside an async function. While it blocks, nothing else on its thread can run, so that all is
 * serial again. heddle says which task it was, for how long, and where.
 */
import { async, fromPromise, joinAll, Runtime, sleep, spawn, type Warning } from "heddle";
import { example } from "./stage/example.js";
import { ownRuntime, print, scaled, stopwatch, text, times } from "./stage/stage.js";

/** Blocks the thread. */
function blockingSleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

const foo = async(function* (n: number) {
  print(`start ${n}`);
  blockingSleep(scaled(1000)); // the mistake: yield* sleep(…) would let the others run
  print(`end ${n}`);
  yield* sleep(1);
});

const numbers = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

const program = async(function* () {
  const elapsed = stopwatch();
  yield* joinAll(numbers.map((n) => spawn(foo(n), { name: `foo ${n}` })));
  return elapsed();
});

export const mistakeBlocking = example(import.meta, {
  id: "E4",
  program: "Mistake: a blocking sleep inside an async function",
  expected: "×10 although joined; a warning with task, time and line",
  play: async(function* () {
    const warnings: Warning[] = [];
    // A runtime whose warnings we take: otherwise they are printed. 100 ms is where it begins to warn, at full speed.
    const runtime = new Runtime({
      ...ownRuntime({ name: "mistaken" }),
      blockedAfter: scaled(100),
      onWarning: (warning) => void warnings.push(warning),
    });
    const time = yield* runtime.spawn(program(), { name: "ten at once" });
    yield* fromPromise(() => runtime.shutdown());

    // Where the machine is busy, heddle may warn of others as well.
    const blocked = warnings.filter(({ code, message }) => code === "task.blocked" && message.includes('"foo '));
    const [first] = blocked;
    if (first !== undefined) print(`heddle: warning [${first.code}] ${first.message}`);
    if (blocked.length > 1) print(`… and ${blocked.length - 1} more`);
    const unit = scaled(1000);
    const names = numbers.filter((n) => blocked.some((warning) => warning.message.includes(`"foo ${n}"`)));
    return {
      measured: `${text(time)}, ${times(time, unit)}; ${blocked.length} warnings`,
      checks: {
        "it takes ten times as long as one": time >= 10 * unit - 10,
        "heddle warns of each task by its name": names.length === numbers.length,
        "the warning says for how long": /blocked the thread for \d/.test(first?.message ?? ""),
        "the warning names the line": /mistake-blocking\.[jt]s:\d+/.test(first?.message ?? ""),
      },
      figures: { unit, time, warnings: blocked.length },
    };
  }),
});
