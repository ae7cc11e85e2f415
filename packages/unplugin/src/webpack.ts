/**
 * The plugin for webpack.
 *
 * A module whose functions threads run becomes an entry point, once the program's own modules are known. Each entry of webpack has module instances of its own, so a
 * thread would have heddle several times: heddle must be outside of the bundle.
 */
import { createHash } from "node:crypto";
import { basename, extname, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Compilation, Compiler } from "webpack";

const FOLDER = "heddle-threads";

/** What the loader is given: how it asks for the URL of a module for threads, as an expression. */
export interface LoaderOptions {
  readonly urlOf: (id: string) => string;
}

export interface WebpackPlugin {
  apply(compiler: Compiler): void;
}

/** The plugin. */
export function heddle(): WebpackPlugin {
  return {
    apply(compiler) {
      const { output } = compiler.options;
      const isModule = output.module === true;
      const type = isModule ? "module" : "commonjs2";
      new compiler.webpack.library.EnableLibraryPlugin(type).apply(compiler);
      const modules = new Map<string, string>();
      const fileOf = (id: string): string => {
        let name = modules.get(id);
        if (name === undefined) {
          const mark = createHash("sha256").update(relative(compiler.context, id)).digest("hex").slice(0, 8);
          name = `${FOLDER}/${basename(id, extname(id))}-${mark}.${isModule ? "mjs" : "cjs"}`;
          modules.set(id, name);
        }
        return name;
      };
      const options: LoaderOptions = {
        urlOf: (id) => `new URL(${JSON.stringify(fileOf(id))}, __webpack_base_uri__).href`,
      };
      const loader = fileURLToPath(new URL("./webpack-loader.js", import.meta.url));
      compiler.options.module.rules.push({ test: /\.[cm]?[jt]sx?$/, enforce: "pre", use: [{ loader, options }] });
      compiler.hooks.compile.tap("heddle", () => modules.clear());
      compiler.hooks.finishMake.tapPromise("heddle", async (compilation) => {
        const added = new Set<string>();
        // While they are added, further ones may turn up in them.
        while (added.size < modules.size)
          for (const [id, filename] of modules) {
            if (added.has(id)) continue;
            added.add(id);
            await addEntry(compiler, compilation, id, filename, type);
          }
      });
    },
  };
}

function addEntry(compiler: Compiler, compilation: Compilation, id: string, filename: string, type: string) {
  const name = filename.slice(0, -extname(filename).length);
  const dependency = compiler.webpack.EntryPlugin.createDependency(id, { name });
  return new Promise<void>((resolve, reject) => {
    compilation.addEntry(compiler.context, dependency, { name, filename, library: { type } }, (error) => {
      if (error) reject(error);
      else resolve();
    });
  });
}
