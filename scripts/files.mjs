// Where the repository is and how to list what is in it.

import { existsSync, readdirSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Every file below `folder` (relative to the root), relative to the root, in a stable order. */
export function filesBelow(folder) {
  const top = join(root, folder);
  if (!existsSync(top)) return [];
  return readdirSync(top, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath ?? entry.path, entry.name)))
    .sort();
}

/** The folders of the published packages, relative to the root. */
export function packageFolders() {
  return readdirSync(join(root, "packages"))
    .map((name) => `packages/${name}`)
    .filter((folder) => existsSync(join(root, folder, "package.json")));
}

/** The built test files that have one of `words` in their path; all of them if there are none. */
export function testFiles(words) {
  const built = [...packageFolders(), "tests", "examples", "bench"].flatMap((folder) =>
    filesBelow(`${folder}/dist`)
      .filter((path) => path.endsWith(".test.js"))
      .filter((path) => hasSource(folder, path)),
  );
  return [...built, ...filesBelow("scripts").filter((path) => path.endsWith(".test.mjs"))].filter(
    (path) => words.length === 0 || words.some((word) => path.includes(word)),
  );
}

/** False for what the compiler left behind of a test that was renamed or deleted since. */
function hasSource(folder, path) {
  const source = path.slice(`${folder}/dist/`.length).replace(/js$/, "ts");
  return existsSync(join(root, folder, source)) || existsSync(join(root, folder, "src", source));
}
