/**
 * E7: a runtime, built in five steps on the public low-level API. Each step is a file of its own in `build-a-runtime/`, and can be run
 * alone; here they are played one after the other.
 */
import { async } from "heddle";
import { sleepStep } from "./build-a-runtime/1-sleep.js";
import { joinAllStep } from "./build-a-runtime/2-join-all.js";
import { wakersStep } from "./build-a-runtime/3-wakers.js";
import { tasksStep } from "./build-a-runtime/4-tasks.js";
import { socketsStep } from "./build-a-runtime/5-sockets.js";
import { example, type Outcome } from "./stage/example.js";
import { print } from "./stage/stage.js";

export const buildARuntime = example(import.meta, {
  id: "E7",
  program: "Build a runtime: a sleep, a join, wakers, tasks, sockets",
  expected: "each step runs: very many polls, ×1, few polls, 2 polls a task, ×1",
  play: async(function* () {
    const outcomes: Outcome[] = [];
    for (const step of [sleepStep, joinAllStep, wakersStep, tasksStep, socketsStep]) {
      print(`— ${step.program.replace("Build a runtime, ", "")} —`);
      outcomes.push(yield* step.play());
    }
    const checks = outcomes.flatMap((outcome, i) =>
      Object.entries(outcome.checks).map(([check, holds]) => [`step ${i + 1}: ${check}`, holds] as const),
    );
    return {
      measured: outcomes.map((outcome) => outcome.measured).join("; "),
      checks: Object.fromEntries(checks),
    };
  }),
});
