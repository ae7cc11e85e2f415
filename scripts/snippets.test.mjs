// Finding snippets, and then every snippet of the documentation: one test each.

import { deepEqual, equal } from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, test } from "node:test";
import { root } from "./files.mjs";
import { compile, documents, promiseOf, runSnippet, snippetsOf } from "./snippets.mjs";

test("snippetsOf() finds the ts blocks of a Markdown file, and what may be done with them", () => {
  const text = [
    "# A",
    "```ts",
    "a",
    "```",
    "```ts no-run",
    "b",
    "```",
    "```ts ignore",
    "c",
    "```",
    "```js",
    "d",
    "```",
  ];
  deepEqual(snippetsOf("a.md", text.join("\n")), [
    { path: "a.md", line: 2, code: "a", runs: true },
    { path: "a.md", line: 5, code: "b", runs: false },
  ]);
});

test("snippetsOf() takes a block out of a list", () => {
  deepEqual(snippetsOf("a.md", "- one\n  ```ts\n  if (a)\n    b;\n  ```"), [
    { path: "a.md", line: 2, code: "if (a)\n  b;", runs: true },
  ]);
});

test("snippetsOf() is not taken in by a fence within a longer fence", () => {
  deepEqual(snippetsOf("a.md", "````md\n```ts\na\n```\n````"), []);
});

test("snippetsOf() finds the examples of docstrings, and no code that merely looks like them", () => {
  const text = "/**\n * @example Sleeping\n * ```ts\n * if (a)\n *   b;\n * ```\n */\nconst c = `\n```ts\nd\n```\n`;";
  deepEqual(snippetsOf("a.ts", text), [{ path: "a.ts", line: 3, code: "if (a)\n  b;", runs: true }]);
});

test("promiseOf() reads the lines a snippet says it prints", () => {
  equal(promiseOf("a();"), undefined);
  equal(promiseOf("a(); // prints: 1\n// prints:\n  // prints: 2 3"), "1\n\n2 3");
});

const snippets = documents()
  .filter((path) => existsSync(join(root, path)))
  .flatMap((path) => snippetsOf(path, readFileSync(join(root, path), "utf8")));
const BUSY = [
  'import { async, join, run, sleep } from "heddle";',
  'const long = async(function* () { yield* sleep(40); console.log("long"); });',
  "const busy = () => { for (const end = Date.now() + 60; Date.now() < end;); };",
  'const short = async(function* () { yield* sleep(1); busy(); yield* sleep(10); console.log("short"); });',
  "await run(join(long(), short()));",
];
const problems = await compile([...snippets, { line: 0, code: BUSY.join("\n") }]);

test("runSnippet() keeps sleeps in the order of their lengths, however long the code between them takes", async () => {
  deepEqual(problems.at(-1), []);
  const { status, stdout } = await runSnippet(snippets.length);
  deepEqual([status, stdout], [0, "short\nlong\n"]);
});

/** An error of which only the message says anything. */
const failure = (message) => Object.assign(new Error(message), { stack: message });

describe("documentation", { concurrency: 2 }, () => {
  for (const [index, { path, line, code, runs }] of snippets.entries()) {
    test(`${path}:${line} ${runs ? "runs" : "compiles"}`, async () => {
      if (problems[index].length > 0) throw failure(`it does not compile\n${problems[index].join("\n")}`);
      if (!runs) return;
      const { status, stdout, output } = await runSnippet(index);
      if (status !== 0) throw failure(`it ended with ${status}\n${output}`);
      const promised = promiseOf(code);
      if (promised !== undefined) equal(stdout.trimEnd().replaceAll(/[ \t]+$/gm, ""), promised.trimEnd());
    });
  }
});
