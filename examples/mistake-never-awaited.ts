/**
 * E6, a mistake: a future is made and never awaited. Nothing of it runs. heddle says so, with the line that made it: when the future is
 * collected as garbage, or at the latest when the program ends.
 */
import { async, fromPromise, Runtime, sleep, type Warning } from "heddle";
import { example } from "./stage/example.js";
import { collectGarbage, ownRuntime, print, printed } from "./stage/stage.js";

const greet = async(function* (name: string) {
  print(`hello ${name}`);
});

const program = async(function* () {
  greet("world"); // the mistake: yield* is missing
  print("done");
});

export const mistakeNeverAwaited = example(import.meta, {
  id: "E6",
  program: "Mistake: a future is created and never awaited",
  expected: "nothing of it runs; a warning with the line that created it",
  play: async(function* () {
    const warnings: Warning[] = [];
    const runtime = new Runtime(ownRuntime({ name: "mistaken", onWarning: (warning) => void warnings.push(warning) }));
    yield* runtime.spawn(program(), { name: "forgetful" });
    yield* fromPromise(() => runtime.shutdown());

    const ours = () => warnings.find((warning) => warning.code === "future.never-polled");
    for (let tries = 0; ours() === undefined && tries < 100; tries++) {
      collectGarbage();
      yield* sleep(1);
    }
    const warning = ours();
    const lines = printed();
    if (warning !== undefined) print(`heddle: warning [${warning.code}] ${warning.message}`);
    return {
      measured: warning === undefined ? "no warning" : "nothing ran; a warning with the line",
      checks: {
        "nothing of the future runs": lines.join() === "done",
        "heddle warns of a future that was never awaited": warning?.message.includes("never awaited") === true,
        "the warning names the line that made it": /\n +at .*mistake-never-awaited\.[jt]s:\d+/.test(
          warning?.message ?? "",
        ),
      },
    };
  }),
});
