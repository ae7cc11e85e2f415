/**
 * Probes: where the arrows of the house can be watched. The console, the timeline and the metrics are listeners; below floor 5
 * nobody knows them. Off, an arrow costs one predictable branch.
 */

/** A task, as far as listeners see it. */
export interface ProbedTask {
  readonly id: number;
  readonly name: string;
}

/** What a listener hears. Times are its own to take. */
export interface Probe {
  spawned?(task: ProbedTask): void;
  woken?(task: ProbedTask): void;
  pollBegins?(task: ProbedTask): void;
  pollEnds?(task: ProbedTask): void;
  ended?(task: ProbedTask): void;
  /** The executor has nothing to run. */
  parked?(): void;
  unparked?(): void;
  /** Timers came due. */
  timersFired?(count: number): void;
}
