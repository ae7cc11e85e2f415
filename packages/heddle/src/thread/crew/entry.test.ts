import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const FOLDER = new URL("../../", import.meta.url);

/** All that a built module imports, before anything of it runs. */
function loadedBy(module: URL, met = new Set<string>()): Set<string> {
  if (met.has(module.href)) return met;
  met.add(module.href);
  const text = readFileSync(fileURLToPath(module), "utf8");
  for (const [, from] of text.matchAll(/^(?:import|export)\b(?:[^"';]*\bfrom)? "(\.[^"]+)";$/gm))
    loadedBy(new URL(from!, module), met);
  return met;
}

test("a thread begins with what takes calls and finds functions, and nothing else", () => {
  const modules = [...loadedBy(new URL("entry.js", import.meta.url))].map((href) => href.slice(FOLDER.href.length));
  assert.deepEqual(modules.sort(), [
    "base/warnings.js",
    "future/definition.js",
    "reactor/host.js",
    "runtime/house.js",
    "thread/crew/board.js",
    "thread/crew/door.js",
    "thread/crew/entry.js",
    "thread/crew/layout.js",
    "thread/crew/line.js",
    "thread/crew/member.js",
    "thread/crew/messages.js",
    "thread/crew/slot.js",
    "thread/here.js",
    "thread/reference/body.js",
    "thread/reference/prepare.js",
    "thread/reference/resolve.js",
    "thread/sendable.js",
    "thread/values/json.js",
    "thread/values/plain.js",
  ]);
});
