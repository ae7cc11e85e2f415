/**
 * The executor of an exploration: it runs nothing by itself. Whoever explores says which ready task is polled next.
 *
 * It also listens: what a step spawns, wakes and touches is written down with it.
 */
import type { Holder, Resource, ResourceObserver, TaskAccess } from "../base/resource.js";
import type { Runnable, TaskRunner } from "../executor/executor.js";
import { current } from "../future/current.js";
import type { Failure, Task } from "../task/task.js";
import { Identity } from "./identity.js";
import { type Enabling, FROM_OUTSIDE, numberOfTask, SPAWNED, Step, WOKEN, YIELDED } from "./step.js";

/** A task of one schedule. */
export class SteppedTask {
  readonly identity: Identity;
  readonly task: Task<any>;
  isReady = false;
  enabling: Enabling = SPAWNED;
  enabler = -1;
  /** How many tasks it has spawned, and resources made. */
  spawned = 0;
  made = 0;
  failure: Failure | null = null;

  constructor(identity: Identity, task: Task<any>) {
    this.identity = identity;
    this.task = task;
  }

  /** The number of its identity. */
  get number(): number {
    return this.identity.number;
  }
}

/** What outlives a schedule: who is who. */
export class Census {
  /** Stands for what is outside of tasks. */
  readonly root = new Identity();
  /** Numbers of resources that were there before a schedule began, such as those of a module. */
  readonly #strangers = new WeakMap<object, number>();
  #made = 0;

  stranger(resource: object): number {
    const known = this.#strangers.get(resource);
    if (known !== undefined) return known;
    const number = this.root.resource(STRANGERS + this.#made++);
    this.#strangers.set(resource, number);
    return number;
  }
}

// Behind all that the program can make outside of its tasks.
const STRANGERS = 1e6;

export class SteppedTasks implements TaskRunner, ResourceObserver {
  /** Ready to be polled, in the order they became so. */
  readonly ready: SteppedTask[] = [];
  /** All that were spawned, oldest first. */
  readonly all: SteppedTask[] = [];
  readonly resources: Resource[] = [];
  /** The last step that was made. */
  step: Step | null = null;
  steps = 0;
  epoch = 0;
  readonly #census: Census;
  readonly #isOpaque: boolean;
  readonly #byTask = new Map<Holder, SteppedTask>();
  readonly #numbers = new Map<Resource, number>();
  #running: SteppedTask | null = null;
  #spawnedOutside = 0;
  #madeOutside = 0;

  /** @param isOpaque whether nobody knows what steps touch */
  constructor(census: Census, isOpaque: boolean) {
    this.#census = census;
    this.#isOpaque = isOpaque;
  }

  /** Time does not move by itself: the exploration says when. */
  get isParked(): boolean {
    return false;
  }

  get stats(): TaskRunner["stats"] {
    return { queued: this.ready.length, polls: this.steps, turns: this.steps, parks: this.epoch, busyMilliseconds: 0 };
  }

  schedule(runnable: Runnable): void {
    const task = runnable as Task<any>;
    const known = this.#byTask.get(task);
    if (known === undefined) this.#enable(this.#admit(task), SPAWNED);
    // Scheduled twice, because it was woken while another root stood for it: the second time says nothing new.
    else if (!known.isReady) this.#enable(known, this.#running === known ? YIELDED : WOKEN);
  }

  #admit(task: Task<any>): SteppedTask {
    const parent = this.#running;
    const identity =
      parent === null ? this.#census.root.child(this.#spawnedOutside++) : parent.identity.child(parent.spawned++);
    const admitted = new SteppedTask(identity, task);
    this.#byTask.set(task, admitted);
    this.all.push(admitted);
    return admitted;
  }

  #enable(task: SteppedTask, enabling: Enabling): void {
    task.isReady = true;
    this.ready.push(task);
    if (this.#running === null) {
      task.enabling = FROM_OUTSIDE;
      task.enabler = -1;
      return;
    }
    task.enabling = enabling;
    task.enabler = enabling === YIELDED ? -1 : this.steps;
    if (enabling === WOKEN) this.step!.woke(task.number);
  }

  /** Polls a ready task once. */
  run(chosen: SteppedTask): Step {
    this.ready.splice(this.ready.indexOf(chosen), 1);
    chosen.isReady = false;
    const { number, enabling, enabler } = chosen;
    const step = (this.step = new Step(number, this.steps, this.epoch, enabling, enabler, this.#isOpaque));
    this.#running = chosen;
    const isReadyAgain = chosen.task.run();
    if (isReadyAgain && !chosen.isReady) this.#enable(chosen, YIELDED);
    this.#running = null;
    this.steps++;
    return step;
  }

  created(resource: Resource): void {
    const maker = this.#running;
    const number =
      maker === null ? this.#census.root.resource(this.#madeOutside++) : maker.identity.resource(maker.made++);
    this.#numbers.set(resource, number);
    this.resources.push(resource);
  }

  touched(resource: Resource, write: boolean): void {
    if (this.#running === null || this.#isOpaque) return;
    this.step!.touch(this.#numbers.get(resource) ?? this.#adopt(resource), write);
  }

  /** A resource that is older than the schedule. */
  #adopt(resource: Resource): number {
    const number = this.#census.stranger(resource);
    this.#numbers.set(resource, number);
    this.resources.push(resource);
    return number;
  }

  taskTouched(task: Holder, access: TaskAccess): void {
    if (this.#running === null || this.#isOpaque) return;
    const known = this.#byTask.get(task);
    if (known === undefined) return;
    if (access === "join" && current.stack === this.#running.task) this.step!.join(known.number);
    else this.step!.touch(numberOfTask(known.number), access === "change");
  }

  failed(task: Holder, failure: Failure): void {
    this.#byTask.get(task)!.failure = failure;
  }

  /** The task that is being polled, for what it draws by chance. */
  get running(): SteppedTask | null {
    return this.#running;
  }
}
