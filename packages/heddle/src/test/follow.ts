/**
 * Schedules that are given: to the letter, for replays; or as a wish, for making a schedule shorter.
 */
import { HeddleError } from "../base/errors.js";
import type { Chooser } from "./execution.js";
import { calmest, withNumber } from "./search.js";
import type { SteppedTask } from "./stepped-tasks.js";

/** Polls the tasks with these ids, in this order, and nothing else. */
export class Letter implements Chooser {
  readonly #ids: readonly number[];
  #at = 0;

  constructor(ids: readonly number[]) {
    this.#ids = ids;
  }

  choose(ready: readonly SteppedTask[]): SteppedTask {
    const id = this.#ids[this.#at++];
    const found = ready.find(({ task }) => task.id === id);
    if (found !== undefined) return found;
    const names = ready.map(({ task }) => task.label).join(", ");
    throw misfit(
      id === undefined
        ? `it ends after ${this.#ids.length} steps, where ${names} can go on`
        : `its step ${this.#at} polls task #${id}, where only ${names} can go on`,
    );
  }

  /** @throws HeddleError `explore.replay` if the schedule goes on behind the end of the program */
  finish(): void {
    if (this.#at < this.#ids.length)
      throw misfit(`it has ${this.#ids.length} steps, and the program is over after ${this.#at}`);
  }
}

function misfit(what: string): HeddleError {
  return new HeddleError("explore.replay", `Cannot replay this schedule: ${what}`, {
    help: "the program has changed since the schedule was printed: explore it again",
  });
}

/** Polls the tasks with these numbers as far as they are ready, leaves out the others, and goes on as calmly as it can. */
export class Wish implements Chooser {
  /** What was polled in fact. */
  readonly made: number[] = [];
  readonly #wish: readonly number[];
  #at = 0;

  constructor(wish: readonly number[]) {
    this.#wish = wish;
  }

  choose(ready: readonly SteppedTask[], last: SteppedTask | null): SteppedTask {
    let chosen: SteppedTask | undefined;
    while (chosen === undefined && this.#at < this.#wish.length) chosen = withNumber(ready, this.#wish[this.#at++]!);
    chosen ??= calmest(ready, last);
    this.made.push(chosen.number);
    return chosen;
  }
}
