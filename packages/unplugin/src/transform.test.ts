/**
 * What the plugin changes in the text of a module: every change, and that nothing else changes.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { originalPositionFor, TraceMap } from "@jridgewell/trace-mapping";
import { mayConcern, transform, type Transformed } from "./transform.js";

const bundler = {
  resolve: async (source: string) => (source.startsWith(".") ? `/src/${source.slice(2)}` : null),
  urlOf: (id: string) => `URL(${id})`,
  preamble: () => "",
};

const TOP = 'import { task as $task } from "heddle/thread";\n';

const transformed = (code: string, id = "/src/main.ts"): Promise<Transformed | null> => transform(code, id, bundler);

/** The lines that the text has after the plugin and had not before. */
async function changed(code: string): Promise<string[]> {
  const before = new Set(code.split("\n"));
  const after = (await transformed(code))?.code.split("\n") ?? [];
  return after.map((line) => line.trim()).filter((line) => line !== "" && !before.has(line) && `${line}\n` !== TOP);
}

describe("a function that is given to a thread", () => {
  const cases: Record<string, [code: string, changed: string]> = {
    "imported by its name": [
      'import { spawn } from "heddle/thread";\nimport { fib } from "./fib.ts";\nspawn(fib, 40);',
      'spawn($task(URL(/src/fib.ts), fib, "fib"), 40);',
    ],
    "imported by another name": [
      'import { spawnBlocking as go } from "heddle/thread";\nimport { fib as f } from "./fib.ts";\ngo(f, 40);',
      'go($task(URL(/src/fib.ts), f, "fib"), 40);',
    ],
    "the default export of a module": [
      'import { blockOn } from "heddle/thread";\nimport fib from "./fib.ts";\nblockOn(fib, 40);',
      'blockOn($task(URL(/src/fib.ts), fib, "default"), 40);',
    ],
    "a member of a module": [
      'import * as thread from "heddle/thread";\nimport * as work from "./work.ts";\nthread.spawn(work.fib, 40);',
      'thread.spawn($task(URL(/src/work.ts), work.fib, "fib"), 40);',
    ],
    "an export of this module": [
      'import { thread } from "heddle/thread";\nexport function fib() {}\nthread.spawn(fib);',
      'thread.spawn($task(URL(/src/main.ts), fib, "fib"));',
    ],
    "given to a thread with options": [
      'import { thread } from "heddle/thread";\nimport { fib } from "./fib.ts";\nthread.with({ name: "a" }).spawn(fib);',
      'thread.with({ name: "a" }).spawn($task(URL(/src/fib.ts), fib, "fib"));',
    ],
    "exported by another name": [
      'import { spawn } from "heddle/thread";\nfunction inner() {}\nexport { inner as outer };\nspawn(inner);',
      'spawn($task(URL(/src/main.ts), inner, "outer"));',
    ],
    "given to a method of a runtime": [
      'import { Runtime } from "heddle";\nimport { fib } from "./fib.ts";\nnew Runtime().spawnOn(fib, 1);',
      'new Runtime().spawnOn($task(URL(/src/fib.ts), fib, "fib"), 1);',
    ],
    "given to a parallel iterator": [
      'import { par } from "heddle/thread";\nimport { fib } from "./fib.ts";\npar([1]).filter(fib).collect();',
      'par([1]).filter(typeof fib !== "function" ? fib : $task(URL(/src/fib.ts), fib, "fib")).collect();',
    ],
    "among types": [
      'import { spawn } from "heddle/thread";\nimport { fib } from "./fib.ts";\n(spawn as any)((fib as any)!, 1);',
      '(spawn as any)($task(URL(/src/fib.ts), (fib as any)!, "fib"), 1);',
    ],
  };
  for (const [what, [code, line]] of Object.entries(cases))
    test(`is named by its module and its export: ${what}`, async () => {
      assert.deepEqual(await changed(code), [line]);
    });

  const left: Record<string, string> = {
    "a task of this thread": 'import { spawn } from "heddle";\nimport { fib } from "./fib.ts";\nspawn(fib(1));',
    "a function of somebody else":
      'import { spawn } from "node:child_process"; import "heddle";\nimport { fib } from "./fib.ts";\nspawn(fib);',
    "a parameter with the name of an import":
      'import { spawn } from "heddle/thread";\nimport { fib } from "./fib.ts";\nexport const go = (fib) => spawn(fib);',
    "a function of a block with the name of an import":
      'import { spawn } from "heddle/thread";\nimport { fib } from "./fib.ts";\n{ function fib() {} spawn(fib); }',
    "what is not bundled": 'import { spawn } from "heddle/thread";\nimport { fib } from "package";\nspawn(fib);',
    "what is no export": 'import { spawn } from "heddle/thread";\nfunction fib() {}\nspawn(fib);',
    "what does not parse": 'import { spawn } from "heddle/thread";\nexport function fib() {}\nspawn(fib',
  };
  for (const [what, code] of Object.entries(left))
    test(`is left alone: ${what}`, async () => {
      assert.equal(await transformed(code), null);
    });
});

