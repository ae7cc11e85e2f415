/**
 * What this thread is to heddle: one that heddle started, or any other. And whether it is just loading somebody's module.
 */
import { isMainThread, threadId } from "node:worker_threads";

export const here: {
  /** How a thread of heddle's is called; null on a thread that heddle did not start. Written once, by the thread's entry. */
  name: string | null;
  /** Only `countModules` writes it. */
  modulesLoading: number;
  /** Told of that too: who hands this thread jobs. */
  onLoad: ((by: number) => void) | null;
  jobs: number;
  /** Whether the function of a job is on the stack, as itself: a plain one may be for long. */
  isCalling: boolean;
} = {
  name: null,
  modulesLoading: 0,
  onLoad: null,
  jobs: 0,
  isCalling: false,
};

/** So many modules more, or less, are loaded here for what a job brings. */
export function countModules(by: number): void {
  here.modulesLoading += by;
  here.onLoad?.(by);
}

/** How this thread is called. */
export function nameHere(): string {
  return here.name ?? (isMainThread ? "main" : `thread ${threadId}`);
}
