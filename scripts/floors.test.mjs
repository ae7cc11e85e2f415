import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { violations } from "./floors.mjs";

const check = (files) => violations(new Map(Object.entries(files)));

/** What is said of a file of one line. */
const said = (path, text) => check({ [path]: text }).map((line) => line.replace(`${path}:1 `, ""));

test("violations() lets a file import its own folder and the floors below", () => {
  deepEqual(
    check({
      "task/task.ts": 'import { a } from "./bits.js"; import { ring } from "../base/ring.js";',
      "runtime/runtime.ts": 'import { host } from "../reactor/host.js"; export * from "../task/task.js";',
      "index.ts": 'export { run } from "./runtime/run.js"; export * from "./time/sleep.js";',
    }),
    [],
  );
});

test("violations() refuses an import of a floor above, in each way to import, types included", () => {
  const up = ["floor 0 never imports floor 1"].map((why) => `imports '../task/task.js': ${why}`);
  for (const text of [
    'import { Task } from "../task/task.js";',
    'import "../task/task.js";',
    'import type { Task } from "../task/task.js";',
    'export { Task } from "../task/task.js";',
    'export type * from "../task/task.js";',
    'const task = await import("../task/task.js");',
    'type Task = import("../task/task.js").Task;',
  ]) {
    deepEqual(said("base/ring.ts", text), up, text);
  }
});

test("violations() says the line of the import", () => {
  deepEqual(check({ "base/ring.ts": '\n\nimport "../task/task.js";' }), [
    "base/ring.ts:3 imports '../task/task.js': floor 0 never imports floor 1",
  ]);
});

test("violations() keeps siblings apart, but lets task import future, and what deals in bytes import io", () => {
  deepEqual(said("task/task.ts", 'import "../future/poll.js";'), []);
  deepEqual(said("net/tcp.ts", 'import "../io/copy.js";'), []);
  deepEqual(said("io/copy.ts", 'import "../net/tcp.js";'), [
    "imports '../net/tcp.js': siblings on floor 4 never import each other",
  ]);
  deepEqual(said("future/poll.ts", 'import type { Task } from "../task/task.js";'), [
    "imports '../task/task.js': siblings on floor 1 never import each other",
  ]);
  deepEqual(said("executor/turn.ts", 'import type { Host } from "../reactor/host.js";'), [
    "imports '../reactor/host.js': siblings on floor 2 never import each other",
  ]);
  deepEqual(said("time.ts", 'export * from "./index.js";'), [
    "imports './index.js': siblings on floor 6 never import each other",
  ]);
});

test("violations() keeps Node out of the folders that run on any host", () => {
  deepEqual(said("http/fetch.ts", 'import "node:net";'), []);
  deepEqual(said("time/sleep.ts", 'import "node:timers";'), ["imports 'node:timers': time/ runs on any host"]);
});

test("violations() refuses a dependency, the package itself and what is outside it", () => {
  deepEqual(said("http/fetch.ts", 'import "undici";'), ["imports 'undici': the package has no dependencies"]);
  deepEqual(said("trace/svg.ts", 'import { run } from "heddle";'), [
    "imports 'heddle': a source file never goes out of the front door",
  ]);
  deepEqual(said("base/ring.ts", 'import "../../package.json";'), [
    "imports '../../package.json': it is outside the package",
  ]);
});

test("violations() lets one file name an optional peer, and no other", () => {
  deepEqual(said("http/adaptor.ts", 'await import("@hono/node-server");'), []);
  deepEqual(said("http/serve.ts", 'await import("@hono/node-server");'), [
    "imports '@hono/node-server': the package has no dependencies",
  ]);
});

test("violations() allows a name of the host or the clock in its own file only", () => {
  deepEqual(said("reactor/host.ts", "setTimeout(() => setImmediate(f), 1);"), []);
  deepEqual(said("base/clock.ts", "performance.now() + Date.now();"), []);
  deepEqual(said("time/sleep.ts", "globalThis.setTimeout(f, 1);"), ["names setTimeout: only reactor/host.ts may"]);
  deepEqual(said("time/sleep.ts", "globalThis.performance.now(); Date['now']();"), [
    "names performance.now: only base/clock.ts may",
    "names Date.now: only base/clock.ts may",
  ]);
});

test("violations() lets threads speak through channels of messages", () => {
  deepEqual(said("thread/crew/thread.ts", 'import { MessageChannel } from "node:worker_threads";'), []);
  deepEqual(said("trace/svg.ts", "new MessageChannel();"), ["names MessageChannel: only reactor/host.ts may"]);
});

test("violations() does not mind a name in a comment or a string", () => {
  deepEqual(said("time/sleep.ts", '/* setTimeout */ const a = "Date.now()";'), []);
});

test("violations() lets a front door hold re-exports only", () => {
  deepEqual(said("index.ts", "export {};"), []);
  deepEqual(said("index.ts", "export const a = 1;"), ["is more than a re-export: a front door holds nothing else"]);
});

test("violations() refuses a folder that has no floor", () => {
  deepEqual(said("utils/misc.ts", "export {};"), ["is in a folder that has no floor"]);
});

test("violations() leaves tests alone, and refuses to import one", () => {
  deepEqual(said("base/ring.test.ts", 'import "../runtime/run.js"; setTimeout(f, 1);'), []);
  deepEqual(said("base/ring.ts", 'import "./ring.test.js";'), ["imports './ring.test.js': only a test imports a test"]);
});
