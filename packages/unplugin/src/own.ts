/**
 * What the plugin changes in heddle itself, where that is bundled too: it names files beside its own that threads are to load, and gives functions of
 * its own to threads, which name their modules.
 */
import { dirname, join } from "node:path";
import type { Bundler } from "./transform.js";

const TASK = /^(export const \w+ = task\(\s*)import\.meta,/gm;
const BESIDE = /new URL\((["'])\.\/([\w-]+\.js)\1, import\.meta\.url\)/g;

/** Whether a module is one of those of heddle that may name such files. */
export function isOwn(id: string): boolean {
  return /[\\/]heddle[\\/]dist[\\/]thread[\\/].*\.js$/.test(id);
}

/** The module with the URLs of what was bundled of those files; null if it names none. */
export function transformOwn(code: string, id: string, bundler: Pick<Bundler, "urlOf" | "preamble">): string | null {
  const changed = code
    .replaceAll(BESIDE, (_text, _quote, file) => `new URL(${bundler.urlOf(join(dirname(id), file))})`)
    .replaceAll(TASK, (_text, before) => `${before}${bundler.urlOf(id)},`);
  // The map of the file stays right: what changes is within a line, and heddle's own.
  return changed === code ? null : `${bundler.preamble()}${changed}`;
}
