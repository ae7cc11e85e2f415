// Packs every published package as npm would, and has publint and arethetypeswrong look at the
// tarball: what a stranger would install, not what lies in the folder.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exit } from "node:process";
import { packageFolders, root } from "./files.mjs";

const scratch = mkdtempSync(join(tmpdir(), "heddle-pack-"));
const isPublished = (folder) => JSON.parse(readFileSync(join(root, folder, "package.json"), "utf8")).private !== true;

let failed = false;
for (const folder of packageFolders().filter(isPublished)) {
  const packed = spawnSync("npm", ["pack", "--json", "--pack-destination", scratch, "--loglevel=error"], {
    cwd: join(root, folder),
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (packed.status !== 0) exit(1);
  // npm 10 and 11 print a list of packages, later ones an object by name.
  const [{ filename, files, size }] = Object.values(JSON.parse(packed.stdout));
  console.log(`${filename}: ${files.length} files, ${Math.round(size / 1000)} kB`);
  const tests = files.filter(({ path }) => path.includes(".test."));
  if (tests.length > 0) failed = true;
  for (const { path } of tests) console.error(`${filename} holds a test: ${path}`);

  const tarball = join(scratch, filename);
  for (const command of [
    ["publint", "run", tarball, "--strict"],
    ["attw", tarball, "--profile", "esm-only"],
  ]) {
    const { status } = spawnSync("npx", ["--no-install", ...command], {
      cwd: root,
      stdio: ["ignore", "inherit", "inherit"],
    });
    if (status !== 0) failed = true;
  }
}
rmSync(scratch, { recursive: true, force: true });
exit(failed ? 1 : 0);
