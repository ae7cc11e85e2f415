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
function compiled(
  folder: string,
  others: readonly string[],
  more: (door: string, n: number) => string = () => "",
): string {
  const modules = join(folder, "node_modules");
  mkdirSync(join(modules, "heddle"), { recursive: true });
  cpSync(join(home, "package.json"), join(modules, "heddle", "package.json"));
  cpSync(join(home, "dist"), join(modules, "heddle", "dist"), { recursive: true });
  mkdirSync(join(modules, "@types"));
  for (const name of others) symlinkSync(folderOf(name), join(modules, name));
  const { exports } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as Package;
  const doors = Object.keys(exports).filter((door) => !door.endsWith(".json"));
  const lines = doors.map((door, n) => {
    const name = JSON.stringify(join("heddle", door));
    return `import * as door${n} from ${name};\nexport { door${n} };\n${more(door, n)}`;
  });
  const program = `${lines.join("\n")}\n`;
  writeFileSync(join(folder, "program.ts"), program);
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const flags =
    "--strict --exactOptionalPropertyTypes --noEmit --module nodenext --target es2022 --lib es2023,esnext.disposable --types node".split(
      " ",
    );
  const tsc = join(folderOf("typescript"), "bin", "tsc");
  const { stdout } = spawnSync(execPath, [tsc, ...flags, "program.ts"], { cwd: folder, encoding: "utf8" });
  return stdout.replaceAll(/^program\.ts\((\d+),\d+\)/gm, (_, line) => program.split("\n")[line - 1]!);
}

test("All front doors compile in a strict program that checks its libraries and has Node's types only", () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-types-"));
  try {
    assert.equal(compiled(folder, ["@types/node", "undici-types"]), "");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

/** For each type of options that a front door exports: a line that does not compile if one of them may be left out, but not given as undefined. */
function optionsOf(door: string, n: number): string {
  const file = door === "." ? "index" : door.slice(2);
  const text = readFileSync(join(home, "dist", `${file}.d.ts`), "utf8");
  const names = new Set(text.match(/\b\w+(?:Options|Limit|Limits|Backoff)\b/g));
  // A class, and two of which the platform's options are part.
  for (const name of ["OpenOptions", "FetchOptions", "ServeTls"]) names.delete(name);
  const generic = ["ExploreOptions"];
  return [...names].map((name) => `check<door${n}.${name}${generic.includes(name) ? "<unknown>" : ""}>();\n`).join("");
}

test("Options may be given as undefined where a program has exactOptionalPropertyTypes", () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-types-"));
  const lax = "type Lax<O> = { [K in keyof O]: {} extends Pick<O, K> ? O[K] | undefined : O[K] };";
  const check = "declare function check<O>(...wrong: Lax<O> extends O ? [] : [optionsThatRefuseUndefined: O]): void;";
  try {
    const counted = { options: 0 };
    const said = compiled(folder, ["@types/node", "undici-types"], (door, n) => {
      const checks = optionsOf(door, n);
      counted.options += checks.split("check<").length - 1;
      return n === 0 ? `${lax}\n${check}\n${checks}` : checks;
    });
    assert.equal(said, "");
    assert.ok(counted.options > 30, `${counted.options} types of options`);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
