/**
 * Brings tsx into a thread, where it does not come by itself.
 */
import { createRequire } from "node:module";
import process from "node:process";
import { pathToFileURL } from "node:url";

// HOST: from these versions on, tsx sets itself up in each thread that inherits `--import tsx`. Before, only in the main thread.
const BY_ITSELF = [
  [22, 22, 3],
  [24, 11, 1],
  [25, 1, 0],
  [26, 0, 0],
] as const;

/** Sets tsx up in this thread if the program was started with it. */
export async function bringTsx(): Promise<void> {
  if (comesByItself(process.versions.node)) return;
  const folder = folderOf([...process.execArgv, ...(process.env["NODE_OPTIONS"] ?? "").split(/\s+/)]);
  if (folder === null) return;
  // HOST: not with require(), for which tsx looks for its own files in the wrong folder.
  for (const part of ["esm", "cjs"]) (await import(new URL(`${part}/api/index.mjs`, folder).href)).register();
}

/** The URL of what tsx is, if it is among the flags. */
function folderOf(flags: readonly string[]): string | null {
  for (const [at, flag] of flags.entries()) {
    const value =
      /^--(?:import|loader|experimental-loader)=(.*)$/.exec(flag)?.[1] ?? (isOption(flags[at - 1]) ? flag : "");
    if (/^tsx(\/esm)?$/.test(value)) {
      const start = createRequire(pathToFileURL(`${process.cwd()}/`));
      return new URL("dist/", pathToFileURL(start.resolve("tsx/package.json"))).href;
    }
    const folder = /^file:.*\/tsx\/dist\/(?=(loader|esm\/index)\.mjs$)/.exec(value)?.[0];
    if (folder !== undefined) return folder;
  }
  return null;
}

const isOption = (flag: string | undefined): boolean =>
  flag === "--import" || flag === "--loader" || flag === "--experimental-loader";

function comesByItself(version: string): boolean {
  const [major, minor, patch] = version.split(".").map(Number) as [number, number, number];
  const first = BY_ITSELF.find(([line]) => line === major) ?? (major > 26 ? [0, 0, 0] : undefined);
  return first !== undefined && (minor > first[1] || (minor === first[1] && patch >= first[2]));
}
