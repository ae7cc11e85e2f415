// Runs the built tests on other hosts, fetched from npm into a cache, and ends with the line
// `N passed, N failed` over all of them: the whole suite on other versions of Node, and in the test
// runners of Bun and Deno all but what is known not to run there (see runners.mjs).
//
//   node scripts/hosts.mjs            Node 22, 24 and 26, Bun and Deno
//   node scripts/hosts.mjs 24         that one
//   node scripts/hosts.mjs 24 -- …    what follows goes to scripts/test.mjs

import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { arch, argv, exit, platform } from "node:process";
import { root, testFiles } from "./files.mjs";
import { LIMIT_SECONDS, otherHosts, packageOf, runOn } from "./runners.mjs";

const split = argv.includes("--") ? argv.indexOf("--") : argv.length;
const hosts = argv.length > 2 && split > 2 ? argv.slice(2, split) : ["22", "24", "26", ...otherHosts];
const passedOn = argv.slice(split + 1);

/** The folder with package `name` from npm, fetched if it is not here yet. */
async function fetched(host, name, version) {
  const folder = join(root, "node_modules/.cache/hosts", host);
  if (!existsSync(join(folder, "node_modules", name))) {
    const flags = ["--no-package-lock", "--ignore-scripts", "--no-fund", "--no-audit", "--loglevel=error"];
    const { status } = await run("npm", ["install", "--prefix", folder, ...flags, `${name}@${version}`]);
    if (status !== 0) throw new Error(`Cannot fetch ${host}: npm ended with ${status}`);
  }
  return folder;
}

/** The sums of the whole suite on another version of Node. */
async function onNode(version) {
  const name = `node-${platform}-${arch}`;
  const node = join(await fetched(version, name, version), "node_modules", name, "bin/node");
  const { status, output } = await run(node, ["scripts/test.mjs", `--limit=${LIMIT_SECONDS}`, ...passedOn]);
  const summary = /(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$/.exec(output);
  // A run that ends without its summary, or badly in spite of it, is a failure too.
  const [passed, failed, skipped] = summary?.slice(1).map((count) => Number(count ?? 0)) ?? [0, 0, 0];
  return { passed, failed: status !== 0 && failed === 0 ? 1 : failed, skipped };
}

async function onOther(host) {
  const folder = await fetched(host, packageOf(host), "latest");
  const words = passedOn.filter((arg) => !arg.startsWith("--"));
  const files = testFiles(words).filter((path) => path.endsWith(".test.js"));
  return runOn(host, folder, files);
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

const title = (host) => (otherHosts.includes(host) ? host : `Node ${host}`);

const total = { passed: 0, failed: 0, skipped: 0 };
for (const host of hosts) {
  console.log(`\n— ${title(host)} —\n`);
  const sums = await (otherHosts.includes(host) ? onOther(host) : onNode(host));
  for (const key of Object.keys(total)) total[key] += sums[key];
}
const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
console.log(`\n${hosts.map(title).join(", ")}:`);
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
exit(total.failed > 0 ? 1 : 0);
