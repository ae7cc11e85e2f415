/**
 * The tour: plays the programs that show what an async runtime is for, and compares what is measured with what is expected. It ends with
 * a table, and draws a timeline of all that happened.
 *
 *     npm start                      all of it
 *     npm run tour -- --help         what else it can do
 */
import { writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { Timeline } from "heddle/trace";
import { play, type Result } from "./stage/example.js";
import { text } from "./stage/stage.js";
import { examples } from "./tour/examples.js";
import { HELP, tourOptions, type TourOptions } from "./tour/options.js";
import { table } from "./tour/table.js";

const { stdout, stderr } = process;

async function tour(options: TourOptions): Promise<number> {
  const out = options.json ? stderr : stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  const count = options.examples.length;
  say(
    `heddle tour: ${count} ${count === 1 ? "program" : "programs"}, times ${options.scale === 1 ? "in full" : `× ${options.scale}`}\n`,
  );

  const timeline = new Timeline();
  const results: Result[] = [];
  const widest = Math.max(...options.examples.map((example) => example.program.length));
  const start = performance.now();
  for (const example of options.examples) {
    out.write(`${example.id.padEnd(4)} ${example.program.padEnd(widest)}  `);
    if (options.verbose) out.write("\n");
    const result = await play(example, {
      scale: options.scale,
      isTimed: options.isTimed,
      runtime: { probe: timeline },
      lane: (name) => timeline.lane(name),
      onLine: ({ at, text: line }) => {
        if (options.verbose) say(`${text(at).padStart(12)}  ${line.replaceAll("\n", `\n${" ".repeat(14)}`)}`);
      },
    });
    results.push(result);
    say(`${options.verbose ? "     " : ""}${result.verdict.padEnd(6)} ${text(result.milliseconds).padStart(7)}`);
  }
  const milliseconds = performance.now() - start;

  const svg = resolve(options.svg);
  const problem = written(svg, timeline.toSvg({ title: `heddle tour: ${count} programs`, rows: 90 }));
  if (options.json) {
    const { scale } = options;
    stdout.write(`${JSON.stringify({ scale, node: process.version, milliseconds, svg, results }, null, 2)}\n`);
  } else say(`\n${resultTable(results)}`);
  say(`\n${summary(results, milliseconds)}\n`);
  if (problem !== undefined) {
    stderr.write(`Cannot write the timeline: ${problem}\nhelp: --svg <path> says where to\n`);
    return 1;
  }
  say(`timeline: ${svg}`);
  if (!options.json)
    say("          open it in a browser: one row per task, a bar for each poll, a line while it waits");
  return results.every((result) => result.verdict === "ok") ? 0 : 1;
}

/** Writes a file, or says why not. */
function written(path: string, content: string): string | undefined {
  try {
    writeFileSync(path, content);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

function resultTable(results: readonly Result[]): string {
  const columns = [
    { title: "id", share: 0 },
    { title: "program", share: 30 },
    { title: "expected", share: 34 },
    { title: "measured", share: 36 },
    { title: "verdict", share: 0 },
  ];
  const rows = results.map(({ id, program, expected, measured, verdict }) => [
    id,
    program,
    expected,
    measured,
    verdict,
  ]);
  return table(columns, rows, Math.max(80, stdout.columns ?? 140));
}

function summary(results: readonly Result[], milliseconds: number): string {
  const failed = results.filter((result) => result.verdict === "failed");
  const checks = results.reduce((sum, result) => sum + result.checks.length, 0);
  const lines = failed.flatMap((result) => result.failures.map((failure) => `  ${result.id}: not so: ${failure}`));
  const ok = results.length - failed.length;
  return [...lines, `${ok} of ${results.length} as expected (${checks} checks) in ${text(milliseconds)}`].join("\n");
}

function list(options: TourOptions): void {
  if (options.json) {
    const rows = options.examples.map(({ id, program, expected, name }) => ({
      id,
      program,
      expected,
      file: `examples/${name}.ts`,
    }));
    stdout.write(`${JSON.stringify(rows, null, 2)}\n`);
    return;
  }
  const columns = [
    { title: "id", share: 0 },
    { title: "program", share: 55 },
    { title: "file", share: 45 },
  ];
  const rows = options.examples.map(({ id, program, name }) => [id, program, `examples/${name}.ts`]);
  stdout.write(`${table(columns, rows, Math.max(80, stdout.columns ?? 140))}\n`);
}

async function main(args: readonly string[]): Promise<number> {
  let options;
  try {
    options = tourOptions(args, examples);
  } catch (error) {
    stderr.write(`${(error as Error).message}\n`);
    return 2;
  }
  if (options.help) stdout.write(`${HELP}\n`);
  else if (options.list) list(options);
  else return await tour(options);
  return 0;
}

process.exitCode = await main(process.argv.slice(2));
