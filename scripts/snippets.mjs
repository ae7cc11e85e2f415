// Finds the code of the documentation, compiles it in one go, and runs it a piece at a time.
//
// A snippet is a ```ts block of a Markdown file or of a docstring. It is a module of its own, as a
// reader would paste it. What follows `ts` on the fence: nothing, and the snippet must compile, and
// end with status 0; `no-run`, and it must compile; `ignore`, and it is not looked at.
//
// Where a snippet has comments `// prints: …`, standard output must be exactly those lines, on a slow machine too: see unhurried.mjs.

import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execPath } from "node:process";
import { filesBelow, packageFolders, root } from "./files.mjs";

const LIMIT_MILLISECONDS = 20_000;
const FOLDER = ".snippets";

/** The files that may hold snippets, relative to the root. */
export function documents() {
  return [
    "README.md",
    "ARCHITECTURE.md",
    "CONTRIBUTING.md",
    "GLOSSARY.md",
    ...filesBelow("docs").filter((path) => path.endsWith(".md")),
    ...packageFolders().flatMap((folder) => [
      `${folder}/README.md`,
      ...filesBelow(`${folder}/src`).filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts")),
    ]),
  ];
}

/**
 * The snippets of one file.
 *
 * @returns for each its `path`, the `line` of its fence, its `code`, and whether it `runs`
 */
export function snippetsOf(path, text) {
  const snippets = [];
  let open;
  for (const [index, raw] of proseOf(path, text).entries()) {
    const fence = /^(\s*)(```+)\s*([^`]*)$/.exec(raw);
    if (open === undefined && fence !== null) {
      const [, indent, ticks, info] = fence;
      open = { path, line: index + 1, indent: indent.length, ticks, info: info.trim().split(/\s+/), code: [] };
    } else if (open !== undefined && fence !== null && fence[3] === "" && fence[2].length >= open.ticks.length) {
      const { line, code, info } = open;
      const isCode = (info[0] === "ts" || info[0] === "typescript") && !info.includes("ignore");
      if (isCode) snippets.push({ path, line, code: code.join("\n"), runs: !info.includes("no-run") });
      open = undefined;
    } else if (open !== undefined) {
      open.code.push(raw.slice(Math.min(open.indent, raw.length - raw.trimStart().length)));
    }
  }
  return snippets;
}

/** The lines of `text` that are prose: all of a Markdown file, and of source the docstrings without their stars. */
function proseOf(path, text) {
  const lines = text.split(/\r?\n/);
  if (path.endsWith(".md")) return lines;
  let inside = false;
  return lines.map((line) => {
    if (/^\s*\/\*\*/.test(line)) inside = true;
    const prose = inside ? line.replace(/^\s*(\/\*\*|\*\/|\*) ?/, "") : "";
    if (line.includes("*/")) inside = false;
    return prose;
  });
}

/** What the snippet says it prints, or `undefined` if it does not say. */
export function promiseOf(code) {
  const lines = [...code.matchAll(/\/\/ prints: ?(.*)$/gm)].map(([, text]) => text.trimEnd());
  return lines.length === 0 ? undefined : lines.join("\n");
}

/**
 * Compiles all snippets with one run of the compiler.
 *
 * @returns what the compiler has against each snippet, by its index
 */
export async function compile(snippets) {
  const folder = join(root, FOLDER);
  rmSync(folder, { recursive: true, force: true });
  if (snippets.length === 0) return [];
  mkdirSync(folder);
  for (const [index, { line, code }] of snippets.entries()) {
    // As many empty lines before it as in its document: messages and stacks then give the line there.
    writeFileSync(join(folder, `${index}.ts`), `${"\n".repeat(line)}${code}\n`);
  }
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }\n');
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(CONFIGURATION));
  const { output } = await run([join(root, "node_modules/typescript/bin/tsc"), "-p", FOLDER, "--pretty", "false"]);
  const problems = snippets.map(() => []);
  let last;
  for (const line of output.split("\n").filter((text) => text !== "")) {
    const match = /(\d+)\.ts\((\d+),\d+\): (error .*)$/.exec(line);
    if (match !== null) last = problems[match[1]];
    // A message about no snippet is about all of them: the compiler itself failed.
    const to = last === undefined ? problems : [last];
    for (const list of to) list.push(match === null ? line : `line ${match[2]}: ${match[3]}`);
  }
  return problems;
}

const CONFIGURATION = {
  extends: "../tsconfig.base.json",
  compilerOptions: {
    composite: false,
    declaration: false,
    declarationMap: false,
    moduleDetection: "force",
    noUnusedLocals: false,
    outDir: "out",
    rootDir: ".",
    types: ["node"],
  },
  include: ["*.ts"],
};

const UNHURRIED = new URL("unhurried.mjs", import.meta.url).href;

/** Runs the compiled snippet `index`. Resolves to its `status`, its `stdout`, and all its `output`. */
export const runSnippet = (index) =>
  run(["--enable-source-maps", `--import=${UNHURRIED}`, join(root, FOLDER, "out", `${index}.js`)]);

function run(args) {
  return new Promise((resolve) => {
    const child = spawn(execPath, args, { cwd: root, stdio: ["ignore", "pipe", "pipe"], timeout: LIMIT_MILLISECONDS });
    let stdout = "";
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      stdout += text;
      output += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text) => (output += text));
    child.on("close", (code, signal) => resolve({ status: code ?? signal, stdout, output }));
  });
}
