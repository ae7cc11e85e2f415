/**
 * What a question is, and how one is asked.
 *
 * A question is one workload, written once for each peer. Each peer answers in a process of its own, so that none
 * meets another's heap, inline caches or event loop; all of them are alive at once and get the turn one after the
 * other (heddle, native, effect, heddle, …), one round at a time and each round begun by the next peer, so that a
 * noisy second of the machine falls on all alike. A ratio is the median of the rounds' own ratios, not the ratio of
 * two medians: the two halves of each pair ran within the same second or two.
 *
 * The collector runs between rounds, outside the clock: a round pays for the garbage it makes and for nobody else's.
 */
import { spawn, type ChildProcessByStdio } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** What one round measured: a figure's name and its nanoseconds an operation, or its bytes. */
export type Readings = Record<string, number>;
/** Does the work once and says what it measured. */
export type Round = () => Promise<Readings>;
/** Loads a peer and prepares `count` operations' worth of work. Imports belong in here: a peer loads only itself. */
export type Setup = (count: number) => Round | Promise<Round>;

/** The largest ratio heddle / peer that still meets the goal, by peer. */
export type Goals = Readonly<Partial<Record<"native" | "effect" | "tokio", number>>>;

export interface Figure {
  readonly goals: Goals;
  /** Nanoseconds unless said. */
  readonly unit?: "bytes";
}

export interface Question {
  readonly name: string;
  /** One sentence: the work, and what the figure is per. */
  readonly about: string;
  /** Operations a round; a tenth of it under `--quick`. */
  readonly count: number;
  /** `total` is what {@link timed} answers with. */
  readonly figures: Readonly<Record<string, Figure>>;
  /** Peers beside heddle, native and effect are shown for information and have no goal. */
  readonly peers: Readonly<Record<string, Setup>>;
  /** A new process for each round and no warm-up: for memory, which a second round would find already reserved. */
  readonly fresh?: boolean;
}

/** No slower than native promises, ten times faster than Effect. */
export const GOALS: Goals = { native: 1, effect: 0.1 };
/** The same, and faster than Tokio's current-thread runtime. */
export const GOALS_AND_TOKIO: Goals = { ...GOALS, tokio: 1 };

/** Measures the stretches of a round one after the other. */
export class Stopwatch {
  #last = performance.now();

  /** Nanoseconds an operation since the last lap. */
  lap(operations: number): number {
    const now = performance.now();
    const reading = ((now - this.#last) * 1e6) / operations;
    this.#last = performance.now();
    return reading;
  }
}

/** A round that is one stretch: all of `work`, as the figure `total`. */
export function timed(operations: number, work: () => PromiseLike<unknown>): Round {
  return async () => {
    const watch = new Stopwatch();
    await work();
    return { total: watch.lap(operations) };
  };
}

/** Refuses a figure for work that was not done. */
export function expect(what: string, found: unknown, expected: unknown): void {
  if (found !== expected) {
    throw new Error(`Cannot trust this round as ${what} must be ${String(expected)}: found ${String(found)}`);
  }
}

/** How to start a peer: a program that answers each line on its input with one line of JSON {@link Readings}. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
}

/** One peer of one question, in its own process, waiting for its turn. */
class PeerProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lines: AsyncIterator<string>;
  #complaints = "";

  constructor(command: Command) {
    this.#child = spawn(command.file, command.args, { stdio: "pipe" });
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaints = (this.#complaints + text).slice(-4000);
    });
    // A peer that died is noticed by the line it does not answer, below; writing to it must not end this process.
    this.#child.stdin.on("error", () => {});
    this.#child.on("error", (error) => (this.#complaints += error.message));
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  async round(): Promise<Readings> {
    this.#child.stdin.write("\n");
    const answer = await this.#lines.next();
    if (answer.done) throw new Error(this.#complaints.trim() || "the process ended without a word");
    return JSON.parse(answer.value) as Readings;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || !this.#child.pid) return;
    const exit = once(this.#child, "exit");
    this.#child.stdin.end();
    await exit;
  }
}

export interface Answer {
  /** Per round, in order. */
  readonly rounds: Readings[];
  /** Why this peer has no (further) rounds. */
  error?: string;
}

/** Asks all peers in turn, `warmups` unmeasured rounds first. A peer that fails drops out, the others go on. */
export async function ask(
  peers: ReadonlyMap<string, Command>,
  { rounds, warmups, fresh = false }: { rounds: number; warmups: number; fresh?: boolean },
): Promise<Map<string, Answer>> {
  const answers = new Map([...peers.keys()].map((peer): [string, Answer] => [peer, { rounds: [] }]));
  const processes = new Map<string, PeerProcess>();
  const names = [...peers.keys()];
  const skipped = fresh ? 0 : warmups;
  for (let round = 0; round < skipped + rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const peer = names[(round + turn) % names.length];
      const answer = answers.get(peer)!;
      if (answer.error !== undefined) continue;
      const process = processes.get(peer) ?? new PeerProcess(peers.get(peer)!);
      processes.set(peer, process);
      try {
        const readings = await process.round();
        if (round >= skipped) answer.rounds.push(readings);
      } catch (error) {
        answer.error = (error as Error).message;
      }
      if (fresh) {
        processes.delete(peer);
        await process.close();
      }
    }
  }
  await Promise.all([...processes.values()].map((process) => process.close()));
  return answers;
}
