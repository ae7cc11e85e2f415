/**
 * Starts the servers that examples talk to. Each is a process of its own, on a port of loopback.
 */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { async, fromCallback } from "heddle";

/** A server that runs until it is disposed of. */
export interface Server extends Disposable {
  readonly port: number;
  readonly pid: number;
}

/**
 * Starts one of the programs in `servers/`, and waits until it listens: `using server = yield* startServer("slow-http")`.
 *
 * @throws Error if it ends instead
 */
export const startServer = async(function* (
  name: "slow-http" | "slow-echo" | "farewell",
  ...args: (string | number)[]
) {
  const child = fork(
    fileURLToPath(new URL(`../servers/${name}.js`, import.meta.url)),
    args.map((arg) => String(arg)),
  );
  // A server ends when it is disconnected, also because we are gone.
  const stop = (): void => {
    if (child.connected) child.disconnect();
  };
  const port = yield* portOf(child, stop);
  return { port, pid: child.pid!, [Symbol.dispose]: stop } satisfies Server;
});

function portOf(child: ChildProcess, stop: () => void) {
  return fromCallback<number>((resolve, reject) => {
    child.once("message", (message: { port: number }) => resolve(message.port));
    child.once("error", reject);
    child.once("exit", (code) => reject(new Error(`Cannot start the server: it ended with code ${code}`)));
    return stop;
  });
}
