/**
 * What goes through the line between a thread and the one that started it. Arrays, because they are cloned faster than objects with names.
 */
import type { MessagePort } from "node:worker_threads";
import type { Warning } from "../../base/warnings.js";
import type { Limits } from "../../executor/executor.js";
import type { Reference } from "../reference/reference.js";
import type { LineEnd } from "./line.js";

export const DEFINE = 0;
export const JOB = 1;
export const ENVELOPE = 2;
export const ABORT = 3;
export const STOP = 4;
export const DUMP = 5;

/** From the owner. */
export type Order =
  | [kind: typeof DEFINE, id: number, reference: Reference]
  /** The arguments as one packed array. */
  | [kind: typeof JOB, slot: number, ticket: number, id: number, data: unknown, extras: unknown]
  /** A job that had to wait until a thread was free for it, with a letter that moves something, or is heavy: that is in the port. */
  | [kind: typeof ENVELOPE, slot: number, ticket: number, port: MessagePort]
  | [kind: typeof ABORT, slot: number, ticket: number, reason: unknown]
  /** No more jobs: end when those that were begun are over. */
  | [kind: typeof STOP]
  /** Where do your tasks stand? It may ask its own threads for so many milliseconds. */
  | [kind: typeof DUMP, question: number, milliseconds: number];

/** The function and the arguments of a job, cloned before it was known who would get it. */
export type Letter = [id: number, data: unknown, extras: unknown];

/** From the thread: an outcome that has no place in a slot. */
export type Outcome = [slot: number, ticket: number, isError: boolean, data: unknown, extras: unknown];

/** From the thread, what it was asked for by DUMP. */
export interface Answer {
  readonly question: number;
  /** A `ThreadDump`, as plain data. */
  readonly dump: object;
  /** Of its jobs that are tasks, the numbers of these. */
  readonly tasks: readonly [slot: number, ticket: number, task: number][];
}

/** All that comes from a thread: an outcome, a warning, an answer, or, when it begins, where the system shows it; "" if it does not. */
export type Report = Outcome | Warning | Answer | string;

/** What a thread is given when it starts. */
export interface Charter {
  readonly desk: SharedArrayBuffer;
  /** Null for a thread that serves one job. */
  readonly board: SharedArrayBuffer | null;
  readonly members: number;
  readonly member: number;
  readonly name: string;
  readonly line: LineEnd;
  /** Whether the owner takes the warnings of its default runtime. */
  readonly isWarning: boolean;
  /** Of the runtime that the thread serves: when a poll is too long, and a turn. */
  readonly limits: Limits;
  /** The functions that were defined before. */
  readonly references: readonly Reference[];
}
