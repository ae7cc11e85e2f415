/**
 * What a thread loads when a call gives a future, or when heddle has something to end there: all that runs tasks.
 */
import { framed } from "../../future/framed.js";
import type { Future } from "../../future/poll.js";
import { defaultRuntime } from "../../runtime/run.js";
import { shutDownAll } from "../../runtime/shutdown.js";
import type { JoinHandle } from "../../task/join-handle.js";

/** Runs a future as a task of this thread. */
export function follow(future: Future<unknown>): JoinHandle<unknown> {
  return defaultRuntime().spawn(framed(future) as Future<unknown>);
}

/** Ends all that heddle does on this thread. */
export function endHere(): Promise<void> {
  return shutDownAll(defaultRuntime());
}
