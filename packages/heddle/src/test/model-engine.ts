/**
 * The engine of one schedule: its clock stands still, its tasks run when they are told to, and what a task draws by chance
 * does not depend on what others have drawn before.
 */
import { Random } from "../base/random.js";
import { DEFAULT_LIMITS, Engine } from "../runtime/engine.js";
import { unwatchProcess } from "../runtime/process.js";
import type { OnUnhandled } from "../runtime/unhandled.js";
import type { Failure, Task } from "../task/task.js";
import type { SteppedTasks } from "./stepped-tasks.js";

/** One stream of random numbers for each task. */
class RandomByTask extends Random {
  readonly #tasks: SteppedTasks;
  /** By the descent of the task. */
  readonly #streams = new Map<string, Random>();

  constructor(seed: number | string, tasks: SteppedTasks) {
    super(seed);
    this.#tasks = tasks;
  }

  override next(): number {
    const path = this.#tasks.running?.identity.path ?? "";
    let stream = this.#streams.get(path);
    if (stream === undefined) this.#streams.set(path, (stream = new Random(`${this.seed}${path}`)));
    return stream.next();
  }
}

export class ModelEngine extends Engine {
  readonly #tasks: SteppedTasks;

  constructor(tasks: SteppedTasks, seed: number | string, onUnhandled: OnUnhandled) {
    const name = "the exploration";
    super({ name, limits: DEFAULT_LIMITS, warnings: null, onUnhandled, startPaused: true, executor: tasks });
    this.#tasks = tasks;
    this.random = new RandomByTask(seed, tasks);
    // Its tasks run when they are told to: the end of the process has nothing to ask it.
    unwatchProcess(this);
  }

  override failed(task: Task<any>, failure: Failure): void {
    this.#tasks.failed(task, failure);
    super.failed(task, failure);
  }
}
