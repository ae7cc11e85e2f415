/**
 * Example: one program of the tour, what is expected of it, and how it is played: by the tour, by a test, or alone
 * (`node examples/dist/requests-joined.js --scale 0.5`).
 */
import { realpathSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread } from "node:worker_threads";
import { type Future, Runtime, type RuntimeOptions, type Warning } from "heddle";
import { scaleOf } from "./scale.js";
import { type Probe, setStage, text } from "./stage.js";

/** What came out of a play. */
export interface Outcome {
  /** For the table: `141 ms, ×1.0`. */
  readonly measured: string;
  /** What has to hold, in words. Each is about an order, or a ratio of times; none about an absolute time. */
  readonly checks: Record<string, boolean>;
  /** Figures for whoever reads the results as JSON. Times in milliseconds. */
  readonly figures?: Record<string, number>;
}

export interface Example {
  readonly id: string;
  /** What the program does. */
  readonly program: string;
  /** What must be seen. */
  readonly expected: string;
  /** The name of its file. */
  readonly name: string;
  play(): Future<Outcome>;
}

/** One line that was printed, and when: in milliseconds since the program began. */
export interface Line {
  readonly at: number;
  readonly text: string;
}

export interface Result {
  readonly id: string;
  readonly program: string;
  readonly expected: string;
  readonly measured: string;
  readonly verdict: "ok" | "failed";
  /** What did not hold. */
  readonly failures: readonly string[];
  readonly checks: readonly string[];
  readonly figures: Record<string, number>;
  readonly lines: readonly Line[];
  readonly warnings: readonly Warning[];
  readonly milliseconds: number;
}

export interface PlayOptions {
  /** 1 by default. */
  scale?: number;
  /** Whether its checks ask that things are over within a time. true by default. */
  isTimed?: boolean;
  /** Hears each line as it is printed. */
  onLine?(line: Line): void;
  /** For the runtime that it is played on. */
  runtime?: RuntimeOptions;
  /** Gives a lane of a timeline to draw in what another thread does. */
  lane?: (name: string) => Probe;
}

/**
 * Describes an example. If it is the program that was started, it is played at once, as by `main(…)`: threads that load its file to find a function
 * in it leave that out.
 *
 * @param meta `import.meta` of its file
 */
export function example(meta: ImportMeta, description: Omit<Example, "name">): Example {
  const path = fileURLToPath(meta.url);
  const described = { ...description, name: basename(path, ".js") };
  if (isMainThread && process.argv[1] !== undefined && realpathSync(process.argv[1]) === path)
    // When all of its file has been evaluated.
    setImmediate(() => void playAlone(described));
  return described;
}

/** Plays an example on a runtime of its own. Never throws: a program that fails has failed its checks. */
export async function play(example: Example, options: PlayOptions = {}): Promise<Result> {
  const { id, program, expected, name } = example;
  const lines: Line[] = [];
  const warnings: Warning[] = [];
  const start = performance.now();
  let begin: number | undefined;
  const leaveStage = setStage({
    scale: options.scale ?? 1,
    isTimed: options.isTimed ?? true,
    runtime: options.runtime ?? {},
    ...(options.lane && { lane: options.lane }),
    print(text) {
      const now = performance.now();
      const line = { at: now - (begin ??= now), text: withoutFolder(text) };
      lines.push(line);
      options.onLine?.(line);
    },
    printed: () => lines.map((line) => line.text),
    begin: () => void (begin ??= performance.now()),
  });
  const runtime = new Runtime({ name: id, onWarning: (warning) => void warnings.push(warning), ...options.runtime });
  let outcome: Outcome;
  try {
    outcome = await runtime.run(example.play(), { name: `${id} ${name}` });
  } catch (error) {
    outcome = { measured: "an error", checks: { [`it fails with ${String(error)}`]: false } };
  }
  const milliseconds = performance.now() - start;
  await runtime.shutdown();
  leaveStage();
  const checks = Object.keys(outcome.checks);
  const failures = checks.filter((check) => outcome.checks[check] !== true);
  const verdict = failures.length === 0 ? "ok" : "failed";
  const { measured, figures = {} } = outcome;
  return { id, program, expected, measured, verdict, failures, checks, figures, lines, warnings, milliseconds };
}

/** Where we are is no news. */
function withoutFolder(text: string): string {
  return text.replaceAll(`${pathToFileURL(process.cwd()).href}/`, "");
}

async function playAlone(example: Example): Promise<void> {
  const { values } = parseArgs({ options: { scale: { type: "string" } }, strict: false });
  let scale;
  try {
    scale = scaleOf(values.scale ?? process.env["HEDDLE_SCALE"] ?? "1");
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 2;
    return;
  }
  console.log(`${example.id}  ${example.program}\n`);
  const result = await play(example, {
    scale,
    onLine: ({ at, text: line }) => console.log(`${text(at).padStart(8)}  ${line.replaceAll("\n", "\n          ")}`),
  });
  for (const warning of result.warnings)
    console.error(withoutFolder(`heddle: warning [${warning.code}] ${warning.message}`));
  console.log(`\nexpected  ${result.expected}\nmeasured  ${result.measured}`);
  for (const check of result.checks)
    console.log(`${result.failures.includes(check) ? "    FAIL" : "      ok"}  ${check}`);
  if (result.verdict === "failed") process.exitCode = 1;
}