describe("task()", () => {
  test("is told the URL of the module for threads, and the name of the export", async () => {
    assert.deepEqual(
      await changed(
        [
          'import { task } from "heddle/thread";',
          "export const one = task(import.meta, (n: number) => n);",
          "export function two() {}",
          "task(import.meta.url, two);",
          "const three = task(import.meta, () => 1);",
          'task(import.meta, two, "named");',
          "task(somewhere, two);",
        ].join("\n"),
      ),
      [
        'export const one = task(URL(/src/main.ts), (n: number) => n, "one");',
        'task(URL(/src/main.ts), two, "two");',
        'task(URL(/src/main.ts), two, "named");',
      ],
    );
  });
});

describe("move()", () => {
  const IMPORT = 'import { move } from "heddle/thread";\n';

  test("gets an export, before all other statements", async () => {
    const code = `#!/usr/bin/env node\n"use strict";\n${IMPORT}const k = 2;\nfunction outer(factor) {\n  return move({ factor }, ({ factor }, n) => n * factor * k);\n}\n`;
    assert.equal(
      (await transformed(code))!.code,
      `#!/usr/bin/env node\n"use strict";\nexport const $moved0 = ({ factor }, n) => n * factor * k;import { task as $task } from "heddle/thread";\n\n${IMPORT}const k = 2;\nfunction outer(factor) {\n  return move({ factor }, $task(URL(/src/main.ts), $moved0, "$moved0") );\n}\n`,
    );
  });

  test("takes async functions of heddle, types, comments and nested moves along", async () => {
    const code = `${IMPORT}import { async } from "heddle";
export const go = (a: number) =>
  move({ a }, /* a, comma */ async(function* ({ a }: { a: number }, n: number): Generator<never, number> {
    return move({ a, n }, ({ a, n }) => a + n);
  }),);
`;
    const { code: after } = (await transformed(code))!;
    assert.match(after, /^\nexport const \$moved0 = async\(function\* \(\{ a \}: \{ a: number \}, n: number\)/);
    assert.match(after, /return move\(\{ a, n \}, \$task\(URL\(\/src\/main\.ts\), \$moved1, "\$moved1"\) \);/);
    assert.match(after, /\nexport const \$moved1 = \(\{ a, n \}\) => a \+ n;/);
    assert.match(
      after,
      /move\(\{ a \}, \$task\(URL\(\/src\/main\.ts\), \$moved0, "\$moved0"\) \/\* a, comma \*\/ ,\);/,
    );
  });

  test("of an export is named like one that is given to a thread", async () => {
    assert.deepEqual(await changed(`${IMPORT}import { add } from "./add.ts";\nmove({ k: 1 }, add);`), [
      'move({ k: 1 }, $task(URL(/src/add.ts), add, "add"));',
    ]);
  });

  const refused: Record<string, [code: string, names: string, help: string]> = {
    "a parameter of the function around it": ["(a, b) => move({ a }, ({ a }) => a + b)", '"b"', "move({ a, b }, "],
    "a variable of a block": ["() => { for (const i of []) move({}, () => i); }", '"i"', "move({ i }, "],
    "what was caught": ["() => { try {} catch (e) { move({}, () => e); } }", '"e"', "move({ e }, "],
    "what is listed, but not taken": ["(a) => move({ a }, () => a)", '"a"', "move({ a }, "],
    "the default of a parameter": ["(a) => move({}, (_, n = a) => n)", '"a"', "move({ a }, "],
    "a variable behind it": ["() => { move({}, () => later); const later = 1; }", '"later"', "move({ later }, "],
    "a var of a block": ["() => { if (1) { var v = 1; } move({}, () => v); }", '"v"', "move({ v }, "],
    this: ["function () { move({}, () => this.x); }", '"this"', "list the values that it needs"],
    arguments: ["function () { move({}, () => arguments); }", '"arguments"', "list the values that it needs"],
    "a private name": ["class { #p; m() { move({ t: this }, ({ t }) => t.#p); } }", '"#p"', "list the values"],
  };
  for (const [what, [code, names, help]] of Object.entries(refused))
    test(`refuses ${what}, with its line`, async () => {
      await assert.rejects(transformed(`${IMPORT}\nexport const go = ${code};`), (error: Error) => {
        assert.equal(error.name, "SyntaxError");
        assert.ok(
          error.message.startsWith(
            `Cannot move a function as move must list what it uses of the functions around it: at /src/main.ts:3 it uses ${names}\nhelp: `,
          ),
          error.message,
        );
        assert.ok(error.message.includes(help), error.message);
        return true;
      });
    });

  const fine: Record<string, string> = {
    "names that are properties, labels and words":
      "(n, k) => move({ k }, ({ k: by }) => { n: for (;;) break n; return { n: by.n, k() {} }; })",
    "what it declares itself": "(n) => move({}, () => { const n = 1; function k() { return n; } return k(); })",
    "what is in its module, and global": "() => move({}, () => [other, Math.max(1), globalThis])",
    "a this of its own": "() => move({}, () => ({ a: 1, get() { return this.a; } }))",
    "its own name": "(fact) => move({}, function fact(_, n) { return n < 2 ? 1 : n * fact({}, n - 1); })",
    "types of what is around it": "<T>(n: T) => move({ n }, ({ n }: { n: T }): T => n as T)",
    "a class in it":
      "() => move({}, () => { class A { #p = this; m() { return super.m ?? this.#p; } } return new A(); })",
  };
  for (const [what, code] of Object.entries(fine))
    test(`admits ${what}`, async () => {
      const after = await transformed(`${IMPORT}const other = 1;\nexport const go = ${code};`);
      assert.match(after!.code, /export const \$moved0 = /);
    });
});

test("every place of the text is mapped to where it was", async () => {
  const code = `import { move, spawn } from "heddle/thread";
import { fib } from "./fib.ts";
export const go = (factor: number) => {
  spawn(fib, 1).then(first);
  return move({ factor }, ({ factor }, n: number) => {
    throw new Error("here" + factor + n);
  });
};
function first() {}
`;
  const { code: after, map } = (await transformed(code))!;
  const trace = new TraceMap(map.toString());
  const positionIn = (text: string, word: string): { line: number; column: number } => {
    const before = text.slice(0, text.indexOf(word)).split("\n");
    return { line: before.length, column: before.at(-1)!.length };
  };
  for (const word of ["new Error", "factor + n", "first)", "function first", "go =", "1).then"]) {
    const { source, line, column } = originalPositionFor(trace, positionIn(after, word));
    assert.deepEqual({ source, line, column }, { source: "/src/main.ts", ...positionIn(code, word) }, word);
  }
});

test("mayConcern() is quick to say no", () => {
  assert.equal(mayConcern('import { spawn } from "heddle/thread"'), true);
  assert.equal(mayConcern('import { spawn } from "node:child_process"'), false);
  assert.equal(mayConcern('import { sleep } from "heddle"'), false);
});
