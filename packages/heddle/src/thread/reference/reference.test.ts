/**
 * References, made and followed on one thread: what is found must be the very function that was referred to.
 */
import assert from "node:assert/strict";
import process from "node:process";
import { describe, mock, test } from "node:test";
import { ready } from "../../index.js";
import { call } from "./call.kit.js";
import half, { perhaps } from "./default.kit.js";
import * as functions from "./functions.kit.js";
import { canInspect } from "./inspect.js";
import { referenceOf } from "./refer.js";
import type { Reference } from "./reference.js";
import { resolveReference } from "./resolve.js";
import { task } from "./task.js";
import { unused } from "./unused.kit.js";

const HERE = new URL("functions.kit.js", import.meta.url).href;
const { notExported, unnameable, ...exported } = functions;
const tells = canInspect();

/** What crosses, and what is found behind it. */
const follow = (fn: Function): Promise<Function> => resolveReference(structuredClone(referenceOf(fn)));

const messageOf = (fn: Function): string => {
  try {
    referenceOf(fn);
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return error.message.replaceAll(/file:\S*\//g, "");
  }
  return assert.fail("it was not refused");
};

describe("referenceOf()", { skip: !tells && "the host does not tell where functions are from" }, () => {
  for (const [name, fn] of Object.entries(exported))
    test(`finds the export ${name}`, async () => {
      assert.equal(await follow(fn), fn);
    });

  test("finds a function of a module none of whose functions has run", async () => {
    assert.match(referenceOf(unused).url, /unused\.kit\.js$/);
    assert.equal(await follow(unused), unused);
  });

  test("answers the same object for the same function", () => {
    assert.equal(referenceOf(functions.fib), referenceOf(functions.fib));
  });

  test("answers the same object for functions that are one to other threads", () => {
    const made = (): Function => task(HERE, (n: number) => n);
    assert.equal(referenceOf(made()), referenceOf(made()));
  });

  test("names the module, the function and where it stands", () => {
    const { url, name, variable, line } = referenceOf(functions.fib);
    assert.deepEqual([url, name, line > 1, variable], [HERE, "fib", true, null]);
    assert.equal(referenceOf(functions.addTen).variable, "addTen");
  });

  test("refuses what is not exported, at the call, with its line, what it captures and what to do", () => {
    assert.match(
      messageOf(notExported.capturing),
      /^Cannot run the function \(\) => `\$\{database\}:\$\{port\}` on another thread as it must be an export of its module: it stands at functions\.kit\.js:\d+ and is not exported, and it uses "database", "port" of what is around it\nhelp: export it from its module, or list what it uses: move\(\{ database, port \}, \(\{ database, port \}, …\) => …\)$/,
    );
  });

  test("never finds anything for a function that is not exported", async () => {
    for (const [name, fn] of Object.entries(notExported))
      await assert.rejects(async () => follow(fn), /must be an export of its module/, name);
  });

  test("finds a default export that no variable holds", async () => {
    assert.equal(await follow(half), half);
  });

  test("is refused by the other thread, in the same words, where the export cannot be told before", async () => {
    await assert.rejects(
      () => follow(perhaps.inline),
      /^TypeError: Cannot run this function on another thread as it must be an export of its module: it stands at \S+:\d+ and is not exported, and it uses "divisor" of what is around it\nhelp: export it/,
    );
  });

  test("refuses an inline function of this file", () => {
    assert.match(
      messageOf(() => tells),
      /it stands at reference\.test\.js:\d+ and is not exported/,
    );
  });
});

describe("referenceOf() anywhere", () => {
  const reasons: Record<keyof typeof unnameable, RegExp> = {
    class: /^Cannot run "Animal" on another thread as it must be a function that a module exports: it is a class/,
    bound: /^Cannot run "bound fib" .* it was made by bind\(\)/,
    native: /^Cannot run "max" .* it is native code/,
    stream: /^Cannot run "stream" .* it is an async generator function/,
    evaluated: tells ? /it comes from text that was evaluated/ : /its module must be known/,
  };
  for (const [name, reason] of Object.entries(reasons))
    test(`refuses what no module can export: ${name}`, () => {
      assert.match(messageOf(unnameable[name as keyof typeof unnameable]), reason);
    });

  test("refuses what is no function", () => {
    assert.match(
      messageOf(5 as never),
      /^Cannot run this on another thread as it must be a function: received 5\nhelp: /,
    );
    assert.match(
      messageOf(ready(1) as never),
      /: received a future, as a call of it gives\nhelp: give the function itself, and its arguments behind it: spawn\(fn, \.\.\.args\)$/,
    );
  });

  test("says of methods what to export instead", { skip: !tells }, () => {
    class Account {
      static open(): void {}
      async *pay(): AsyncGenerator<never> {}
      async close(): Promise<void> {}
    }
    const shop = { sell() {}, "sell more"() {} };
    const methods = [Account, Account.prototype, shop].map((it: any) => it.open ?? it.close ?? it.sell);
    for (const method of methods)
      assert.match(
        messageOf(method as never),
        /as it must be an export of its module: it is a method, at \S+:\d+\nhelp: export a function that calls it, and give that$/,
      );
    for (const arrow of [
      async () => {},
      (a: () => void) => a,
      async (a = () => {}) => a,
      function () {},
      async function () {},
    ])
      assert.doesNotMatch(messageOf(arrow as never), /it is a method/);
  });

  test("says of a Proxy that it is one", () => {
    assert.match(messageOf(new Proxy(() => 1, {}) as never), /: it is a Proxy, behind which no export can be seen\n/);
  });
});

describe("task()", () => {
  test("answers the function itself", () => {
    const fn = (): number => 1;
    assert.equal(task(import.meta, fn), fn);
    assert.equal(task(import.meta.url, fn), fn);
  });

  test("tells the module of a function on every host", async () => {
    assert.equal(await follow(functions.told), functions.told);
    assert.equal(await follow(task(HERE, exported.generator)), exported.generator);
  });

  test("tells exports apart that look alike, by name", async () => {
    assert.equal(await follow(task(HERE, exported.addTen, "addTen")), exported.addTen);
    await assert.rejects(
      () => resolveReference({ ...referenceOf(exported.addTen), exported: "nothing" }),
      /functions\.kit\.js does not export "nothing"/,
    );
  });

  test("refuses what has no URL, and what is no function", () => {
    assert.throws(
      () => task("fib", exported.fib),
      /^TypeError: Cannot name a task as 'module' must be import.meta or a URL: received "fib"/,
    );
    assert.throws(() => task(import.meta, 1 as never), /must be a function: received 1/);
  });
});

describe("resolveReference()", () => {
  const bare: Reference = {
    url: HERE,
    name: "fib",
    exported: null,
    variable: null,
    line: 0,
    column: 0,
    print: null,
    isLoose: false,
    captured: [],
    text: null,
    isBody: false,
  };

  test("answers the same function for the same reference, and asks the module once", () => {
    assert.equal(resolveReference(bare), resolveReference({ ...bare }));
  });

  test("never takes another function of the same name", async () => {
    await assert.rejects(
      resolveReference({ ...bare, print: "0.0" }),
      /^TypeError: Cannot run "fib" on another thread as it must be an export of its module: it stands at \S+ and what \S+ exports as "fib" is another one\nhelp: /,
    );
  });

  test("says which exports it cannot tell apart", async () => {
    const { print } = referenceOf(task(HERE, exported.addOne));
    await assert.rejects(
      resolveReference({ ...bare, name: null, print }),
      /must be one export of its module: "addOne" and "addTen" of \S+ look alike\nhelp: say which: task\(import\.meta, fn, "name"\)/,
    );
  });

  test("says which module does not load, and why", async () => {
    const broken = 'data:text/javascript,throw new Error("no disk")';
    const error = await resolveReference({ ...bare, url: broken }).catch((reason) => reason);
    assert.equal(error.code, "thread.module");
    assert.match(error.message, /^Cannot load data:\S+.* on a thread: no disk\nhelp: /);
    assert.equal(error.cause.message, "no disk");
  });
});

test(
  "resolveReference() says when a module does not end loading",
  { skip: "Deno" in globalThis && "its timers cannot be mocked" },
  async () => {
    const said: string[] = [];
    // Node says there that its timers are mocked.
    mock.method(console, "error", (line: string) => void (line.startsWith("heddle:") && said.push(line)));
    mock.timers.enable({ apis: ["setTimeout"] });
    const before = process.env["HEDDLE_WARNINGS"];
    delete process.env["HEDDLE_WARNINGS"];
    try {
      const at = {
        name: "fn",
        exported: null,
        variable: null,
        line: 0,
        column: 0,
        print: null,
        isLoose: false,
        captured: [],
        text: null,
      };
      await resolveReference({ ...at, url: "data:text/javascript,export const fn = 1;", isBody: false }).catch(
        () => {},
      );
      void resolveReference({ ...at, url: "data:text/javascript,await new Promise(() => {})", isBody: false });
      mock.timers.tick(5_000);
      // The words for it are loaded first.
      while (said.length === 0) await new Promise(setImmediate);
    } finally {
      mock.timers.reset();
      mock.restoreAll();
      if (before !== undefined) process.env["HEDDLE_WARNINGS"] = before;
    }
    assert.equal(said.length, 1, said.join("\n"));
    assert.match(
      said[0]!,
      /^heddle: warning \[thread\.loading\] A thread has been loading data:\S+await.* for 5\.00 s, to find a function in it\nhelp: /,
    );
  },
);

describe("a thread", () => {
  test("runs what it is told by reference", async () => {
    assert.equal(await call(functions.told, 1), "1.5");
  });

  test("runs an async function of heddle", async () => {
    assert.equal(await call(task(HERE, functions.double), 21), "42");
  });

  test("refuses what it does not find", async () => {
    assert.match(
      await call(
        task(HERE, (n: number) => n),
        1,
      ),
      /^on the thread: TypeError: .*must be an export/,
    );
  });
});
