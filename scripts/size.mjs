// What the smallest programs cost, minified and gzipped: the lines of `.size-limit.json`, each against its limit. What has the core in it is also
// held against the core, since whoever has heddle already pays only for what comes on top.

import { spawnSync } from "node:child_process";
import { exit } from "node:process";
import { root } from "./files.mjs";

const CORE = "run + spawn + sleep + async";
const WITH_CORE = /, with the core$|^heddle: scope$/;
/** How many bytes more than the core: mpsc alone has a limit. */
const OVER_CORE = new Map([["heddle/sync: mpsc, with the core", 3000]]);

const { stdout, stderr } = spawnSync("npx --no-install size-limit --json", {
  cwd: root,
  shell: true,
  encoding: "utf8",
});
if (!stdout.startsWith("[")) {
  console.error(stdout, stderr);
  exit(1);
}
const lines = JSON.parse(stdout);
const core = lines.find(({ name }) => name === CORE).size;

const kB = (bytes) => `${(bytes / 1000).toFixed(2)} kB`;
let failed = 0;

function check(size, limit) {
  if (size <= limit) return `of ${kB(limit)}`;
  failed++;
  return `of ${kB(limit)}: ${size - limit} B too many`;
}

for (const { name, size, sizeLimit } of lines) {
  console.log(`${name}\n    ${kB(size)} ${check(size, sizeLimit)}`);
  if (!WITH_CORE.test(name)) continue;
  const over = size - core;
  const limit = OVER_CORE.get(name);
  console.log(`    ${kB(over)} over the core${limit === undefined ? "" : ` ${check(over, limit)}`}`);
}
if (failed > 0) console.log(`\n${failed} over the limit`);
exit(failed === 0 ? 0 : 1);
