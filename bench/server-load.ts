/**
 * A round against a server of this process, whose clients are a process of their own: what it takes of the processor is the server's alone.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect, type Round } from "./harness.js";

/** @param clients the program, which is given the port, how many requests it is to make, and over how many connections; it ends with 0 if all were answered right */
export function askedBy(
  clients: "http-load" | "websocket-load",
  port: number,
  count: number,
  connections: number,
): Round {
  const program = fileURLToPath(new URL(`${clients}.js`, import.meta.url));
  return async () => {
    const before = process.cpuUsage();
    const load = spawn(process.execPath, [program, port, count, connections].map(String), { stdio: "inherit" });
    const [status] = await once(load, "exit");
    const { user, system } = process.cpuUsage(before);
    expect("the clients' exit code", status, 0);
    return { total: ((user + system) * 1000) / count };
  };
}
