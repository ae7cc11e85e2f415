/**
 * What the tests of this folder look at: the processes and descriptors that are left, and a child that says when it is ready.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { type Future, fromCallback, async } from "../index.js";
import { BufReader, readLine } from "../io.js";
import { type Child, Command, type CommandOptions } from "../process.js";

/** Once through the host, so that it can answer. */
export const host = (): Future<void> => fromCallback<void>((resolve) => void setImmediate(resolve));

/** The processes that this one has started and not been told the end of. */
export function children(): string[] {
  return readdirSync("/proc/self/task").flatMap((thread) =>
    readFileSync(`/proc/self/task/${thread}/children`, "utf8").split(" ").filter(Boolean),
  );
}

/** The pipes and sockets that are open here. */
export function pipes(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return /^(socket|pipe):/.test(target) ? [`${fd} ${target}`] : [];
    } catch {
      // It listed the folder, and is closed by now.
      return [];
    }
  });
}

/** Asks again and again, between the host's turns, until it holds. */
export const until = async(function* (what: string, holds: () => boolean) {
  for (let turn = 0; !holds(); turn++) {
    assert.ok(turn < 200_000, what);
    yield* host();
  }
});

/** Whether a process runs. One that is over and that nobody was told of does not. */
export function isRunning(id: number): boolean {
  try {
    // The state stands behind the name, which is in brackets.
    return !/\) [ZX] [^)]*$/.test(readFileSync(`/proc/${id}/stat`, "utf8"));
  } catch {
    return false;
  }
}

/** A script of the shell. */
export const sh = (script: string, options?: CommandOptions): Command =>
  new Command("sh", options).args(["-c", script]);

/** Starts a script, and waits until it has said a line. */
export const started = async(function* (script: string, options: CommandOptions = {}) {
  const child: Child = yield* sh(script, { stdout: "pipe", ...options }).spawn();
  const line = yield* readLine(new BufReader(child.stdout!));
  return { child, line };
});

/** An error's code, and the first line of its message. */
export const refusal = async(function* (future: Future<unknown>) {
  try {
    yield* future;
  } catch (error) {
    const { code, message, cause } = error as NodeJS.ErrnoException;
    return { code, says: message.split("\n")[0], cause: (cause as NodeJS.ErrnoException | undefined)?.code };
  }
  return assert.fail("it was not refused");
});
