/**
 * D4: an error goes up through async functions as through ordinary ones. See `count-lines.ts`, which is run here with a file that is
 * there, and with one that is not.
 */
import { fileURLToPath } from "node:url";
import { async, join } from "heddle";
import { command } from "./stage/command.js";
import { example } from "./stage/example.js";
import { print } from "./stage/stage.js";

export const errorsGoUp = example(import.meta, {
  id: "D4",
  program: "An error goes up through three async functions",
  expected: "good file: success, exit code 0; missing file: error, exit code 1",
  play: async(function* () {
    const [good, missing] = yield* join(
      command("count-lines", fileURLToPath(import.meta.url)),
      command("count-lines", "missing.txt"),
    );
    print(good.stdout.trim());
    print(missing.stderr.trim());
    return {
      measured: `exit codes ${good.code} and ${missing.code}`,
      checks: {
        "a good file gives a success line, and nothing else":
          /^success: .* lines\n$/.test(good.stdout) && good.stderr === "",
        "a missing file gives an error line, and nothing else":
          missing.stderr === "error: there is no file missing.txt\n" && missing.stdout === "",
        "the exit codes are right": good.code === 0 && missing.code === 1,
      },
    };
  }),
});
