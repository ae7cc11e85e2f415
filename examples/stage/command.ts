/**
 * Runs another program of ours.
 */
import { fileURLToPath } from "node:url";
import { async } from "heddle";
import { Command } from "heddle/process";

/** Whether starting it blocks for so long that heddle warns depends on how busy the machine is. */
const env = { HEDDLE_WARNINGS: "off" };

/** Runs `examples/dist/<name>.js` in a process of its own, to its end. Dropping the future kills the process. */
export const command = async(function* (name: string, ...args: string[]) {
  const path = fileURLToPath(new URL(`../${name}.js`, import.meta.url));
  const output = yield* new Command(process.execPath, { args: [path, ...args], env, killOnDrop: true }).output();
  return { code: output.status.code, stdout: output.stdoutText(), stderr: output.stderrText() };
});
