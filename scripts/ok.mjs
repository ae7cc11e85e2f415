// The one gate: `npm run ok`. Runs every check, whatever the others said, and then says which failed.

import { spawnSync } from "node:child_process";
import { exit } from "node:process";
import { root } from "./files.mjs";

const CHECKS = [
  ["format", "npm run --silent format:check"],
  ["build", "npm run --silent build"],
  ["lint", "npm run --silent lint"],
  ["tests and snippets", "node scripts/test.mjs"],
  ["packages", "npm run --silent packages"],
  ["size", "npm run --silent size"],
  ["unused code", "npm run --silent unused"],
];

const results = CHECKS.map(([name, command]) => {
  console.log(`\n— ${name} —\n`);
  const start = performance.now();
  const { status } = spawnSync(command, { cwd: root, shell: true, stdio: ["ignore", "inherit", "inherit"] });
  return { name, ok: status === 0, seconds: (performance.now() - start) / 1000 };
});

console.log();
for (const { name, ok, seconds } of results) console.log(`${ok ? "ok  " : "FAIL"} ${name} (${seconds.toFixed(1)} s)`);
exit(results.every(({ ok }) => ok) ? 0 : 1);
