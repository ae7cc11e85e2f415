// Preloaded into every test file by scripts/test.mjs: when the file has ended, writes what it left
// open to the file that HEDDLE_LEAKS names, one line each. Nothing left, nothing written.
//
//   descriptors   files, sockets and pipes that were not open before (Linux)
//   children      processes that still run (Linux)
//   listeners     on the process, but for those that heddle keeps for its end
//   handles       sockets, watchers, signals … that do not keep the process alive, or it would not have ended
//   timers        likewise, but for the one that each runtime has: it is armed again and again, and never taken back

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

const WATCHED = new Set(["fs_event", "fs_poll", "pipe", "poll", "process", "signal", "tcp", "tty", "udp"]);

/** How many open handles of the event loop there are of each type. */
function handles() {
  const counts = new Map();
  if (typeof process.report?.getReport !== "function") return counts;
  process.report.excludeNetwork = true;
  // Not those of standard input and output.
  for (const { type, fd } of process.report.getReport().libuv ?? [])
    if (WATCHED.has(type) && (fd === undefined || fd > 2)) counts.set(type, (counts.get(type) ?? 0) + 1);
  return counts;
}

/** Has the timers be remembered that are set from now on. Answers how to list those that are still to fire, with where they were set. */
function rememberTimers() {
  const set = new Map();
  for (const name of ["setTimeout", "setInterval"]) {
    const original = globalThis[name];
    const remembering = function (...args) {
      const timer = original.apply(this, args);
      const { stackTraceLimit } = Error;
      Error.stackTraceLimit = 3;
      set.set(timer, new Error());
      Error.stackTraceLimit = stackTraceLimit;
      // Most have fired long ago.
      if (set.size > 2000) for (const old of set.keys()) if (old._destroyed !== false) set.delete(old);
      return timer;
    };
    globalThis[name] = Object.defineProperties(remembering, Object.getOwnPropertyDescriptors(original));
  }
  return () =>
    [...set]
      .filter(([timer]) => timer._destroyed === false)
      .map(([, { stack }]) => stack.split("\n").slice(2).join(" ").replaceAll(/\s+/g, " ").trim())
      // Nor are those of the host's own meant: its fetch has one.
      .filter((where) => !/^at (?:\S+ \()?node:|reactor\/host\./.test(where));
}

const KEPT = new Set(["beforeExit", "exit"]);

function listeners() {
  const counts = process.eventNames().map((name) => [String(name), process.listenerCount(name)]);
  return new Map(counts.filter(([name]) => !KEPT.has(name)));
}

if (destination !== undefined) {
  const opened = descriptors();
  const listened = listeners();
  const had = handles();
  const timersLeft = rememberTimers();
  process.on("exit", () => {
    const left = [
      ...timersLeft().map((where) => `timer set ${where}`),
      ...[...handles()]
        .filter(([type, count]) => count > (had.get(type) ?? 0))
        .map(([type, count]) => `${count - (had.get(type) ?? 0)} handles of type ${type}`),
      ...[...descriptors()].filter((line) => !opened.has(line)).map((line) => `descriptor ${line}`),
      ...children().map((id) => `child process ${id}`),
      ...[...listeners()]
        .filter(([name, count]) => count > (listened.get(name) ?? 0))
        .map(([name]) => `listener for ${name}`),
    ];
    if (left.length > 0) writeFileSync(destination, left.map((line) => `${line}\n`).join(""));
  });
}
