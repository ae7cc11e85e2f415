/**
 * Identity: what a task, or a resource, is called in every schedule of one exploration.
 *
 * Ids of tasks go by the order of spawning, which differs from schedule to schedule. So a task is known by its descent, the
 * third child of the first child, which does not; and a resource by the task that made it, and how many that had made before.
 * Each descent gets a number, when it is first seen.
 */

/** The next number of each kind. One for an exploration. */
interface Counters {
  identities: number;
  resources: number;
}

export class Identity {
  readonly number: number;
  /** The descent itself: `/0/2` is the third child of the first child. Unlike the number, it is the same in a replay. */
  readonly path: string;
  readonly #counters: Counters;
  readonly #children: Identity[] = [];
  readonly #resources: number[] = [];

  constructor(path = "", counters: Counters = { identities: 0, resources: 0 }) {
    this.path = path;
    this.#counters = counters;
    this.number = counters.identities++;
  }

  /** The task that this one spawns after `before` others. */
  child(before: number): Identity {
    return (this.#children[before] ??= new Identity(`${this.path}/${before}`, this.#counters));
  }

  /** The number of the resource that this task makes after `before` others. */
  resource(before: number): number {
    return (this.#resources[before] ??= this.#counters.resources++);
  }
}
