/**
 * Stack traces as text: which lines are the program's, which the engine's own, which the host's.
 *
 * V8 prints `    at name (file:line:col)`, JavaScriptCore and SpiderMonkey `name@file:line:col`. Both are read.
 */

// The folder this package is in: what is compiled there, or mapped back to its source there, is heddle's own, but for the tests
// beside the code. When heddle was bundled into the program's own file nothing can be told apart by its place, and no line counts as own.
const HOME = /* @__PURE__ */ homeOf();

// HOST: bundled as a classic script there is no such place at all. Read in here: a bundler keeps the call if it is its argument.
function homeOf(): string | null {
  const url: string | undefined = import.meta.url;
  const suffix = "dist/base/stacktrace.js";
  return url?.endsWith(suffix) ? url.slice(0, -suffix.length).replace("file://", "") : null;
}

function isLine(line: string): boolean {
  return /^\s+at |@.*:\d/.test(line);
}

// Native functions and the host's own modules say nothing about the program.
function isHost(line: string): boolean {
  // HOST: on Bun the initialisers of fields are at an unknown place, and Deno's own modules at ext:.
  return /<anonymous>\)$|\bnode:|[ (]ext:|@\[native|\(unknown:\d/.test(line);
}

function isOwn(line: string): boolean {
  if (HOME === null || /\.(test|kit)\./.test(line)) return false;
  return line.includes(`${HOME}dist/`) || line.includes(`${HOME}src/`);
}

/** All lines of a stack but the host's. */
export function stackLines(stack: string): string[] {
  return stack.split("\n").filter((line) => isLine(line) && !isHost(line));
}

/** The lines of a stack that are the program's own. */
export function userLines(stack: string): string[] {
  return stackLines(stack).filter((line) => !isOwn(line));
}

/**
 * A stack, message and all, without the engine's own lines and the host's, down to where the driver resumed a call. What lies
 * below that is not what awaits it: other calls are suspended in between.
 */
export function ofThisDrive(stack: string): string {
  const lines = stack.split("\n");
  const driver = lines.findIndex((line) => isLine(line) && isOwn(line) && /future\/stack\.[jt]s/.test(line));
  return (driver < 0 ? lines : lines.slice(0, driver))
    .filter((line) => !isLine(line) || !(isHost(line) || isOwn(line)))
    .join("\n");
}

/** A line as V8 prints those of async functions. */
export function asyncLine(line: string): string {
  return `    at async ${lineText(line)}`;
}

/** What a line says: `name (file:line:col)`, or only the place. */
export function lineText(line: string): string {
  return line.replace(/^\s*at (async )?/, "").trim();
}

/** The program's innermost line of an error; empty if there is none. */
export function siteOf(error: Error): string {
  const line = userLines(error.stack ?? "")[0];
  return line === undefined ? "" : lineText(line);
}

/** Runs `look` with stacks of `limit` lines. */
export function withStackLimit<T>(limit: number, look: () => T): T {
  const engine = Error as { stackTraceLimit?: number };
  const before = engine.stackTraceLimit;
  engine.stackTraceLimit = limit;
  try {
    return look();
  } finally {
    engine.stackTraceLimit = before;
  }
}
