/**
 * The plugin for esbuild.
 *
 *     the program's build ──► which modules do threads load? ──► a second build of these, once the first has ended
 *
 * esbuild cannot be told of further entry points while it bundles. So the modules of threads are built by themselves, all together, such that what
 * they share they share in the thread too. They have a folder of their own, `heddle-threads`.
 */
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, dirname, extname, join, relative } from "node:path";
import type { BuildOptions, BuildResult, Loader, OnLoadResult, Plugin, PluginBuild } from "esbuild";
import { isOwn, transformOwn } from "./own.js";
import { mayConcern, transform } from "./transform.js";

const FOLDER = "heddle-threads";
/** A file that is put beside the folder, because esbuild can say where a file is, from each of its chunks. */
const ANCHOR = `${FOLDER}.txt`;

/** The modules that threads load: by their ids, the names of what is built of them. */
class ThreadModules {
  readonly names = new Map<string, string>();
  readonly #program: string;

  // Do not call modules of two programs the same that are built into one folder, heddle's own among them. A thread of the one would begin with the
  // heddle of the other, and then load its program with a second one.
  constructor({ entryPoints, stdin, outfile, outdir }: BuildOptions) {
    const entries = JSON.stringify([entryPoints, stdin?.contents, outfile, outdir]);
    this.#program = entries.replaceAll(JSON.stringify(process.cwd()).slice(1, -1), "");
  }

  nameOf(id: string): string {
    let name = this.names.get(id);
    if (name === undefined) {
      const mark = createHash("sha256")
        .update(this.#program + relative(process.cwd(), id))
        .digest("hex")
        .slice(0, 8);
      name = `${basename(id, extname(id))}-${mark}`;
      this.names.set(id, name);
    }
    return name;
  }
}

/** The plugin. It belongs before those that change the text of modules. */
export function heddle(): Plugin {
  return {
    name: "heddle",
    setup(build) {
      const options = build.initialOptions;
      const modules = new ThreadModules(options);
      const { metafile: wantsMetafile } = options;
      options.metafile = true;
      // HOST: in CommonJS there is no import.meta.
      const isModule = options.format === "esm";
      const here = isModule ? "import.meta.url" : 'require("node:url").pathToFileURL(__filename)';
      build.onStart(() => modules.names.clear());
      build.onResolve({ filter: /^heddle-threads:/ }, () => ({ path: ANCHOR, namespace: FOLDER }));
      build.onLoad({ filter: /.*/, namespace: FOLDER }, () => ({
        contents: `What threads load is in the folder ${FOLDER}.\n`,
        loader: "file",
      }));
      transforming(build, {
        urlOf: (id) => `new URL("${FOLDER}/${modules.nameOf(id)}.mjs", new URL($anchor, ${here})).href`,
        preamble: () => `import $anchor from "heddle-threads:anchor";`,
      });
      build.onEnd(async (result) => {
        if (result.errors.length > 0 || modules.names.size === 0) return {};
        const anchor = Object.entries(result.metafile!.outputs).find(
          ([, { inputs }]) => `${FOLDER}:${ANCHOR}` in inputs,
        );
        const folder = join(dirname(anchor![0]), FOLDER);
        if (wantsMetafile !== true) delete result.metafile;
        return buildThreads(build, modules, folder, result);
      });
    },
  };
}

/** Builds the modules of threads, until no further ones turn up in them. */
async function buildThreads(build: PluginBuild, modules: ThreadModules, folder: string, result: BuildResult) {
  const {
    outfile: _,
    outdir: _dir,
    globalName: _name,
    splitting: _splitting,
    footer: _footer,
    ...options
  } = build.initialOptions;
  const inner: Plugin = {
    name: "heddle",
    setup: (nested) =>
      transforming(nested, {
        urlOf: (id) => `new URL("./${modules.nameOf(id)}.mjs", import.meta.url).href`,
        preamble: () => "",
      }),
  };
  const base = options.absWorkingDir ?? process.cwd();
  for (;;) {
    const known = modules.names.size;
    const settings: BuildOptions = {
      ...options,
      entryPoints: Object.fromEntries([...modules.names].map(([id, name]) => [name, id])),
      outdir: join(base, folder),
      format: "esm",
      splitting: true,
      entryNames: "[name]",
      chunkNames: "[name]-[hash]",
      outExtension: { ".js": ".mjs" },
      logLevel: "silent",
      write: false,
      plugins: [inner, ...(options.plugins ?? []).filter(({ name }) => name !== "heddle")],
    };
    try {
      const built = await build.esbuild.build(settings);
      if (modules.names.size > known) continue;
      if (options.write === false) result.outputFiles!.push(...built.outputFiles!);
      else await write(built.outputFiles!);
      return { warnings: built.warnings };
    } catch (error) {
      const { errors } = error as BuildResult;
      if (errors === undefined) throw error;
      return { errors };
    }
  }
}

async function write(files: readonly { path: string; contents: Uint8Array }[]): Promise<void> {
  const { mkdir, writeFile } = await import("node:fs/promises");
  for (const { path, contents } of files) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, contents);
  }
}

/** Has a build transform modules. */
function transforming(build: PluginBuild, bundler: { urlOf(id: string): string; preamble(): string }): void {
  build.onLoad({ filter: /\.[cm]?[jt]sx?$/, namespace: "file" }, async ({ path }): Promise<OnLoadResult | null> => {
    const code = await readFile(path, "utf8");
    if (isOwn(path)) {
      const contents = transformOwn(code, path, bundler);
      return contents === null ? null : { contents, loader: "js" };
    }
    if (!mayConcern(code)) return null;
    const resolve = async (source: string): Promise<string | null> => {
      const from = { resolveDir: dirname(path), importer: path, kind: "import-statement" } as const;
      const resolved = await build.resolve(source, from);
      return resolved.errors.length > 0 || resolved.external || resolved.namespace !== "file" ? null : resolved.path;
    };
    try {
      const transformed = await transform(code, path, { ...bundler, resolve });
      if (transformed === null) return null;
      const map = Buffer.from(transformed.map.toString()).toString("base64");
      const contents = `${transformed.code}\n//# sourceMappingURL=data:application/json;base64,${map}`;
      return { contents, loader: loaderOf(path, build.initialOptions.loader) };
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      return { errors: [{ text: error.message }] };
    }
  });
}

function loaderOf(path: string, loaders: Record<string, Loader> | undefined): Loader {
  const extension = extname(path);
  const own = loaders?.[extension];
  if (own !== undefined) return own;
  const kind = /[jt]sx?$/.exec(extension)![0];
  return kind as Loader;
}
