/**
 * AbortHandle: the right to stop a task, and nothing else of it.
 */

interface Abortable {
  readonly id: number;
  readonly isFinished: boolean;
  abort(reason?: unknown): void;
}

/** Stops the task it was made for. Dropping it stops nothing. */
export class AbortHandle {
  readonly #task: Abortable;

  /** @internal */
  constructor(task: Abortable) {
    this.#task = task;
  }

  get id(): number {
    return this.#task.id;
  }

  get isFinished(): boolean {
    return this.#task.isFinished;
  }

  /** See `JoinHandle.abort`. */
  abort(reason?: unknown): void {
    this.#task.abort(reason);
  }
}
