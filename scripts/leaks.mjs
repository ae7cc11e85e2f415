// Preloaded into every test file by scripts/test.mjs: when the file has ended, writes what it left
// open to the file that HEDDLE_LEAKS names, one line each. Nothing left, nothing written.
//
//   descriptors   files, sockets and pipes that were not open before (Linux)
//   children      processes that still run (Linux)
//   listeners     on the process, but for those that heddle keeps for its end
//
// Timers and handles that hold the process need no look: with them the file would not end at all.

import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";

const { HEDDLE_LEAKS: destination } = process.env;
// What the tests start is not a test file: it does not look at itself.
delete process.env.HEDDLE_LEAKS;

/** Open descriptors as `number: what`, but for those of the event loop itself. */
function descriptors() {
  return new Set(
    listing("/proc/self/fd").flatMap((number) => {
      try {
        const target = readlinkSync(`/proc/self/fd/${number}`);
        return /^anon_inode:|^\/proc\/|^\/dev\//.test(target) ? [] : [`${number}: ${target}`];
      } catch {
        // The descriptor that listed the folder is closed by now.
        return [];
      }
    }),
  );
}

function children() {
  return listing("/proc/self/task").flatMap((thread) => {
    const ids = readFileSync(`/proc/self/task/${thread}/children`, "utf8").trim();
    return ids === "" ? [] : ids.split(" ");
  });
}

/** The names in a folder; none where the host has no such folder. */
function listing(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

const KEPT = new Set(["beforeExit", "exit"]);

function listeners() {
  const counts = process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
  return new Map(counts.filter(([name]) => !KEPT.has(name)));
}

if (destination !== undefined) {
  const opened = descriptors();
  const listened = listeners();
  process.on("exit", () => {
    const left = [
      ...[...descriptors()].filter((line) => !opened.has(line)).map((line) => `descriptor ${line}`),
      ...children().map((id) => `child process ${id}`),
      ...[...listeners()]
        .filter(([name, count]) => count > (listened.get(name) ?? 0))
        .map(([name]) => `listener for ${name}`),
    ];
    if (left.length > 0) writeFileSync(destination, left.map((line) => `${line}\n`).join(""));
  });
}
