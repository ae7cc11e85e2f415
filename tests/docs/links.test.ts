/**
 * The links of the documentation. A link to a file of the repository names one that exists, one with `#` a heading in it, and the title of
 * a link, `[text](file "title")`, is a text that stands in the file: so the README can say which test shows what, and stay true.
 */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../..", import.meta.url));

function documents(): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith(".md"));
  const docs = readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".md"),
  );
  return [...top, ...docs.map((name) => `docs/${name.replaceAll("\\", "/")}`)];
}

/** The anchors that a page gets from its headings. */
function anchors(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}

function problemsOf(document: string): string[] {
  const text = readFileSync(join(root, document), "utf8")
    .replaceAll(/^ *```[^]*?^ *```$/gm, "")
    .replaceAll(/`[^`\n]*`/g, "");
  const problems: string[] = [];
  for (const [, target, title] of text.matchAll(/\]\(([^)\s]+)(?: "([^"]*)")?\)/g)) {
    if (/^[a-z]+:/.test(target!)) continue;
    const [path, anchor] = target!.split("#");
    const file = path === "" ? join(root, document) : join(root, dirname(document), path!);
    if (!existsSync(file)) {
      problems.push(`${target}: there is no ${relative(root, file)}`);
      continue;
    }
    if (statSync(file).isDirectory()) continue;
    const there = readFileSync(file, "utf8");
    if (anchor !== undefined && !anchors(there).includes(anchor)) problems.push(`${target}: it has no such heading`);
    if (title !== undefined && !there.includes(title))
      problems.push(`${target}: it does not say ${JSON.stringify(title)}`);
  }
  return problems;
}

for (const document of documents()) {
  test(`${document} links to what exists, and quotes what stands there`, () => {
    assert.deepEqual(problemsOf(document), []);
  });
}
