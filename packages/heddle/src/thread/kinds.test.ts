/**
 * That no module which says how something is received is forgotten: neither by the threads, nor by a bundler.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL(".", import.meta.url));
const text = (name: string): string => readFileSync(join(folder, name), "utf8");

/** What `kinds` loads, as paths below this folder. */
const loaded = [...text("kinds.js").matchAll(/^import "\.\/(.*)";$/gm)].map(([, path]) => path!);

test("kinds loads each module that says how something is received", () => {
  const saying = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((path) => path.replaceAll("\\", "/"))
    .filter((path) => path.endsWith(".js") && !/\.(test|kit)\.js$|^sendable\.js$/.test(path))
    .filter((path) => /^(?:export const \w+ = .*)?receives\(/m.test(text(path)));
  assert.ok(saying.length > 5);
  assert.deepEqual(
    saying.filter((path) => !loaded.includes(path)),
    [],
  );
});

test("the package says of each module that kinds loads that it has effects, so that bundlers keep it", () => {
  const { sideEffects } = JSON.parse(readFileSync(join(folder, "../../package.json"), "utf8"));
  const patterns = (sideEffects as string[]).map(
    (glob) => new RegExp(`^${glob.replaceAll(".", "\\.").replaceAll("*", "[^/]*")}$`),
  );
  assert.deepEqual(
    loaded.filter((path) => !patterns.some((pattern) => pattern.test(`./dist/thread/${path}`))),
    [],
  );
});
