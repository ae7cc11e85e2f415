// Runs the whole built test suite on other versions of Node, fetched from npm into a cache, and ends
// with the line `N passed, N failed` over all of them.
//
//   node scripts/hosts.mjs            22, 24 and 26
//   node scripts/hosts.mjs 24         that one
//   node scripts/hosts.mjs 24 -- …    what follows goes to scripts/test.mjs

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { arch, argv, exit, platform } from "node:process";
import { root } from "./files.mjs";

const split = argv.includes("--") ? argv.indexOf("--") : argv.length;
const versions = argv.length > 2 && split > 2 ? argv.slice(2, split) : ["22", "24", "26"];
const passedOn = argv.slice(split + 1);

/** The path of Node `version`, fetched if it is not here yet. */
async function host(version) {
  const name = `node-${platform}-${arch}`;
  const folder = join(root, "node_modules/.cache/hosts", version);
  const node = join(folder, "node_modules", name, "bin/node");
  if (!existsSync(node)) {
    const flags = ["--no-package-lock", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"];
    const { status } = await run("npm", ["install", "--prefix", folder, ...flags, `${name}@${version}`]);
    if (status !== 0) throw new Error(`Cannot fetch Node ${version}: npm ended with ${status}`);
  }
  return node;
}

/** Runs a program, showing its output. Resolves to its `status` and its `output`. */
function run(command, args) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: root, stdio: ["ignore", "pipe", "inherit"] });
    let output = "";
    child.on("error", reject).on("close", (code, signal) => resolve({ status: code ?? signal, output }));
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
      process.stdout.write(text);
    });
  });
}

const total = { passed: 0, failed: 0, skipped: 0 };
for (const version of versions) {
  const node = await host(version);
  console.log(`\n— Node ${version} —\n`);
  const { status, output } = await run(node, ["scripts/test.mjs", ...passedOn]);
  const summary = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(output);
  // A run that ends without its summary, or badly in spite of it, is a failure too.
  const [passed, failed, skipped] = summary?.slice(1).map((count) => Number(count ?? 0)) ?? [0, 0, 0];
  total.passed += passed;
  total.failed += status !== 0 && failed === 0 ? 1 : failed;
  total.skipped += skipped;
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${versions.map((version) => `Node ${version}`).join(", ")}:`);
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
exit(total.failed > 0 ? 1 : 0);
