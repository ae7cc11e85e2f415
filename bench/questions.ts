/** Every question, in the order they are asked and printed. */
import type { Question } from "./harness.js";

/** The files in questions/. */
const FILES = [
  "spawn",
  "yield",
  "depth",
  "resume",
  "join",
  "select",
  "timeout",
  "abort",
  "scope",
  "mutex",
  "semaphore",
  "mpsc",
  "oneshot",
  "io",
  "key-value",
  "tcp",
  "threads",
  "thread-start",
  "shared-memory",
  "thread-channels",
  "par",
  "skynet",
  "timers",
  "memory",
  "http",
  "websocket",
  "explore",
];

/** What is asked in one file. A peer's process loads that file and no other: what else it held would change how the collector works. */
export async function questionsIn(file: string): Promise<readonly Question[]> {
  const { questions } = (await import(new URL(`questions/${file}.js`, import.meta.url).href)) as {
    questions: readonly Question[];
  };
  return questions;
}

/** A question, and the file it is in. */
export interface Filed extends Question {
  readonly file: string;
}

/** All of them. */
export async function allQuestions(): Promise<readonly Filed[]> {
  const asked = FILES.map(async (file) => (await questionsIn(file)).map((question) => ({ ...question, file })));
  return (await Promise.all(asked)).flat();
}
