// Checks the floors of the packages: who may import whom, types included, and which names may be
// named in one file only. Tests, and the kits that they share, are exempt: they may look at the house from anywhere.
//
//   6  *.ts                         front doors: re-exports only
//   5  thread trace test
//   4  sync time stream scope io net fs process signal http
//   3  runtime
//   2  executor | reactor
//   1  future task                  task may import future
//   0  base
//
// A file imports its own folder and the floors below, never up and never a sibling.

import { readFileSync } from "node:fs";
import { join, posix } from "node:path";
import { argv, exit } from "node:process";
import { fileURLToPath } from "node:url";
import { parseSync } from "oxc-parser";
import { filesBelow, root } from "./files.mjs";

const FLOORS = [
  ["base"],
  ["future", "task"],
  ["executor", "reactor"],
  ["runtime"],
  ["sync", "time", "stream", "scope", "io", "net", "fs", "process", "signal", "http"],
  ["thread", "trace", "test"],
];
const FRONT_DOORS = FLOORS.length;
/**
 * The folders that deal in bytes all speak `io`: see docs/design/0011-io-is-what-the-outside-speaks.md. A file that is watched is a watch channel
 * of `sync`, which its users know already.
 */
const SIBLINGS_ALLOWED = new Set([
  "task -> future",
  "net -> io",
  "fs -> io",
  "process -> io",
  "http -> io",
  "fs -> sync",
]);

/** The front doors that open on another: all of the production build, and what helps development. */
const DOORS_ALLOWED = new Set(["index.ts -> production.js", "sync.ts -> sync-production.js"]);

/** Folders that run on any host, so they import nothing from Node. */
const PURE = new Set([...FLOORS.slice(0, 4).flat(), "scope", "sync", "time"]);

/**
 * The packages that a file may name, though heddle has no dependencies: optional peers, which the file loads with `import()` when they are
 * needed. Types of them stay inside the file.
 */
const PEERS_ALLOWED = new Set(["http/adaptor.ts -> @hono/node-server", "http/ws.ts -> ws"]);

const HOST = "reactor/host.ts";
const CLOCK = "base/clock.ts";

/** Names that one file only may name, so that the host and the clock can be replaced. */
const OWNERS = new Map([
  ["queueMicrotask", HOST],
  ["setImmediate", HOST],
  ["setTimeout", HOST],
  ["setInterval", HOST],
  ["MessageChannel", HOST],
  ["performance.now", CLOCK],
  ["Date.now", CLOCK],
]);

/** The folder that has a second use for channels of messages: threads speak through them. */
const TALKS = "thread";

/**
 * The violations in one package.
 *
 * @param sources the text of each file by its path below `src/`, with forward slashes
 * @returns one message per violation, each beginning `path:line`
 */
export function violations(sources) {
  return [...sources]
    .filter(([path]) => !isTest(path))
    .flatMap(([path, text]) => {
      const { program, errors } = parseSync(path, text);
      if (errors.length > 0) return [`${path}:1 does not parse: ${errors[0].message}`];
      const at = (node) => `${path}:${text.slice(0, node.start).split("\n").length}`;
      return [
        ...checkFolder(path),
        ...checkImports(path, program, at),
        ...checkOwners(path, program, at),
        ...checkFrontDoor(path, program, at),
      ];
    });
}

function checkFolder(path) {
  return floorOf(path) < 0 ? [`${path}:1 is in a folder that has no floor`] : [];
}

function checkImports(path, program, at) {
  return [...nodesOf(program)].flatMap((node) => {
    const specifier = specifierOf(node);
    if (specifier === undefined) return [];
    const problem = problemWith(path, specifier);
    return problem === undefined ? [] : [`${at(node)} imports '${specifier}': ${problem}`];
  });
}

function problemWith(path, specifier) {
  const folder = folderOf(path);
  if (/^heddle(\/|$)/.test(specifier)) return "a source file never goes out of the front door";
  if (specifier.startsWith("node:")) {
    return PURE.has(folder) ? `${folder}/ runs on any host` : undefined;
  }
  if (PEERS_ALLOWED.has(`${path} -> ${specifier}`)) return undefined;
  if (!specifier.startsWith(".")) return "the package has no dependencies";
  const target = posix.normalize(posix.join(posix.dirname(path), specifier));
  if (target.startsWith("..")) return "it is outside the package";
  if (isTest(target)) return "only a test imports a test";
  const [from, to] = [floorOf(path), floorOf(target)];
  const other = folderOf(target);
  if (to > from) return `floor ${from} never imports floor ${to}`;
  if (to < from || (folder === other && folder !== "")) return undefined;
  if (SIBLINGS_ALLOWED.has(`${folder} -> ${other}`) || DOORS_ALLOWED.has(`${path} -> ${target}`)) return undefined;
  return `siblings on floor ${from} never import each other`;
}

function checkOwners(path, program, at) {
  return [...nodesOf(program)].flatMap((node) => {
    const name = nameOf(node);
    const owner = OWNERS.get(name);
    const isTheirs = owner === undefined || owner === path || (name === "MessageChannel" && folderOf(path) === TALKS);
    return isTheirs ? [] : [`${at(node)} names ${name}: only ${owner} may`];
  });
}

function checkFrontDoor(path, program, at) {
  if (floorOf(path) !== FRONT_DOORS) return [];
  return program.body
    .filter((node) => node.type !== "ExportAllDeclaration")
    .filter((node) => node.type !== "ExportNamedDeclaration" || node.declaration !== null)
    .map((node) => `${at(node)} is more than a re-export: a front door holds nothing else`);
}

const isTest = (path) => /\.(test|kit)\.[jt]s$/.test(path);

const folderOf = (path) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : "");

function floorOf(path) {
  const folder = folderOf(path);
  return folder === "" ? FRONT_DOORS : FLOORS.findIndex((floor) => floor.includes(folder));
}

/** What `node` imports, whether by `import`, `export from`, `import()` or `import("…").Type`. */
function specifierOf(node) {
  return /^(Import|Export\w+)(Declaration|Expression)$|^TSImportType$/.test(node.type)
    ? (node.source ?? node.argument?.literal ?? undefined)?.value
    : undefined;
}

/** The name `node` names, where a member is `object.property` on the global object or on none. */
function nameOf(node) {
  if (node.type === "Identifier") return node.name;
  if (node.type !== "MemberExpression") return undefined;
  const { object, property, computed } = node;
  const owner = object.type === "MemberExpression" ? object.property.name : object.name;
  return `${owner}.${computed ? property.value : property.name}`;
}

function* nodesOf(value) {
  if (value === null || typeof value !== "object") return;
  if (typeof value.type === "string") yield value;
  for (const child of Object.values(value)) yield* nodesOf(child);
}

function main() {
  const folder = "packages/heddle/src/";
  const paths = filesBelow(folder).filter((path) => path.endsWith(".ts"));
  const sources = new Map(paths.map((path) => [path.slice(folder.length), readFileSync(join(root, path), "utf8")]));
  const found = violations(sources);
  for (const violation of found) console.error(`${folder}${violation}`);
  console.log(`floors: ${sources.size} files, ${found.length} violations`);
  exit(found.length > 0 ? 1 : 0);
}

if (argv[1] === fileURLToPath(import.meta.url)) main();
