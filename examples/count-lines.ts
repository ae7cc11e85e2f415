/**
 * Counts the lines of a file. An error goes up through three async functions, each awaiting the next, and is matched at the top.
 * The exit code says whether it worked.
 */
import { readFile } from "node:fs/promises";
import { async, fromPromise, main } from "heddle";

const read = async(function* (path: string) {
  return yield* fromPromise((signal) => readFile(path, { encoding: "utf8", signal }));
});

const countLines = async(function* (path: string) {
  const text = yield* read(path);
  return text.trimEnd().split("\n").length;
});

const processFile = async(function* (path: string) {
  const lines = yield* countLines(path);
  return `${path} has ${lines} lines`;
});

const program = async(function* (path: string) {
  try {
    console.log(`success: ${yield* processFile(path)}`);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    console.error(`error: there is no file ${path}`);
    process.exitCode = 1;
  }
});

main(program(process.argv[2] ?? "package.json"));
