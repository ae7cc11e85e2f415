/**
 * D1: what `main` does for `hello-world.ts`, step by step: make a runtime, run a future on it, shut it down.
 */
import { async, fromPromise, Runtime, sleep } from "heddle";
import { command } from "./stage/command.js";
import { example } from "./stage/example.js";
import { ownRuntime, print, printed, scaled } from "./stage/stage.js";

const hello = async(function* () {
  print("hello");
  yield* sleep(scaled(1000));
  print("world");
});

export const helloWorldDesugared = example(import.meta, {
  id: "D1",
  program: "hello, sleep 1 s, world: as main, and desugared",
  expected: "the same output both ways",
  play: async(function* () {
    // As a program of its own: main(hello()).
    const program = yield* command("hello-world", String(scaled(1000)));

    // Desugared. A runtime has all its drivers; there is nothing to enable.
    const runtime = new Runtime(ownRuntime({ name: "built by hand" }));
    // Outside of any task this line would be: await runtime.run(hello());
    yield* runtime.spawn(hello(), { name: "hello" });
    yield* fromPromise(() => runtime.shutdown());

    const desugared = `${printed().join("\n")}\n`;
    return {
      measured: `${JSON.stringify(program.stdout)} and ${JSON.stringify(desugared)}`,
      checks: {
        "main prints hello and world": program.stdout === "hello\nworld\n",
        "main ends the process with code 0": program.code === 0,
        "desugared prints the same": desugared === program.stdout,
      },
    };
  }),
});
