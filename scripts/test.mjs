// Runs test files of node:test, each in its own process and two at a time, prints each failure in
// full and ends with the line `N passed, N failed`. Exits with 1 if anything failed.
//
//   node scripts/test.mjs             all tests that are built
//   node scripts/test.mjs --quick     all but the slow ones (*.slow.test.js)
//   node scripts/test.mjs --slow      the slow ones only
//   node scripts/test.mjs wheel       the files that have `wheel` in their path
//   node scripts/test.mjs --limit=600 how many seconds a file may take, instead of 180
//
// A file fails, beside its tests, when it ends badly, ends early, has no tests, or does not end, and
// when it leaves something behind: see leaks.mjs; files in the temporary folder count as well.

import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { argv, env, execPath, exit } from "node:process";
import { root, testFiles } from "./files.mjs";

const CONCURRENCY = 2;
const SLOW_MILLISECONDS = 250;
const REPORTER = new URL("reporter.mjs", import.meta.url).href;
const LEAKS = new URL("leaks.mjs", import.meta.url).href;

const options = argv.slice(2).filter((arg) => arg.startsWith("--"));
const limitMilliseconds = 1000 * Number(options.find((option) => option.startsWith("--limit="))?.slice(8) ?? 180);
const words = argv.slice(2).filter((arg) => !arg.startsWith("--"));

const isSlow = (path) => /\.slow\.test\.m?js$/.test(path);

const chosen = testFiles(words)
  .filter((path) => !options.includes("--quick") || !isSlow(path))
  .filter((path) => !options.includes("--slow") || isSlow(path));

/** Runs one file. Resolves to its records, the last one about the file itself if that failed. */
async function runFile(path, scratch) {
  const destination = join(scratch, path.replaceAll(/[\\/]/g, "_"));
  const leaks = `${destination}.leaks`;
  const temporary = `${destination}.tmp`;
  mkdirSync(temporary);
  const reporter = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${destination}`];
  const child = spawn(execPath, ["--enable-source-maps", `--import=${LEAKS}`, ...reporter, join(root, path)], {
    cwd: root,
    env: { ...env, TMPDIR: temporary, HEDDLE_LEAKS: leaks },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text) => (output += text));
  }
  let late = false;
  const limit = setTimeout(() => (late = child.kill("SIGKILL")), limitMilliseconds);
  const status = await new Promise((resolve) => child.on("close", (code, signal) => resolve(code ?? signal)));
  clearTimeout(limit);

  const lines = existsSync(destination) ? readFileSync(destination, "utf8").split("\n").slice(0, -1) : [];
  const records = lines.map((line) => JSON.parse(line));
  const tests = records.filter((record) => !record.end);
  const problem = late
    ? `did not end within ${limitMilliseconds / 1000} s`
    : lines.length === 0
      ? `ran no test and ended with ${status}`
      : tests.length === records.length
        ? `ended with ${status} before its tests did`
        : status !== 0 && !tests.some(({ outcome }) => outcome === "failed")
          ? `ended with ${status} though no test failed`
          : undefined;
  const left = [
    ...(existsSync(leaks) ? readFileSync(leaks, "utf8").trimEnd().split("\n") : []),
    ...readdirSync(temporary).map((name) => `temporary file ${name}`),
  ];
  if (left.length > 0) {
    const error = `left behind:\n${left.join("\n")}`;
    tests.push({ name: "(the file)", outcome: "failed", milliseconds: 0, error });
  }
  if (problem !== undefined) tests.push({ name: "(the file)", outcome: "failed", milliseconds: 0, error: problem });
  return { path, tests, output };
}

function print({ path, tests, output }) {
  const failed = tests.filter(({ outcome }) => outcome === "failed");
  const slow = isSlow(path) || path.startsWith("scripts/") ? [] : tests.filter(isOverLimit);
  const mark = failed.length > 0 ? "FAIL" : "ok  ";
  console.log(`${mark} ${path} (${tests.length} ${tests.length === 1 ? "test" : "tests"})`);
  for (const { name, milliseconds } of slow) {
    console.log(`     slow: ${name}: ${Math.round(milliseconds)} ms, belongs in a *.slow.test.ts`);
  }
  for (const { name, error } of failed) console.log(`\n     ${name}\n${indent(error ?? "failed")}\n`);
  if (failed.length > 0 && output !== "") console.log(`     output:\n${indent(output.trimEnd())}\n`);
}

const isOverLimit = ({ milliseconds }) => milliseconds > SLOW_MILLISECONDS;
const indent = (text) => text.replaceAll(/^/gm, "       ");

async function main() {
  const scratch = mkdtempSync(join(tmpdir(), "heddle-test-"));
  const count = { passed: 0, failed: 0, skipped: 0 };
  const failures = [];
  const next = chosen.values();
  const worker = async () => {
    for (const path of next) {
      const result = await runFile(path, scratch);
      print(result);
      for (const { name, outcome } of result.tests) {
        count[outcome] += 1;
        if (outcome === "failed") failures.push(`${path}: ${name}`);
      }
    }
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, worker));
  rmSync(scratch, { recursive: true, force: true });

  if (failures.length > 0) console.log(`\nfailed:\n${failures.map((line) => `  ${line}`).join("\n")}`);
  const skipped = count.skipped > 0 ? `, ${count.skipped} skipped` : "";
  console.log(`\n${count.passed} passed, ${count.failed} failed${skipped}`);
  exit(count.failed > 0 ? 1 : 0);
}

await main();
