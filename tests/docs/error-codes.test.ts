/**
 * docs/errors/README.md against the built sources: every code in one is in the other.
 *
 * A code is a string literal of the form `area.what-happened`. Where the engine makes one of parts, the list below says which.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

const CODE = /(["'`])([a-z]+(?:-[a-z]+)*\.[a-z]+(?:-[a-z]+)*)\1/g;
const TEMPLATE = /`([a-z-]+\.\$\{[^}]*\})`/g;

/** Codes without an area. */
const WHOLE = ["bug"];

/** What templates make; each of their parts stands as a string of its own in the file. */
const PARTS: Record<string, { template: string; parts: string[] }> = {
  "base/clock.js": { template: "clock.${state}", parts: ["paused", "running"] },
};

/** The built files of the packages, without tests and without comments. */
function sources(): [path: string, text: string][] {
  return readdirSync(join(root, "packages")).flatMap((name) => {
    const dist = join(root, "packages", name, "dist");
    if (!existsSync(dist)) return [];
    return readdirSync(dist, { recursive: true, encoding: "utf8" })
      .map((path) => path.replaceAll("\\", "/"))
      .filter((path) => path.endsWith(".js") && !path.endsWith(".test.js"))
      .filter((path) => existsSync(join(root, "packages", name, "src", path.replace(/js$/, "ts"))))
      .map((path): [string, string] => [path, withoutComments(readFileSync(join(dist, path), "utf8"))]);
  });
}

const withoutComments = (text: string) => text.replaceAll(/^\s*\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");

/** What threads and copies of heddle call things among themselves looks like a code and is none. */
const isOurName = (word: string) => word.startsWith("heddle.");

function codesInSources(): Set<string> {
  const codes = new Set(WHOLE);
  for (const [path, text] of sources()) {
    for (const [, , code] of text.matchAll(CODE)) if (!isOurName(code!)) codes.add(code!);
    for (const [, template] of text.matchAll(TEMPLATE)) {
      if (isOurName(template!)) continue;
      const known = PARTS[path];
      assert.equal(known?.template, template, `${path} makes codes of parts: write them whole, or list the parts here`);
      for (const part of known!.parts) {
        assert.ok(text.includes(`"${part}"`), `${path} has no ${part} any more: take it from the list here`);
        codes.add(template!.replace(/\$\{.*\}/, part));
      }
    }
  }
  return codes;
}

function documentedCodes(): string[] {
  const text = readFileSync(join(root, "docs/errors/README.md"), "utf8");
  return [...text.matchAll(/^### `([^`]+)`/gm)].map(([, code]) => code!);
}

test("docs/errors documents every code that the engine can give, and no other", () => {
  const real = [...codesInSources()].sort();
  assert.ok(real.length > 10, `found only ${real.join(", ")}`);
  assert.deepEqual(documentedCodes().sort(), real);
});

test("docs/errors has its codes in alphabetical order, so that one finds them", () => {
  assert.deepEqual(documentedCodes(), documentedCodes().sort());
});
