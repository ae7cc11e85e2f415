/**
 * The errors of functions by reference.
 *
 * | code                 | class       | meaning                                                                  |
 * | -------------------- | ----------- | ------------------------------------------------------------------------ |
 * |                      | TypeError   | this function cannot be found by another thread                          |
 * | `thread.module`      | HeddleError | its module does not load on the other thread                             |
 * | `thread.loading`     | a warning   | its module still loads on the other thread                               |
 */
import { formatDuration } from "../../base/duration.js";
import { HeddleError, quote } from "../../base/errors.js";
import { isFuture } from "../../future/definition.js";
import type { Warning } from "../../base/warnings.js";
import type { Reference } from "./reference.js";

const DO = "Cannot run";

/** A function in messages: by its name, else by its first line. */
export function labelOf(fn: Function): string {
  if (fn.name !== "") return quote(fn.name);
  const text = Function.prototype.toString.call(fn).replaceAll(/\s+/g, " ");
  return `the function ${text.length > 50 ? `${text.slice(0, 49)}…` : text}`;
}

/** A reference in messages. */
function labelOfReference({ name, variable, exported }: Reference): string {
  const label = exported ?? variable ?? name;
  return label === null ? "this function" : quote(label);
}

function refused(what: string, rule: string, now: string, help: string): TypeError {
  return new TypeError(`${DO} ${what} on another thread as ${rule}: ${now}\nhelp: ${help}`);
}

export function notAFunction(value: unknown): TypeError {
  return refused(
    "this",
    "it must be a function",
    typeof value === "object" && value !== null && isFuture(value)
      ? "received a future, as a call of it gives"
      : `received ${quote(value)}`,
    "give the function itself, and its arguments behind it: spawn(fn, ...args)",
  );
}

/** @param what is the case: `is a class` */
export function unnameable(fn: Function, what: string): TypeError {
  return refused(
    labelOf(fn),
    "it must be a function that a module exports",
    `it ${what}`,
    "export a function that does it, and give that",
  );
}

/** @param isInspected whether the host tells where functions are from, but for this one */
export function noPlace(fn: Function, isInspected: boolean): TypeError {
  const now = isInspected
    ? "the engine does not say where it was written"
    : "this host does not tell, and the program did not say";
  return refused(
    labelOf(fn),
    "its module must be known",
    now,
    "say task(import.meta, fn) where it is defined, or use the plugin of your bundler",
  );
}

/** @param place `file:line` @param captured what it uses of the functions around it */
export function notExported(fn: Function, place: string, captured: readonly string[]): TypeError {
  const rule = "it must be an export of its module";
  if (isMethod(fn))
    return refused(labelOf(fn), rule, `it is a method, at ${place}`, "export a function that calls it, and give that");
  const now = `it stands at ${place} and is not exported${uses(captured)}`;
  return refused(labelOf(fn), rule, now, helpFor(captured));
}

/** @param now why it cannot be moved */
export function notMovable(fn: Function, now: string): TypeError {
  return refused(
    labelOf(fn),
    "it must be possible to move it",
    now,
    "export a function that does it, and give that; or use the plugin of your bundler, which makes an export of it",
  );
}

/** @param names what it uses of what is around it @param listed what `move` was told @param place `file:line` */
export function notListed(fn: Function, names: readonly string[], listed: readonly string[], place: string): TypeError {
  const rule = "move must list what it uses of the functions around it";
  const list = `{ ${[...new Set([...listed, ...names])].join(", ")} }`;
  const help = names.includes("this")
    ? "list the values that it needs, and not the object"
    : names.every((name) => listed.includes(name))
      ? `take ${names.map((name) => quote(name)).join(", ")} from the first parameter: move(${list}, (${list}, …) => …)`
      : `list it: move(${list}, (${list}, …) => …)`;
  return refused(labelOf(fn), rule, `at ${place} it uses ${names.map((name) => quote(name)).join(", ")}`, help);
}

/** Whether it was written as a method of a class or an object. */
function isMethod(fn: Function): boolean {
  const text = Function.prototype.toString.call(fn);
  return (
    !/^(?:async\s*\(|(?:async\s+)?function\b)/.test(text) &&
    /^(?:async\s+)?\*?\s*(?:[\w$#]+|\[[^\]]*\])\s*\(/.test(text)
  );
}

function uses(captured: readonly string[]): string {
  if (captured.length === 0) return "";
  return `, and it uses ${captured.map((name) => quote(name)).join(", ")} of what is around it`;
}

function helpFor(captured: readonly string[]): string {
  if (captured.length === 0) return "export it from its module, or have its text moved: move({}, (_, …) => …)";
  const list = `{ ${captured.join(", ")} }`;
  return `export it from its module, or list what it uses: move(${list}, (${list}, …) => …)`;
}

/** The other thread found no such export. */
export function noSuchExport(reference: Reference, found: string): TypeError {
  const { url, line, captured, exported } = reference;
  if (exported !== null)
    return refused(
      labelOfReference(reference),
      "it must be an export of its module",
      found,
      "export it there under that name, or say where it is: task(import.meta, fn)",
    );
  const now = `it stands at ${line > 0 ? `${url}:${line}` : url} and ${found}${uses(captured)}`;
  return refused(labelOfReference(reference), "it must be an export of its module", now, helpFor(captured));
}

/** The module could not be made to evaluate text. */
export function noHatch(reference: Reference): TypeError {
  return refused(
    labelOfReference(reference),
    "its text must be evaluated inside its module",
    `the host loads ${reference.url} in a way that does not let it`,
    "export a function that does it, and give that",
  );
}

/** Several exports cannot be told from each other. */
export function severalExports(reference: Reference, names: readonly string[]): TypeError {
  return refused(
    labelOfReference(reference),
    "it must be one export of its module",
    `${names.map((name) => quote(name)).join(" and ")} of ${reference.url} look alike`,
    'say which: task(import.meta, fn, "name")',
  );
}

const START_IN_MAIN =
  "start the program with main(…), which threads leave out, or export the function from a module of its own";

/** The module does not load. */
export function moduleFailed({ url }: Reference, cause: unknown): HeddleError {
  const { code, message } = (cause ?? {}) as { code?: unknown; message?: unknown };
  if (code === "thread.starts-at-import")
    return new HeddleError(
      code,
      `Cannot load ${url} on a thread to find a function in it: it starts work when it is imported`,
      {
        cause,
        help: START_IN_MAIN,
      },
    );
  return new HeddleError(
    "thread.module",
    `Cannot load ${url} on a thread: ${typeof message === "string" ? message.split("\n")[0] : quote(cause)}`,
    {
      cause,
      help:
        code === "ERR_UNKNOWN_FILE_EXTENSION"
          ? "run TypeScript with a loader that threads inherit, such as node --import tsx, or with Node 22.18 or later"
          : `a thread loads the module of its function, and what that does when it is loaded must work there too: ${START_IN_MAIN}`,
    },
  );
}

/** The module takes long. */
export function stillLoading({ url }: Reference, milliseconds: number): Warning {
  return {
    code: "thread.loading",
    message:
      `A thread has been loading ${url} for ${formatDuration(milliseconds)}, to find a function in it\n` +
      "help: what a module awaits when it is loaded it awaits on each thread: start the program in main(…), which threads leave out, or move the function to a module of its own",
  };
}
