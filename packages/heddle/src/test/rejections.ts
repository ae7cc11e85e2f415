/**
 * Promises that were rejected and that nobody handles, told to the tests that run meanwhile: the host does not say whose they are.
 *
 * HOST: Node, Bun and Deno have the event; pages have another, which runners listen to themselves.
 */
import { hostProcess } from "../runtime/process.js";

/** Takes the reason of a rejection. */
type Listener = (reason: unknown) => void;

const listeners = /* @__PURE__ */ new Set<Listener>();

function tell(reason: unknown): void {
  for (const listener of listeners) listener(reason);
}

/** Listens until the function that is returned is called. One listener of the host's serves all tests. */
export function onRejection(listener: Listener): () => void {
  if (listeners.size === 0) hostProcess()?.on("unhandledRejection", tell);
  listeners.add(listener);
  return () => {
    if (listeners.delete(listener) && listeners.size === 0) hostProcess()?.off("unhandledRejection", tell);
  };
}
