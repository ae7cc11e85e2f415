/**
 * Functions that are moved: what they find where they arrive, and what is refused before they go.
 */
import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { CalledThread, type Outcome } from "./call.kit.js";
import { canInspect } from "./inspect.js";
import { captured, move } from "./move.js";
import { failing, immovable, movable, Shop } from "./moving.kit.js";
import { referenceOf } from "./refer.js";
import { task } from "./task.js";

const moves = canInspect();
const whereMoved = { skip: !moves && "the host does not evaluate text inside a module" };
const KIT = new URL("moving.kit.js", import.meta.url).href;

let thread: CalledThread | undefined;
after(() => thread?.end());

/** Calls what a function becomes where it arrives. */
const arrived = (fn: Function, ...args: unknown[]): Promise<Outcome> =>
  (thread ??= new CalledThread()).outcome(fn, ...args);

const messageOf = (fn: Function): string => {
  try {
    referenceOf(fn);
  } catch (error) {
    assert.ok(error instanceof TypeError);
    return error.message.replaceAll(/file:\S*\//g, "").replace(/:\d+ /, " ");
  }
  return assert.fail("it was not refused");
};

describe("move()", () => {
  test("gives a function that is called here with its captures", () => {
    const factor = 3;
    assert.equal(move({ factor }, ({ factor }, a: number, b: number) => (a + b) * factor)(1, 2), 9);
  });

  test("sends the captures with each call", () => {
    const captures = { factor: 3 };
    assert.equal(captured(move(captures, () => 1)), captures);
    assert.equal(
      captured(() => 1),
      null,
    );
  });

  test("keeps the name of the function", () => {
    assert.equal(move({}, function work() {}).name, "work");
  });

  test("refuses what is no object, and what is no function", () => {
    assert.throws(
      () => move(3 as never, () => 1),
      /^TypeError: Cannot move a function as 'captures' must be an object of what it uses: received 3\nhelp: /,
    );
    assert.throws(
      () => move({}, 3 as never),
      /^TypeError: Cannot run this on another thread as it must be a function: received 3\n/,
    );
  });

  test("is as good as an export where the function is one that was told of", () => {
    const declared = task(KIT, (_: object, n: number) => n, "immovable");
    const [one, other] = [move({ a: 1 }, declared), move({ a: 2 }, declared)];
    assert.equal(referenceOf(one).exported, "immovable");
    assert.equal(referenceOf(one), referenceOf(other));
  });
});

describe("a function that was moved", whereMoved, () => {
  for (const [what, [fn, answer]] of Object.entries(movable(7)))
    test(`finds ${what}`, async () => {
      assert.deepEqual(await arrived(fn, 1), { value: answer });
    });

  test("has the same reference as others made in the same place, with other captures", () => {
    const [[one], [other]] = [Object.values(movable(1))[0]!, Object.values(movable(2))[0]!];
    assert.notEqual(one, other);
    assert.equal(referenceOf(one), referenceOf(other));
  });

  test("names the line it was written at in its errors", async () => {
    const { line } = referenceOf(failing);
    const { failed } = await arrived(failing, 1);
    // With source maps the line is that of the source.
    assert.match(failed!.stack, new RegExp(`moving\\.kit\\.(js:${line + 1}|ts:\\d+):\\d+`));
  });
});

describe("a function that cannot be moved is refused by the name of what it uses:", whereMoved, () => {
  const refusals: Record<string, [names: string, help: string]> = {
    captures: ['"database"', "list it: move({ port, database }, ({ port, database }, …) => …)"],
    "a loop's variable": ['"turn"', "list it: move({ turn }, ({ turn }, …) => …)"],
    "what was caught": ['"error"', "list it: move({ error }, ({ error }, …) => …)"],
    "what is listed": [
      '"database"',
      'take "database" from the first parameter: move({ database }, ({ database }, …) => …)',
    ],
    both: ['"database", "port"', "list it: move({ database, port }, ({ database, port }, …) => …)"],
    arguments: ['"arguments"', "list it: move({ arguments }, ({ arguments }, …) => …)"],
    nested: ['"port"', "list it: move({ port }, ({ port }, …) => …)"],
    default: ['"database"', "list it: move({ database }, ({ database }, …) => …)"],
  };
  const functions = immovable("db", 1);
  for (const [what, [names, help]] of Object.entries(refusals))
    test(what, () => {
      const message = messageOf(functions[what]!);
      assert.ok(
        message.endsWith(
          ` on another thread as move must list what it uses of the functions around it: at moving.kit.js it uses ${names}\nhelp: ${help}`,
        ),
        message,
      );
    });

  test("this", () => {
    assert.match(
      messageOf(new Shop().bound()),
      /it uses "this"\nhelp: list the values that it needs, and not the object$/,
    );
  });

  test("private names, and methods", () => {
    assert.match(
      messageOf(new Shop().secret()),
      /as it must be possible to move it: it is a method, or uses `super` or a private name/,
    );
    assert.match(messageOf(move({ factor: 1 }, Shop.prototype["method"])), /it is a method/);
  });

  test("nothing, if it is no function that has a text", () => {
    assert.match(messageOf(move({}, Math.max as never)), /it is native code/);
    assert.match(messageOf(move({}, Shop as never)), /it is a class/);
  });
});

test("move() is refused where the host does not evaluate text inside a module", { skip: moves }, () => {
  assert.match(
    messageOf(move({}, () => 1)),
    /must be possible to move it: this host cannot evaluate it inside its module\nhelp: export a function that does it, and give that; or use the plugin/,
  );
});
