/**
 * The declarations that are published, as a strict program sees them that checks its libraries too: with Node's types, and with neither the browser's nor
 * those of packages that only some need.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const { resolve } = createRequire(import.meta.url);
const home = fileURLToPath(new URL("../../packages/heddle/", import.meta.url));

interface Package {
  readonly exports: Record<string, unknown>;
}

const folderOf = (name: string): string => dirname(resolve(`${name}/package.json`));

/** Installs what is published of heddle, and `others`, into a folder, and compiles a program there that imports everything. What the compiler said. */
function compiled(folder: string, others: readonly string[]): string {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "heddle"), { recursive: true });
  cpSync(join(home, "package.json"), join(modules, "heddle", "package.json"));
  cpSync(join(home, "dist"), join(modules, "heddle", "dist"), { recursive: true });
  mkdirSync(join(modules, "@types"));
  for (const name of others) symlinkSync(folderOf(name), join(modules, name));
  const { exports } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as Package;
  const doors = Object.keys(exports).filter((door) => !door.endsWith(".json"));
  const lines = doors.map((door, n) => `export * as door${n} from ${JSON.stringify(join("heddle", door))};`);
  writeFileSync(join(folder, "program.ts"), `${lines.join("\n")}\n`);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const flags = "--strict --noEmit --module nodenext --target es2022 --lib es2023,esnext.disposable --types node".split(
    " ",
  );
  const tsc = join(folderOf("typescript"), "bin", "tsc");
  return spawnSync(execPath, [tsc, ...flags, "program.ts"], { cwd: folder, encoding: "utf8" }).stdout;
}

test("All front doors compile in a strict program that checks its libraries and has Node's types only", () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-types-"));
  try {
    assert.equal(compiled(folder, ["@types/node", "undici-types"]), "");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
