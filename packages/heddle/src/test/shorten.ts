/**
 * Makes a schedule that shows a fault shorter: fewer steps, then fewer switches from task to task.
 *
 * First the calmest end behind each beginning of the schedule; then, as long as something helps, leaving out a step, or moving a run
 * of steps of one task in front of the one before it. What is tried is a wish: steps that cannot be made are left out. So each try is a
 * schedule that really happens, and is kept if it shows the same fault (the same code) and is shorter.
 */

/** A schedule, as numbers of tasks, and the code of what is wrong with it. */
export interface Attempt {
  readonly schedule: readonly number[];
  readonly code: string | null;
}

// Enough for hundreds of tries at schedules that one can read, and an end within seconds for those that nobody would.
const MOST_STEPS = 50_000;

/** @param attempt runs the wish */
export async function shorten(
  found: Attempt,
  attempt: (wish: readonly number[]) => Promise<Attempt>,
): Promise<readonly number[]> {
  let best = found.schedule;
  let steps = 0;
  const improve = async (wish: readonly number[]): Promise<boolean> => {
    if (steps >= MOST_STEPS) return false;
    const { schedule, code } = await attempt(wish);
    steps += schedule.length;
    if (code !== found.code || !isShorter(schedule, best)) return false;
    best = schedule;
    return true;
  };
  for (let length = 0; length < found.schedule.length; length++) await improve(found.schedule.slice(0, length));
  for (let isBetter = true; isBetter;) {
    isBetter = false;
    for (const wish of neighbours(best)) {
      isBetter = await improve(wish);
      if (isBetter) break;
    }
  }
  return best;
}

function* neighbours(schedule: readonly number[]): Generator<readonly number[]> {
  for (let i = 0; i < schedule.length; i++) yield schedule.toSpliced(i, 1);
  const starts = schedule.flatMap((task, i) => (i === 0 || task !== schedule[i - 1] ? [i] : []));
  for (let run = 1; run < starts.length; run++) {
    const [before, start, end] = [starts[run - 1]!, starts[run]!, starts[run + 1] ?? schedule.length];
    yield [
      ...schedule.slice(0, before),
      ...schedule.slice(start, end),
      ...schedule.slice(before, start),
      ...schedule.slice(end),
    ];
  }
}

function isShorter(a: readonly number[], b: readonly number[]): boolean {
  return a.length < b.length || (a.length === b.length && switchesOf(a) < switchesOf(b));
}

/** How often a schedule goes from one task to another. */
export function switchesOf(schedule: readonly number[]): number {
  return schedule.filter((task, i) => i > 0 && task !== schedule[i - 1]).length;
}
