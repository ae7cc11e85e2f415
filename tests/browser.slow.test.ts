/**
 * heddle in a page: as it is built, module by module, and bundled. Chromium is real, and so is the server.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build, stop } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";
import { program } from "./browser/program.js";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";

// Tests run below `tests/dist`.
const HEDDLE = new URL("../../packages/heddle/dist/", import.meta.url);
const PROGRAM = new URL("browser/program.js", import.meta.url);

const EXPECTED = {
  early: 0,
  joined: { values: ["slow", "fast"], order: ["fast", "slow"] },
  selected: ["the loser was cleaned up", "quick", "a promise"],
  timedOut: "ElapsedError",
  aborted: ["cleanup begins", "cleanup ends", "AbortError", "enough"],
  spawned: [1, "TypeError: two", 9],
  fair: true,
  ticked: 8,
  fetched: [42, "ElapsedError"],
  virtual: 86_400_000,
};

// ---- the server ------------------------------------------------------------------------------

const pages: Record<string, string> = {
  "/modules": `
    <link rel="icon" href="data:,">
    <script type="importmap">
      { "imports": { "heddle": "/heddle/index.js", "heddle/time": "/heddle/time.js" } }
    </script>
    <script type="module">
      import { program } from "/program.js";
      globalThis.report = program(location.origin, () => (document.title = "main ran"));
    </script>`,
  "/bundle": `
    <link rel="icon" href="data:,">
    <script type="module">
      import { program } from "/bundle.js";
      globalThis.report = program(location.origin, () => (document.title = "main ran"));
    </script>`,
};

let bundle = "";
/** Called when a request is cut off by the other side. */
let onCutOff = (): void => {};
/** The modules of heddle that were asked for. */
const asked = new Set<string>();

function answer(request: IncomingMessage, response: ServerResponse): void {
  const path = new URL(request.url!, "http://localhost").pathname;
  const send = (type: string, body: string): void => {
    response.writeHead(200, { "content-type": `${type}; charset=utf-8` }).end(body);
  };
  if (path === "/answer.json") send("application/json", "42");
  else if (path === "/never.json") response.on("close", () => onCutOff());
  else if (path === "/program.js") send("text/javascript", readFileSync(PROGRAM, "utf8"));
  else if (path === "/bundle.js") send("text/javascript", bundle);
  else if (path.startsWith("/heddle/") && path.endsWith(".js")) {
    asked.add(path);
    send("text/javascript", readFileSync(new URL(`.${path.slice("/heddle".length)}`, HEDDLE), "utf8"));
  } else if (pages[path] !== undefined) send("text/html", `<!doctype html><title>…</title>${pages[path]}`);
  else response.writeHead(404).end();
}

const server = createServer(answer);
let origin = "";
let browser: Browser;

before(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
});

after(async () => {
  await stop();
  await browser?.close();
  server.closeAllConnections();
  server.close();
});

/** Resolves when the next request is cut off. */
function nextCutOff(): Promise<void> {
  return new Promise((resolve) => (onCutOff = resolve));
}

/** Opens a page, waits for its report, and answers it with all that the page complained of. */
async function visit(path: string): Promise<{ report: unknown; title: string; complaints: string[] }> {
  const context = await browser.newContext();
  const page: Page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    // How long a poll takes is the machine's doing as well.
    if (!message.text().includes("[task.blocked]")) complaints.push(message.text());
  });
  await page.goto(origin + path);
  const report = await page.evaluate(() => (globalThis as { report?: unknown }).report);
  await page.waitForFunction(() => document.title === "main ran");
  const title = await page.title();
  await context.close();
  return { report, title, complaints };
}

// ---- the tests -------------------------------------------------------------------------------

test("the program of the page reports the same on Node", async () => {
  const cutOff = nextCutOff();
  assert.deepEqual(await program(origin), EXPECTED);
  await cutOff; // dropping a fetch aborts the request
});

test("heddle runs in a page as ES modules, as it is built", async () => {
  const cutOff = nextCutOff();
  assert.deepEqual(await visit("/modules"), { report: EXPECTED, title: "main ran", complaints: [] });
  await cutOff;
  assert.ok(asked.has("/heddle/index.js") && asked.has("/heddle/time/interval.js"), [...asked].join(", "));
});

test("heddle runs in a page bundled and minified by esbuild, which finds nothing of Node in it", async () => {
  const { outputFiles, metafile, warnings } = await build({
    entryPoints: [fileURLToPath(PROGRAM)],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  assert.deepEqual(warnings, []);
  const inputs = Object.keys(metafile.inputs);
  assert.ok(inputs.every((path) => !path.startsWith("node:")));
  assert.ok(
    inputs.some((path) => path.endsWith("heddle/dist/index.js")),
    inputs.join(", "),
  );
  bundle = outputFiles[0]!.text;
  const cutOff = nextCutOff();
  assert.deepEqual(await visit("/bundle"), { report: EXPECTED, title: "main ran", complaints: [] });
  await cutOff;
});

test("the core imports nothing of Node, and nothing but itself", async () => {
  const { metafile } = await build({
    entryPoints: ["index.js", "lowlevel.js", "time.js"].map((door) => fileURLToPath(new URL(door, HEDDLE))),
    bundle: true,
    format: "esm",
    platform: "neutral",
    packages: "external",
    outdir: "unused",
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const modules = Object.entries(metafile.inputs);
  const foreign = modules.flatMap(([path, { imports }]) =>
    imports.filter(({ external }) => external).map((specifier) => `${path} imports ${specifier.path}`),
  );
  assert.deepEqual(foreign, []);
  assert.ok(modules.length > 40, `looked at ${modules.length} modules`);
});
