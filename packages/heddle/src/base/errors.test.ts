import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as errors from "./errors.js";
import { advice } from "./advice.js";
import {
  AbortedError,
  BugError,
  BusyError,
  ClosedError,
  DisconnectedError,
  ElapsedError,
  HeddleError,
  JoinError,
  LaggedError,
  NoRuntimeError,
  quote,
  SendError,
  suppress,
} from "./errors.js";

const plain = { ClosedError, DisconnectedError, BusyError, ElapsedError, JoinError };

/** One of each class, made by a given copy of the module. */
const oneOfEach = (copy: typeof errors): HeddleError[] => [
  new copy.HeddleError("a.b", "m"),
  new copy.ClosedError("a.b", "m"),
  new copy.DisconnectedError("a.b", "m"),
  new copy.BusyError("a.b", "m"),
  new copy.ElapsedError("a.b", "m"),
  new copy.JoinError("a.b", "m"),
  new copy.SendError("a.b", "m", { value: 1 }),
  new copy.LaggedError(3),
  new copy.AbortedError(),
  new copy.NoRuntimeError("sleep"),
  new copy.BugError("m"),
];
const classes = [
  HeddleError,
  ClosedError,
  DisconnectedError,
  BusyError,
  ElapsedError,
  JoinError,
  SendError,
  LaggedError,
  AbortedError,
  NoRuntimeError,
  BugError,
];

test("HeddleError carries a code, a cause, and its help on a line of its own", () => {
  const cause = new Error("why");
  const error = new HeddleError("channel.closed", "Cannot send to a channel: it is closed", {
    help: "keep a receiver",
    cause,
  });
  assert.equal(error.code, "channel.closed");
  assert.equal(error.message, "Cannot send to a channel: it is closed\nhelp: keep a receiver");
  assert.equal(error.cause, cause);
  assert.ok(error instanceof Error);
  assert.equal(Object.hasOwn(new HeddleError("a", "b"), "cause"), false);
  assert.deepEqual(Object.keys(error), ["code"]);
});

test("HeddleError and its classes have their name in the first line of the stack and when printed", () => {
  for (const [name, Class] of Object.entries(plain)) {
    const error = new Class("a.b", "it is so");
    assert.equal(error.name, name);
    assert.equal(String(error), `${name}: it is so`);
    assert.ok(error.stack!.startsWith(`${name}: it is so\n`));
    assert.ok(inspect(error).startsWith(`${name}: it is so\n`));
  }
});

test("HeddleError instanceof tells the classes apart", () => {
  for (const error of oneOfEach(errors)) {
    const matching = classes.filter((Class) => error instanceof Class);
    const own = error.constructor;
    assert.deepEqual(matching, own === HeddleError ? [HeddleError] : [HeddleError, own]);
  }
});

test("HeddleError instanceof recognises the errors of another copy of heddle", async () => {
  const copy = (await import(new URL("./errors.js?copy", import.meta.url).href)) as typeof errors;
  assert.notEqual(copy.ClosedError, ClosedError);
  const theirs = oneOfEach(copy);
  const ours = oneOfEach(errors);
  classes.forEach((Class, i) => {
    assert.deepEqual(
      theirs.map((error) => error instanceof Class),
      ours.map((error) => error instanceof Class),
      Class.name,
    );
    assert.ok(theirs[i] instanceof Class);
  });
});

test("HeddleError instanceof leaves derived classes to their identity, and knows them as their parent", async () => {
  class PoolClosed extends ClosedError {}
  class PoolGone extends ClosedError {
    override get name() {
      return "PoolGone";
    }
  }
  assert.ok(new PoolClosed("a", "b") instanceof PoolClosed);
  assert.ok(!(new ClosedError("a", "b") instanceof PoolClosed));
  assert.ok(!(new ClosedError("a", "b") instanceof PoolGone));
  assert.ok(!(new PoolClosed("a", "b") instanceof PoolGone));
  const copy = (await import(new URL("./errors.js?copy", import.meta.url).href)) as typeof errors;
  for (const Class of [PoolClosed, PoolGone]) {
    const error = new Class("a", "b");
    assert.ok(error instanceof copy.ClosedError && error instanceof copy.HeddleError);
    assert.ok(!(error instanceof copy.BusyError));
  }
});

test("HeddleError instanceof is false for everything else and does not throw", () => {
  const fake = Object.assign(new Error("x"), { name: "ClosedError" });
  for (const value of [undefined, null, 0, "x", Symbol("x"), {}, fake, Object.create(null)]) {
    assert.equal(value instanceof ClosedError, false);
    assert.equal(value instanceof HeddleError, false);
  }
});

test("AbortedError is called AbortError and keeps the reason as its cause", () => {
  const reason = new Error("shutting down");
  const error = new AbortedError(reason, 'task "resize"');
  assert.deepEqual([error.name, error.code], ["AbortError", "task.aborted"]);
  assert.equal(error.cause, reason);
  assert.equal(error.message, 'Cannot finish task "resize": it was aborted with Error "shutting down"');
  const bare = new AbortedError();
  assert.equal(bare.message, "Cannot finish this future: it was aborted");
  assert.equal(Object.hasOwn(bare, "cause"), false);
});

