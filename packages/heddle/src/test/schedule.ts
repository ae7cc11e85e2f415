/**
 * Schedules as text: `seed:1.2*3.1` has task 1 polled, then task 2 three times, then task 1. Tasks go by their ids, which are
 * those that messages and dumps show.
 */
import { quote } from "../base/errors.js";

export interface Replay {
  readonly seed: number | string;
  /** Ids of tasks, a step each. */
  readonly ids: readonly number[];
}

const SHAPE = /^(.*):(\d+(?:\*\d{1,6})?(?:\.\d+(?:\*\d{1,6})?)*)$/s;

export function replayText({ seed, ids }: Replay): string {
  const runs: string[] = [];
  for (let at = 0; at < ids.length;) {
    let end = at;
    while (ids[end] === ids[at]) end++;
    runs.push(end - at === 1 ? `${ids[at]}` : `${ids[at]}*${end - at}`);
    at = end;
  }
  return `${seed}:${runs.join(".")}`;
}

/** @throws TypeError if the text is no schedule */
export function parseReplay(text: string): Replay {
  const match = SHAPE.exec(text);
  if (match === null)
    throw new TypeError(
      `Cannot explore as 'replay' must be what a failed exploration printed: received ${quote(text)}\nhelp: it reads like "1:1.2*3.1"`,
    );
  const ids = match[2]!.split(".").flatMap((run) => {
    const [id, times = 1] = run.split("*").map(Number);
    return new Array<number>(times).fill(id!);
  });
  return { seed: match[1]!, ids };
}
