/**
 * Resource: what tasks share and may wait for (a mutex, a channel), as far as those see it who watch from outside: the model
 * checker `explore`, dumps, the console. Each primitive of heddle/sync is one.
 *
 * A primitive says two things: that it was touched, and who holds it now. Nobody listens as a rule, and then each touch costs
 * one load and one branch.
 */

/** Who may hold a resource: a task, as others see it. */
export interface Holder {
  readonly id: number;
  readonly name: string;
  /** Whether it is over. Over, it can give nothing back any more: what it still holds has leaked. */
  readonly isFinished: boolean;
}

/** How a task is touched: it is waited for, it is asked whether it is over, it is aborted or ends. */
export type TaskAccess = "join" | "look" | "change";

/** Hears of resources while tasks run. It must neither throw nor wake anyone. */
export interface ResourceObserver {
  /** Called from the constructor: of its fields only `name` is set yet. */
  created?(resource: Resource): void;
  /** Called before each access; `write` says whether it may change what others find. */
  touched?(resource: Resource, write: boolean): void;
  /** Called before a task is touched by others, or ends. */
  taskTouched?(task: Holder, access: TaskAccess): void;
}

let observer: ResourceObserver | null = null;

/**
 * Listens to all resources of this thread, in place of whoever listened before.
 *
 * @returns puts that one back. Call it before the one before is put back in turn
 *
 * @example Counting who writes
 * ```ts
 * import { observeResources, Resource } from "heddle/lowlevel";
 *
 * class Flag extends Resource {
 *   #isUp = false;
 *   get kind() {
 *     return "flag";
 *   }
 *   raise() {
 *     this.touch(true);
 *     this.#isUp = true;
 *   }
 *   get isUp() {
 *     this.touch(false);
 *     return this.#isUp;
 *   }
 * }
 * const restore = observeResources({
 *   touched: ({ kind, name }, write) => console.log(write ? "write" : "read", kind, name),
 * });
 * const flag = new Flag("done");
 * flag.raise();
 * console.log(flag.isUp);
 * restore();
 * // prints: write flag done
 * // prints: read flag done
 * // prints: true
 * ```
 */
export function observeResources(listener: ResourceObserver): () => void {
  const before = observer;
  observer = listener;
  return () => {
    observer = before;
  };
}

/** For `task/` alone: says that a task is about to be touched. */
export function touchTask(task: Holder, access: TaskAccess): void {
  if (observer !== null) observer.taskTouched?.(task, access);
}

/** Something that tasks share. Extend it, and call {@link Resource.touch} before each access. */
export abstract class Resource {
  /** Given by whoever made it, for messages. */
  declare readonly name: string | undefined;

  // HOST: Node 20 runs what initializes fields as a call of its own for each class in the chain: assign them here.
  /** @param name for dumps and messages */
  constructor(name?: string) {
    this.name = name;
    if (observer !== null) observer.created?.(this);
  }

  /** What it is, in one word: `mutex`. Define it as a getter: it is asked for before fields are set. */
  abstract get kind(): string;

  /** How full it is, for dumps: `3 of 10 slots taken`. Undefined where that means nothing. */
  get fullness(): string | undefined {
    return undefined;
  }

  /** Who holds it now, oldest first: the tasks that must give something back before it is free. */
  get holders(): readonly Holder[] {
    return NOBODY;
  }

  /**
   * Says that the task that is running is about to read it, or to change what others find. Called before each access, also one that
   * finds nothing to do: to look is to read.
   */
  touch(write: boolean): void {
    if (observer !== null) observer.touched?.(this, write);
  }
}

const NOBODY: readonly Holder[] = [];
