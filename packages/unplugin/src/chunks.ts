/**
 * The plugin for bundlers that can be told of further chunks while they bundle: Rollup, Rolldown and Vite.
 *
 * A module whose functions threads run becomes a chunk that exports what the module does, and shares all others with the rest of the program.
 */
import { basename, posix } from "node:path";
import { isOwn, transformOwn } from "./own.js";
import { mayConcern, transform } from "./transform.js";

/** Where a chunk names a file, and which. Names may hold placeholders, which the bundler replaces later. */
interface FileUrl {
  readonly referenceId?: string;
  readonly fileName: string;
  readonly chunkId: string;
  readonly format: string;
}

/** What these bundlers give a hook as `this`, as far as it is needed here. */
interface Context {
  resolve(source: string, importer: string): Promise<{ id: string; external: boolean | string } | null>;
  emitFile(file: { type: "chunk"; id: string; name: string; preserveSignature: "allow-extension" }): string;
}

export interface ChunksPlugin {
  readonly name: "heddle";
  /** For Vite: before others have changed the text. */
  readonly enforce: "pre";
  readonly apply: "build";
  readonly transform: (this: any, code: string, id: string) => Promise<{ code: string; map: any } | null>;
  readonly resolveFileUrl: (this: any, file: any) => string | null;
}

export function chunksPlugin(): ChunksPlugin {
  const ours = new Set<string>();
  return {
    name: "heddle",
    enforce: "pre",
    apply: "build",
    async transform(this: Context, code, id) {
      const urlOf = (module: string): string => {
        const name = basename(module).replace(/\.[^.]*$/, "");
        const file = this.emitFile({ type: "chunk", id: module, name, preserveSignature: "allow-extension" });
        ours.add(file);
        return `import.meta.ROLLUP_FILE_URL_${file}`;
      };
      const preamble = (): string => "";
      if (isOwn(id)) {
        const changed = transformOwn(code, id, { urlOf, preamble });
        return changed === null ? null : { code: changed, map: null };
      }
      if (!/\.[cm]?[jt]sx?$/.test(id.replace(/[?#].*$/, "")) || !mayConcern(code)) return null;
      const resolve = async (source: string): Promise<string | null> => {
        const resolved = await this.resolve(source, id);
        return resolved === null || resolved.external !== false ? null : resolved.id;
      };
      return transform(code, id, { resolve, urlOf, preamble });
    },
    // For Vite, which else makes a URL of it that is for pages.
    resolveFileUrl({ referenceId, fileName, chunkId, format }: FileUrl) {
      if (referenceId === undefined || !ours.has(referenceId)) return null;
      const path = JSON.stringify(posix.relative(posix.dirname(chunkId), fileName));
      return format === "es"
        ? `new URL(${path}, import.meta.url).href`
        : `new (require("node:url").URL)(${path}, require("node:url").pathToFileURL(__filename)).href`;
    },
  };
}
