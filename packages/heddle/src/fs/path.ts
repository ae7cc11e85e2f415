/**
 * Paths as they are passed, and as messages show them.
 */
import { fileURLToPath } from "node:url";
import { quote } from "../base/errors.js";

/** Where something is: a path, relative to the working directory or absolute, or a `file:` URL. */
export type Path = string | URL;

/**
 * A path as the host takes it.
 *
 * @param verb what is to be done, for the message: `open a file`
 * @throws TypeError if it can be no path
 */
export function pathOf(path: Path, verb: string, name = "path"): string {
  const problem = (must: string): TypeError =>
    new TypeError(
      `Cannot ${verb} as '${name}' must be ${must}: received ${quote(path instanceof URL ? path.href : path)}`,
    );
  if (path instanceof URL) {
    if (path.protocol !== "file:") throw problem("a path or a file: URL");
    return fileURLToPath(path);
  }
  if (typeof path !== "string") throw problem("a path or a file: URL");
  if (path === "") throw problem("a path that is not empty");
  if (path.includes("\0")) throw problem("a path without NUL characters");
  return path;
}

/** A path in a message: whole, as one has to look for it. */
export function shown(path: string): string {
  return JSON.stringify(path);
}
