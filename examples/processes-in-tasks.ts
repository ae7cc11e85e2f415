/**
 * A6: four tasks, each running such a process and awaiting its output; then their handles are awaited. A fifth task runs a command that does not
 * exist: it fails, with an error that says what is wrong, and harms nobody else.
 */
import { async, HeddleError, spawn } from "heddle";
import { Command } from "heddle/process";
import { greeting } from "./four-processes.js";
import { mostAtOnce, startSlowServer } from "./one-request.js";
import { example } from "./stage/example.js";
import { print, printed, stopwatch, text, times, within, isTimed } from "./stage/stage.js";

/** Runs a command to its end, and tells how that was. */
const told = async(function* (command: Command) {
  const output = yield* command.output({ limit: 10_000 });
  const said = output.status.success ? output.stdoutText() : output.stderrText();
  return `${String(output.status)}: ${said.trim()}`;
});

export const processesInTasks = example(import.meta, {
  id: "A6",
  program: "Four tasks, each awaiting the output of such a process; and a command that does not exist",
  expected: "×1; exit code and output of each; a clear error that harms no other",
  play: async(function* () {
    using server = yield* startSlowServer();
    const alone = stopwatch();
    yield* told(greeting(server.port));
    const unit = alone();
    yield* mostAtOnce(server.port);

    const elapsed = stopwatch();
    const commands = [
      greeting(server.port),
      greeting(server.port),
      greeting(server.port, "/nobody"),
      greeting(server.port),
      new Command("greet-everybody"),
    ];
    const handles = commands.map((command, at) => spawn(told(command), { name: `task ${at + 1}` }));
    let failure: unknown;
    for (const handle of handles) {
      try {
        print(`${handle.name}: ${yield* handle}`);
      } catch (error) {
        failure = error;
        print(`${handle.name}: ${String(error)}`);
      }
    }
    const time = elapsed();
    const most = yield* mostAtOnce(server.port);
    const lines = printed();
    return {
      measured: `${text(time)}, ${times(time, unit)} of one; three greetings, one refusal, one error`,
      checks: {
        "it takes about as long as one": within(time, 2.5 * unit),
        "the server had all four to serve at once": most === 4 || !isTimed(),
        "three tasks have their greeting": [0, 1, 3].every((n) => lines[n] === `task ${n + 1}: exit code 0: hello`),
        "one task has another exit code, and what its process complained of":
          lines[2] === "task 3: exit code 1: no greeting: 404 Not Found",
        "the command that does not exist is named, with the reason":
          failure instanceof HeddleError &&
          failure.code === "process.not-found" &&
          failure.message.startsWith('Cannot run "greet-everybody": it is not in the PATH'),
      },
      figures: { unit, time, most },
    };
  }),
});
