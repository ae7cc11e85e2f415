/**
 * Threads that work on one thing together: what they come to, and that all of them are over in the end, whatever happens.
 */
import { async } from "../../future/async.js";
import type { Job } from "../crew/job.js";

export interface Work<R> {
  /** How many threads should take part. */
  readonly threads: number;
  /** Has one more take part. */
  submit(i: number): Job<R>;
  /** Whether those that have not begun have nothing to do any more. */
  isOver(): boolean;
  /** Has all that take part end soon. */
  stop(): void;
}

/**
 * Has threads work, and gives what they report, and what became of one that died.
 *
 * When the future is dropped, or a thread dies, the others are stopped. The future is over when all are that had begun.
 */
export const together = async(function* <R>(work: Work<R>) {
  const jobs: Job<R>[] = [];
  const takenBack = new Set<Job<R>>();
  const takeBack = (): void => {
    for (const job of jobs) {
      if (job.isOver) continue;
      job.abortQuietly("nothing is left to do");
      if (job.isOver) takenBack.add(job);
    }
  };
  const ended = (): void => {
    if (work.isOver()) takeBack();
  };
  const died = (): void => {
    work.stop();
    takeBack();
  };
  try {
    for (let i = 0; i < work.threads; i++) {
      const job = work.submit(i);
      jobs.push(job);
      void job.then(ended, died);
    }
    const reports: R[] = [];
    let death: { reason: unknown } | null = null;
    for (const job of jobs) {
      const outcome = yield* job.settled();
      if (outcome.status === "fulfilled") reports.push(outcome.value);
      else if (!takenBack.has(job)) death ??= outcome;
    }
    return { reports, death };
  } finally {
    work.stop();
    takeBack();
    for (const job of jobs) yield* job.settled();
  }
});
