/** What was measured, as a table for people and as JSON for programs. Verdicts are information, never an exit code. */
import { cpus } from "node:os";
import type { Answer, Figure, Goals, Question } from "./harness.js";

/** One line of the table: one figure of one question, for all peers. */
export interface Row {
  readonly name: string;
  readonly about: string;
  readonly unit: "ns" | "bytes";
  /** Every peer that answered: its median and its rounds. */
  readonly peers: Readonly<Record<string, { readonly median: number; readonly rounds: readonly number[] }>>;
  /** heddle / peer: the median of the rounds' ratios. Less is better for heddle. */
  readonly ratios: Readonly<Record<string, number>>;
  readonly goals: Goals;
  readonly verdict: string;
  readonly errors: Readonly<Record<string, string>>;
}

const COLUMNS = ["heddle", "native", "effect", "tokio"] as const;
const COMPARED = ["native", "effect", "tokio"] as const;

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

function verdict(goals: Goals, ratios: Readonly<Record<string, number>>): string {
  const known = COMPARED.filter((peer) => goals[peer] !== undefined && ratios[peer] !== undefined);
  if (known.length === 0) return "";
  const missed = known.filter((peer) => Number(ratios[peer].toFixed(2)) > goals[peer]!);
  if (missed.length === 0) return "met";
  return `not met: ${missed.map((peer) => `${peer} ${ratios[peer].toFixed(2)} > ${goals[peer]}`).join(", ")}`;
}

function row(question: Question, figureName: string, figure: Figure, answers: ReadonlyMap<string, Answer>): Row {
  const peers: Record<string, { median: number; rounds: number[] }> = {};
  const errors: Record<string, string> = {};
  for (const [peer, { rounds, error }] of answers) {
    if (error !== undefined) errors[peer] = error;
    else peers[peer] = { median: median(rounds.map((r) => r[figureName])), rounds: rounds.map((r) => r[figureName]) };
  }
  const ratios: Record<string, number> = {};
  for (const peer of Object.keys(peers)) {
    if (peer === "heddle" || !peers.heddle) continue;
    ratios[peer] = median(peers.heddle.rounds.map((value, round) => value / peers[peer].rounds[round]));
  }
  return {
    name: figureName === "total" ? question.name : `${question.name}/${figureName}`,
    about: question.about,
    unit: figure.unit ?? "ns",
    peers,
    ratios,
    goals: figure.goals,
    verdict: verdict(figure.goals, ratios),
    errors,
  };
}

export function rows(question: Question, answers: ReadonlyMap<string, Answer>): Row[] {
  return Object.entries(question.figures).map(([name, figure]) => row(question, name, figure, answers));
}

function amount(value: number | undefined, unit: Row["unit"]): string {
  if (value === undefined) return "–";
  if (unit === "bytes") return `${value.toFixed(0)} B`;
  if (value < 99.95) return `${value.toFixed(1)} ns`;
  if (value < 99_950) return `${value.toFixed(0)} ns`;
  return value < 9_995_000 ? `${(value / 1e3).toFixed(0)} µs` : `${(value / 1e6).toFixed(0)} ms`;
}

function line(name: string, cells: readonly string[], end: string): string {
  return `${name.padEnd(20)}${cells.map((cell) => cell.padStart(10)).join("")}  ${end}`.trimEnd();
}

export function header(): string {
  return line("", [...COLUMNS, ...COMPARED.map((peer) => `/${peer}`)], "goal");
}

/** The row, and below it what has no column. */
export function format(row: Row): string {
  const ratio = (peer: string) => row.ratios[peer]?.toFixed(2) ?? "–";
  const cells = [...COLUMNS.map((peer) => amount(row.peers[peer]?.median, row.unit)), ...COMPARED.map(ratio)];
  const lines = [line(row.name, cells, row.verdict)];
  for (const [peer, { median }] of Object.entries(row.peers)) {
    if ((COLUMNS as readonly string[]).includes(peer)) continue;
    lines.push(`  beside it: ${peer} ${amount(median, row.unit)} (heddle / it ${ratio(peer)})`);
  }
  for (const [peer, error] of Object.entries(row.errors)) {
    lines.push(
      `  no answer from ${peer}: ${error.split("\n").find((text) => /^\s*\[?\w*Error\b/.test(text)) ?? error}`,
    );
  }
  return lines.join("\n");
}

export function toJson(rows: readonly Row[], settings: object): string {
  const { node, v8 } = process.versions;
  const machine = { platform: process.platform, arch: process.arch, cpu: cpus()[0]?.model, cpus: cpus().length };
  return `${JSON.stringify({ date: new Date().toISOString(), node, v8, machine, settings, rows }, null, 2)}\n`;
}
