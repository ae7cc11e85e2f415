/**
 * Real bundles, minified and split, of a program whose threads run all that can be given to them: made by each bundler, with heddle inside and outside,
 * and run in Node.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process, { execPath } from "node:process";
import { after, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import { type Plugin, rollup } from "rollup";
import { build as vite } from "vite";
import webpack, { type Stats } from "webpack";
import { heddle as forEsbuild } from "./esbuild.js";
import { heddle as forRollup } from "./rollup.js";
import { heddle as forVite } from "./vite.js";
import { heddle as forWebpack } from "./webpack.js";

const folder = mkdtempSync(join(tmpdir(), "heddle-bundles-"));
after(async () => {
  await esbuild.stop();
  rmSync(folder, { recursive: true, force: true });
});
mkdirSync(join(folder, "node_modules"));
// HOST: Deno looks into node_modules for what such a file names.
writeFileSync(join(folder, "package.json"), JSON.stringify({ dependencies: { heddle: "*" } }));
symlinkSync(fileURLToPath(new URL("../../heddle", import.meta.url)), join(folder, "node_modules/heddle"));
mkdirSync(join(folder, "src/deep"), { recursive: true });

const PROGRAM: Record<string, string> = {
  "main.ts": `
import { async, main, sleep } from "heddle";
import { mpsc } from "heddle/sync";
import { AtomicI32, blockOn, move, par, spawnBlocking, thread } from "heddle/thread";
import { resize } from "./barrel.ts";
import * as work from "./deep/work.ts";

export function local(n: number): number {
  return n * 1000;
}
const secret = 5;
const scaled = (factor: number) =>
  move({ factor }, async(function* ({ factor }, n: number) {
    yield* sleep(1);
    return [n * factor, secret, local(1)];
  }));

main(async(function* () {
  console.log(yield* thread.spawn(resize, 7));
  console.log(yield* thread.with({ name: "named" }).spawn(local, 7));
  console.log(yield* spawnBlocking(work.later, 7));
  console.log(yield* spawnBlocking(scaled(3), 7));
  console.log(blockOn(work.later, 8));
  const { lazy } = yield* Promise_(import("./deep/lazy.ts"));
  console.log(yield* thread.spawn(lazy, 1));
  const [sender, receiver] = mpsc.channel<number>(4);
  const counting = thread.spawn(work.count, sender, 3);
  let sum = 0;
  for (let i = 0; i < 3; i++) sum += yield* receiver.recv();
  yield* counting;
  console.log(sum);
  console.log(
    yield* par([1, 2, 3, 4], { threads: 2, sequentialBelow: 0, chunk: 1 }).map(work.resize).reduce(work.add, 0),
  );
  const counter = new AtomicI32(40);
  yield* thread.spawn(work.increment, counter, 2);
  console.log(counter.load());
  const handle = thread.spawn(work.fails);
  try {
    yield* handle;
  } catch (error) {
    console.log(/(\\w+\\.ts:\\d+):/.exec((error as Error).stack!)?.[1]);
  }
})());

function Promise_<T>(promise: Promise<T>) {
  return work.promised(promise);
}
`,
  "barrel.ts": `export * from "./deep/work.ts";`,
  "deep/work.ts": `
import { async, fromPromise, sleep } from "heddle";
import type { mpsc } from "heddle/sync";
import type { AtomicI32 } from "heddle/thread";

const helper = (n: number): number => n * 100;
export const resize = (n: number): number => helper(n) + 1;
export const increment = (counter: AtomicI32, by: number): void => void counter.fetchAdd(by);
export const add = (a: number, b: number): number => a + b;
export const later = async(function* (n: number) {
  yield* sleep(1);
  return helper(n) + 2;
});
export const count = async(function* (sender: mpsc.Sender<number>, upTo: number) {
  for (let n = 1; n <= upTo; n++) yield* sender.send(n);
});
export function fails(): never {
  const reason: string = "wanted";
  throw new Error(reason);
}
export const promised = <T>(promise: Promise<T>) => fromPromise(promise);
`,
  "deep/lazy.ts": `
import { async } from "heddle";
import { spawnBlocking, task } from "heddle/thread";
import { resize } from "./work.ts";

// It comes to its thread through a variable, so it says itself where it is.
export const lazy = task(import.meta, async(function* (n: number): Generator<any, string> {
  return "lazy " + (yield* spawnBlocking(resize, n));
}));
`,
};
for (const [name, text] of Object.entries(PROGRAM)) writeFileSync(join(folder, "src", name), text);

// HOST: Bun reads no maps of bundles.
const LINE = "Bun" in globalThis ? "undefined" : "work.ts:19";
const SAYS = ["701", "7000", "702", "[ 21, 5, 1000 ]", "802", "lazy 101", "6", "1004", "42", LINE];

/** How a program is bundled into `out`. */
interface Way {
  readonly entry?: string;
  readonly name?: string;
  readonly isInside: boolean;
  readonly format?: "esm" | "cjs";
}