test("LaggedError says how many were missed", () => {
  const error = new LaggedError(3);
  assert.deepEqual([error.missed, error.code], [3, "channel.lagged"]);
  assert.match(error.message, /3 were overwritten/);
});

test("SendError hands the value back", () => {
  const value = { not: "sent" };
  const error = new SendError("channel.closed", "Cannot send", { value, help: "look" });
  assert.equal(error.value, value);
  assert.equal(error.message, "Cannot send\nhelp: look");
});

test("NoRuntimeError says what was asked for, and what to do about it where there is advice for its code", (t) => {
  const text = "Cannot sleep outside a runtime: no task is being polled on this thread";
  const error = new NoRuntimeError("sleep");
  assert.deepEqual([error.code, error.message], ["runtime.none", text]);
  advice["runtime.none"] = "start one";
  t.after(() => delete advice["runtime.none"]);
  assert.equal(new NoRuntimeError("sleep").message, `${text}\nhelp: start one`);
  assert.equal(new HeddleError("runtime.none", text, { help: "wait" }).message, `${text}\nhelp: wait`);
});

test("BugError asks to be reported, in development", async () => {
  await import("../future/development.js");
  const cause = new Error("x");
  const error = new BugError("Cannot go on", { cause });
  assert.deepEqual([error.code, error.cause], ["bug", cause]);
  assert.match(error.message, /^Cannot go on\nhelp: .*report/);
});

// ---- suppress --------------------------------------------------------------------------------

const suppressed = (error: unknown) => (error as { suppressed?: unknown }).suppressed;

test("suppress() attaches later errors to the first, in order, where printing does not show them twice", () => {
  const [first, second, third] = [new Error("1"), new Error("2"), "3"];
  assert.equal(suppress(first, second), first);
  assert.equal(suppress(first, third), first);
  assert.deepEqual(suppressed(first), [second, third]);
  assert.deepEqual(Object.keys(first), []);
});

test("suppress() attaches no error to itself and none twice", () => {
  const [first, second] = [new Error("1"), new Error("2")];
  assert.equal(suppress(first, first), first);
  assert.equal(suppressed(first), undefined);
  suppress(first, second);
  suppress(first, second);
  assert.deepEqual(suppressed(first), [second]);
});

test("suppress() returns both in an AggregateError when nothing can be attached", () => {
  const later = new Error("later");
  const frozen = Object.freeze(new Error("frozen"));
  const list = Object.assign(new Error("full"), { suppressed: Object.freeze(["x"]) });
  const language = Object.assign(new Error("using"), { suppressed: new Error("inner") });
  const cases: [unknown, string][] = [
    ["text", '"text"'],
    [undefined, "undefined"],
    [null, "null"],
    [7, "7"],
    [frozen, "frozen"],
    [list, "full"],
    [language, "using"],
  ];
  for (const [first, message] of cases) {
    const result = suppress(first, later);
    assert.ok(result instanceof AggregateError, message);
    assert.deepEqual(result.errors, [first, later]);
    assert.equal(result.message, message);
    const third = new Error("third");
    assert.equal(suppress(result, third), result);
    assert.deepEqual(suppressed(result), [third]);
  }
});

test("suppress() never throws, whatever the first error is", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile = {
    get message() {
      throw new Error("no");
    },
  };
  const later = new Error("later");
  for (const first of [revoked.proxy, hostile, Object.freeze({ message: Symbol("x") })]) {
    const result = suppress(first, later);
    assert.ok(result instanceof AggregateError);
    assert.deepEqual([result.errors[0] === first, result.errors[1]], [true, later]);
  }
});

test("suppress() leaves the language's SuppressedError as it is", () => {
  const inner = new Error("inner");
  const language = Object.assign(new Error("using"), { suppressed: inner });
  suppress(language, new Error("later"));
  assert.equal(language.suppressed, inner);
});

// ---- quote ---------------------------------------------------------------------------------------

test("quote() prints any value short and on one line", () => {
  class Job {}
  const cases: [unknown, string][] = [
    ["a\nb", '"a\\nb"'],
    ["x".repeat(500), `"${"x".repeat(79)}…"`],
    [-0, "-0"],
    [1.5, "1.5"],
    [NaN, "NaN"],
    [10n, "10"],
    [true, "true"],
    [undefined, "undefined"],
    [null, "null"],
    [Symbol("s"), "Symbol(s)"],
    [function named() {}, "function named"],
    [() => {}, "function (anonymous)"],
    [Job, "function Job"],
    [new Job(), "an instance of Job"],
    [{}, "an instance of Object"],
    [Object.create(null), "an instance of Object"],
    [[1, 2], "an instance of Array"],
    [new TypeError("boom"), 'TypeError "boom"'],
  ];
  for (const [value, text] of cases) assert.equal(quote(value), text);
});

test("quote() never throws", () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const hostile = {
    get constructor() {
      throw new Error("no");
    },
  };
  const odd = Object.assign(Object.create(null), { constructor: { name: Symbol("x") } });
  const unnamed = Object.assign(() => {}, {});
  Object.defineProperty(unnamed, "name", { value: Symbol("x") });
  const endless = new Error("x");
  Object.defineProperty(endless, "message", { value: endless });
  for (const value of [revoked.proxy, hostile, odd, unnamed, endless]) {
    assert.equal(quote(value), "an unreadable value");
  }
});
