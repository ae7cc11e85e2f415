/**
 * The ways to run a program: in each, a thread finds what the program exports, and says clearly what it does not find. Real processes, real threads.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import * as module from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process, { execPath } from "node:process";
import { after, test } from "node:test";
import { fileURLToPath, pathToFileURL } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "heddle-ways-"));
// HOST: tsx listens at a path in there, which must be short.
const temporary = mkdtempSync("/tmp/heddle-");
after(() => {
  for (const each of [folder, temporary]) rmSync(each, { recursive: true, force: true });
});
mkdirSync(join(folder, "node_modules"));
const TSX = dirname(module.createRequire(import.meta.url).resolve("tsx/package.json"));
symlinkSync(TSX, join(folder, "node_modules/tsx"));

const urlOf = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
const CALL = urlOf("call.kit.js");
const MOVE = urlOf("move.js");
const TASK = urlOf("task.js");
const HEDDLE = urlOf("../../index.js");

/** Runs the first of these files, by name, in a process of its own, and answers what it says. */
async function output(files: Record<string, string>, flags: string[] = [], env: Record<string, string> = {}) {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const child = spawn(execPath, [...flags, join(folder, Object.keys(files)[0]!)], {
    cwd: folder,
    env: { ...process.env, HEDDLE_WARNINGS: "off", NODE_OPTIONS: "", NODE_V8_COVERAGE: "", TMPDIR: temporary, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let said = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  await new Promise((resolve) => child.on("close", resolve));
  assert.equal(complaints.replaceAll(/^.*(ExperimentalWarning|--trace-warnings|DEP0205).*\n/gm, ""), "");
  return said
    .replaceAll(pathToFileURL(`${folder}/`).href, "")
    .trimEnd()
    .split("\n");
}

/** A program that exports two functions, calls them, and calls one that it does not export. With types, if it may have them. */
const program = (types: (text: string) => string): string => `
import { isMainThread } from "node:worker_threads";
import { async, sleep } from ${HEDDLE};
import { say } from ${CALL};

export function fib(n${types(": number")})${types(": number")} {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}
export const slow = async(function* (n${types(": number")}) {
  yield* sleep(1);
  return n + 1;
});
function hidden(n${types(": number")}) {
  return n;
}
if (isMainThread) {
  await say(fib, 20);
  await say(slow, 20);
  await say(hidden, 20);
}
`;

const typed = program((text) => text);
const bare = program(() => "");

/** What such a program says. @param place where `hidden` stands, as far as its file tells */
const expected = (place: RegExp) => (said: string[]) => {
  assert.deepEqual(said.slice(0, 2), ["6765", "21"]);
  assert.match(said[2]!, /^at the call: TypeError: Cannot run "hidden" on another thread as it must be an export/);
  assert.match(said[2]!, place);
  assert.match(said[3]!, /^help: export it/);
};
const exact = expected(/it stands at program\.m?[jt]s:13 and is not exported$/);
const somewhere = expected(/it stands at program\.m?[jt]s:\d+ and is not exported$/);

const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
const strips = major > 22 || (major === 22 && minor >= 18);

test("a module of JavaScript that awaits at its top level", async () => {
  exact(await output({ "program.mjs": bare }));
});

test("TypeScript by Node's type stripping", { skip: !strips && "this Node does not strip types" }, async () => {
  exact(await output({ "program.mts": typed }));
});

test("TypeScript by tsx, as a flag, from the environment, and as a command", async () => {
  const files = { "program.mts": `${typed}export enum Kind { One }\n` };
  somewhere(await output(files, ["--import", "tsx"]));
  somewhere(await output(files, [], { NODE_OPTIONS: "--import=tsx" }));
  somewhere(await output(files, [join(TSX, "dist/cli.mjs")]));
});

test("TypeScript where threads cannot load it is refused with what to do", { skip: strips }, async () => {
  const files = {
    "program.mjs": `
import { say } from ${CALL};
import { task } from ${TASK};
await say(task(new URL("work.ts", import.meta.url).href, function work() {}));`,
    "work.ts": "export function work(): void {}",
  };
  assert.deepEqual(await output(files), [
    'on the thread: HeddleError: Cannot load work.ts on a thread: Unknown file extension ".ts" for ' +
      join(folder, "work.ts"),
    "help: run TypeScript with a loader that threads inherit, such as node --import tsx, or with Node 22.18 or later",
  ]);
});

test("CommonJS: what is exported is found, what is not is refused", async () => {
  const text = `
const { isMainThread } = require("node:worker_threads");
function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
function hidden() { return fib(1); }
const make = (k) => (n) => n * k;
exports.fib = fib;
exports.triple = make(3);
exports.tenfold = make(10);
async function main() {
  const { say } = await import(${CALL});
  for (const fn of [fib, exports.triple, hidden]) await say(fn, 10);
}
if (isMainThread) main();
`;
  const said = await output({ "program.cjs": text });
  assert.deepEqual(said.slice(0, 2), ["55", "30"]);
  assert.match(
    said[2]!,
    /^at the call: TypeError: Cannot run "hidden" .* it stands at program\.cjs:4 and is not exported$/,
  );
});

test("barrels, renamed exports and defaults are found in the module that defines them", async () => {
  const files = {
    "program.mjs": `
import { say } from ${CALL};
import half, { renamed, deep, same } from "./barrel.mjs";
for (const fn of [half, renamed, deep, same]) await say(fn, 10);
`,
    "barrel.mjs": `export * from "./deep.mjs"; export { default } from "./deep.mjs"; export { deep as same } from "./deep.mjs";`,
    "deep.mjs": `
export default (n) => n / 2;
function inner(n) { return -n; }
export { inner as renamed };
export const deep = async (n) => n + 1;
`,
  };
  assert.deepEqual(await output(files), ["5", "-10", "11", "11"]);
});

test("a function is found though the collector has taken what was counted of its module", async () => {
  // Found by trying: of so much code, but not of much less, the engine has forgotten after a few collections that it ever ran.
  const more = [1, 2, 3, 4, 5, 6, 7, 8, 9].map(
    (n) => `export const f${n} = (() => (n) => n + ${n})(); class A${n} { m() {} } export const m${n} = new A${n}().m;`,
  );
  const files = {
    "program.mjs": `
import { fib } from "./fib.mjs";
import { say } from ${CALL};
for (let turn = 0; turn < 20; turn++) {
  await new Promise((resolve) => setImmediate(resolve));
  for (let i = 0; i < 1e4; i++) globalThis.garbage = [i];
}
await say(fib, 10);`,
    "fib.mjs": `export function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }\n${more.join("\n")}`,
  };
  assert.deepEqual(await output(files, ["--gc-interval=500"]), ["55"]);
});

const moving = (types: (text: string) => string): string => `
import { isMainThread } from "node:worker_threads";
import { CalledThread } from ${CALL};
import { move } from ${MOVE};

let loads = 0;
export function loaded() {
  return ++loads;
}
const multiply = (n${types(": number")}, factor${types(": number")}) => n * factor;
if (isMainThread) {
  const early = new CalledThread();
  console.log((await early.outcome(loaded)).value);
  const factor = 6;
  const moved = move({ factor }, ({ factor }, n${types(": number")}) => [multiply(n, factor), loaded()]);
  const late = new CalledThread();
  for (const thread of [early, late]) {
    console.log((await thread.outcome(moved, 7)).value);
    await thread.end();
  }
}
`;

// Where hooks are slow to start they are not started before something is moved, and the module is then loaded once more.
const hasQuickHooks = "registerHooks" in module;
const movedTo = ["1", hasQuickHooks ? "[ 42, 2 ]" : "[ 42, 1 ]", "[ 42, 1 ]"];

test("a function is moved to a thread that has its module, and to one that has not", async () => {
  assert.deepEqual(await output({ "program.mjs": moving(() => "") }), movedTo);
});

test(
  "a function is moved by TypeScript that Node strips",
  { skip: !strips && "this Node does not strip types" },
  async () => {
    assert.deepEqual(await output({ "program.mts": moving((text) => text) }), movedTo);
  },
);

test("a function is moved by TypeScript that tsx compiles", async () => {
  const files = { "program.mts": `${moving((text) => text)}export enum Kind { One }\n` };
  assert.deepEqual(await output(files, ["--import", "tsx"]), movedTo);
});

test("a function is moved by CommonJS, where hooks see it", { skip: !hasQuickHooks }, async () => {
  const text = `
const { isMainThread } = require("node:worker_threads");
const base = 40;
async function main() {
  const { say } = await import(${CALL});
  const { move } = await import(${MOVE});
  const factor = 2;
  await say(move({ factor }, ({ factor }, n) => base + factor * n), 1);
  await say(move({}, () => factor));
}
if (isMainThread) main();
`;
  const said = await output({ "program.cjs": text });
  assert.equal(said[0], "42");
  assert.match(said[1]!, /^at the call: TypeError: .* at program\.cjs:9 it uses "factor"$/);
});

test("a module that a test runner has loaded in its own way, and laid out anew, is found by what its functions say", async () => {
  const files = {
    "program.mjs": `
import { runInThisContext } from "node:vm";
import { async, sleep } from ${HEDDLE};
import { say } from ${CALL};
const filename = new URL("work.mjs", import.meta.url).pathname;
const load = runInThisContext(
  \`(async (exports, __vite_ssr_import_0__) => {{
    const k = 3;
    exports.triple = function triple(n) { return n * k };
    exports.waiting = (0,__vite_ssr_import_0__.async)(function* (n) { yield* (0,__vite_ssr_import_0__.sleep)(1); return "waited" + n });
    exports.other = (0,__vite_ssr_import_0__.async)(function* () {});
    exports.inner = ((factor) => function triple(n) { return n * factor })(1);
    exports.hidden = ((factor) => function hidden(n) { return n * factor })(1);
  }})\`,
  { filename },
);
const exports = {};
await load(exports, { async, sleep });
for (const name of ["triple", "waiting", "inner", "hidden"]) await say(exports[name], 14);
`,
    "work.mjs": `
import { async, sleep } from ${HEDDLE};
const k = 3;
export function triple(n) {
  return n * k;
}
export const waiting = async(function* (n) {
  yield* sleep(1);
  return 'waited' + n;
});
export const other = async(function* () {});
`,
  };
  const said = await output(files);
  assert.deepEqual(said.slice(0, 2), ["42", '"waited14"']);
  assert.match(
    said[2]!,
    /^on the thread: TypeError: Cannot run "triple" .* what work\.mjs exports as "triple" is another one/,
  );
  assert.match(
    said.at(-2)!,
    /^on the thread: TypeError: Cannot run "hidden" .* and is not exported, and it uses "factor"/,
  );
});

test("a program given as text has no module, and says so", async () => {
  const text = `import { say } from ${CALL}; export function fib() {} await say(fib);`;
  const child = spawn(execPath, ["--input-type=module", "-e", text], { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.setEncoding("utf8").on("data", (more: string) => (said += more));
  await new Promise((resolve) => child.on("close", resolve));
  assert.match(
    said,
    /^at the call: TypeError: Cannot run "fib" .*: it comes from "(file:.*\/)?\[eval1\]", which is no module/,
  );
});

test("main() of another copy of heddle than the one that started the thread is left out there as well", async () => {
  cpSync(fileURLToPath(new URL("../..", import.meta.url)), join(folder, "copy"), {
    recursive: true,
    filter: (path) => !/\.(map|d\.ts|tsbuildinfo|test\.js|kit\.js)$/.test(path),
  });
  writeFileSync(join(folder, "copy/package.json"), `{ "type": "module" }`);
  const text = `
import { isMainThread } from "node:worker_threads";
import { async, fromPromise, main } from "./copy/index.js";
import { spawnBlocking } from ${urlOf("../../thread.js")};
export const triple = (n) => n * 3;
main(async(function* () {
  console.log(isMainThread ? "main" : "A SECOND MAIN");
  if (isMainThread) console.log(yield* fromPromise(spawnBlocking(triple, 14).then()));
})());
`;
  assert.deepEqual(await output({ "program.mjs": text }), ["main", "42"]);
});