/** For Rollup, which knows neither TypeScript nor packages. */
const typescript = (isInside: boolean): Plugin => ({
  name: "typescript",
  resolveId(source) {
    return isInside && /^heddle(\/|$)/.test(source) ? fileURLToPath(import.meta.resolve(source)) : null;
  },
  async transform(code, id) {
    if (!id.endsWith(".ts")) return null;
    const { code: text, map } = await esbuild.transform(code, { loader: "ts", sourcemap: "external", sourcefile: id });
    return { code: text, map };
  },
});

const bundlers: Record<string, (out: string, way: Way) => Promise<unknown>> = {
  async Rollup(out, { entry = "main.ts", isInside, format = "esm" }) {
    const bundle = await rollup({
      input: join(folder, "src", entry),
      external: isInside ? [/^node:/] : [/^node:/, /^heddle/],
      plugins: [forRollup(), typescript(isInside)],
    });
    await bundle.write({
      dir: out,
      format,
      sourcemap: true,
      entryFileNames: format === "cjs" ? "bin/main.cjs" : "bin/main.mjs",
      chunkFileNames: format === "cjs" ? "chunks/[name]-[hash].cjs" : "chunks/[name]-[hash].mjs",
    });
  },
  async Vite(out, { entry = "main.ts", isInside }) {
    await vite({
      configFile: false,
      logLevel: "silent",
      root: folder,
      plugins: [forVite()],
      ssr: { noExternal: isInside ? true : [], external: isInside ? [] : ["heddle"] },
      build: {
        ssr: join(folder, "src", entry),
        outDir: out,
        minify: true,
        sourcemap: true,
        rollupOptions: { output: { entryFileNames: "bin/main.mjs" } },
      },
    });
  },
  async esbuild(out, { entry = "main.ts", name = "main", isInside, format = "esm" }) {
    await esbuild.build({
      entryPoints: { [name]: join(folder, "src", entry) },
      bundle: true,
      platform: "node",
      format,
      outdir: out,
      splitting: format === "esm",
      minify: true,
      sourcemap: true,
      entryNames: "bin/[name]",
      chunkNames: "chunks/[name]-[hash]",
      assetNames: "assets/[name]-[hash]",
      outExtension: { ".js": format === "cjs" ? ".cjs" : ".mjs" },
      external: isInside ? [] : ["heddle", "heddle/*"],
      plugins: [forEsbuild()],
      logLevel: "silent",
      absWorkingDir: folder,
    });
  },
};

writeFileSync(
  join(folder, "typescript.mjs"),
  `import * as esbuild from ${JSON.stringify(import.meta.resolve("esbuild"))};
export default function (code) {
  const done = this.async();
  esbuild.transform(code, { loader: "ts", sourcemap: "external", sourcefile: this.resourcePath }).then(
    ({ code, map }) => done(null, code, JSON.parse(map)), done);
}`,
);

