/**
 * Watcher: hears of the end of a task without joining it. What scopes and sets of tasks put on each of theirs.
 */
import type { Waker } from "../future/context.js";

/**
 * Woken once, when the task it was given to is over, before those who join it. It does not count as somebody who waits for the outcome
 * (`Failure.wasJoined`), and takes none by being woken.
 */
export abstract class Watcher implements Waker {
  /** Called while the task ends: leave everything in order, and neither throw nor poll. */
  abstract wake(): void;
}
