/**
 * Runs another program of ours, as a future.
 */
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { fromCallback } from "heddle";

export interface Output {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `examples/dist/<name>.js` in a process of its own, to its end. Dropping the future kills the process. */
export function command(name: string, ...args: string[]) {
  return fromCallback<Output>((resolve, reject) => {
    const path = fileURLToPath(new URL(`../${name}.js`, import.meta.url));
    const child = spawn(process.execPath, [path, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, stdout, stderr }));
    return () => void child.kill();
  });
}