bundlers["webpack"] = async (out, { entry = "main.ts", isInside, format = "esm" }) => {
  const isModule = format === "esm";
  const compiler = webpack({
    mode: "production",
    target: "node20",
    context: folder,
    entry: { main: join(folder, "src", entry) },
    devtool: "source-map",
    output: {
      path: out,
      filename: isModule ? "bin/[name].mjs" : "bin/[name].cjs",
      chunkFilename: isModule ? "chunks/[id].mjs" : "chunks/[id].cjs",
      module: isModule,
    },
    experiments: { outputModule: isModule },
    externalsType: isModule ? "module" : "commonjs",
    externals: isInside ? [] : [/^heddle(\/|$)/],
    module: { rules: [{ test: /\.ts$/, use: [join(folder, "typescript.mjs")] }] },
    plugins: [forWebpack()],
  })!;
  const stats = await new Promise<Stats>((resolve, reject) => {
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats!)));
  });
  await new Promise((resolve) => compiler.close(resolve));
  if (stats.hasErrors()) throw new Error(stats.toString({ all: false, errors: true }));
};

let count = 0;
const newOut = (): string => join(folder, `out${count++}`);

/** Runs a bundle, and answers what it says. */
async function output(out: string): Promise<string[]> {
  const name = readdirSync(join(out, "bin")).find((file) => /^main\.[cm]js$/.test(file))!;
  const child = spawn(execPath, ["--enable-source-maps", join(out, "bin", name)], {
    env: { ...process.env, HEDDLE_WARNINGS: "off", NODE_OPTIONS: "", NODE_V8_COVERAGE: "" },
    stdio: ["ignore", "pipe", "pipe"],
    // Ten times what it takes where the machine is busy.
    timeout: 120_000,
  });
  let said = "";
  let complaints = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaints += text));
  const ended = await new Promise((resolve) => child.on("close", (code, signal) => resolve(signal ?? code)));
  assert.equal(complaints, "");
  assert.equal(ended, 0, `it said ${said}`);
  return said.trimEnd().split("\n");
}

for (const [name, bundle] of Object.entries(bundlers))
  describe(`a program that ${name} has bundled`, () => {
    for (const isInside of name === "webpack" ? [false] : [true, false])
      test(`runs its functions on threads, with heddle ${isInside ? "in" : "outside of"} the bundle`, async () => {
        const out = newOut();
        await bundle(out, { isInside });
        assert.deepEqual(await output(out), SAYS);
      });

    test("does not come to be where a function that is moved uses what it does not list", async () => {
      writeFileSync(
        join(folder, "src/wrong.ts"),
        `import { move } from "heddle/thread";\nexport const go = (a: number, b: number) => move({ a }, ({ a }) => a + b);`,
      );
      await assert.rejects(
        bundle(newOut(), { isInside: false, entry: "wrong.ts" }),
        /Cannot move a function as move must list what it uses of the functions around it: at \S+wrong\.ts:2 it uses "b"/,
      );
    });
  });

test("a program that esbuild has bundled runs its functions on threads beside another one in the same folder", async () => {
  writeFileSync(
    join(folder, "src/other.ts"),
    `import { thread } from "heddle/thread";\nexport const other = () => 1;\nexport const go = () => thread.spawn(other);`,
  );
  const out = newOut();
  // Heddle is in both, and not the same in both: the program's threads must not begin with that of the other.
  for (const entry of ["main.ts", "other.ts"])
    await bundlers["esbuild"]!(out, { isInside: true, entry, name: entry.slice(0, -3) });
  assert.deepEqual(await output(out), SAYS);
});

test("webpack refuses to bundle what threads of heddle begin with", async () => {
  await assert.rejects(
    bundlers["webpack"]!(newOut(), { isInside: true }),
    /Cannot bundle heddle\/thread with webpack: .*\n.*help: leave it out: externals: /,
  );
});

for (const name of ["Rollup", "esbuild", "webpack"])
  test(`a program that ${name} has bundled as CommonJS runs its functions on threads`, async () => {
    const out = newOut();
    await bundlers[name]!(out, { isInside: false, format: "cjs" });
    assert.deepEqual(await output(out), SAYS);
  });
