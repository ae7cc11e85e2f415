import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as heddle from "../../base/errors.js";
import { ShapeError } from "../../http/shape.js";
import { SEND } from "../sendable.js";
import { packError } from "./pack.js";
import { unpackError } from "./errors.js";

const WHERE = { thread: '"resize" (#3)' };

function brought<T = any>(error: unknown, where: { thread: string; stack?: string } = WHERE): T {
  return unpackError(structuredClone(packError(error)), where) as T;
}

const fieldsOf = (value: object): object => Object.fromEntries(Object.entries(value));

describe("unpackError()", () => {
  test("keeps the class of the language's own errors", () => {
    for (const Class of [Error, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError]) {
      const error = brought(new Class("far"));
      assert.equal(error.constructor, Class);
      assert.deepEqual([error.name, error.message, Object.keys(error)], [Class.name, "far", []]);
    }
  });

  test("keeps those of heddle, with their fields", () => {
    const errors: heddle.HeddleError[] = [
      new heddle.ClosedError("channel.closed", "Cannot send", { help: "do not" }),
      new heddle.DisconnectedError("channel.disconnected", "gone"),
      new heddle.AbortedError("too late"),
      new heddle.LaggedError(3),
      new heddle.SendError("channel.full", "full", { value: { n: 1 } }),
      new heddle.NoRuntimeError("sleep"),
      new heddle.JoinError("thread.ended", "over"),
      new heddle.HeddleError("other", "other"),
      new ShapeError("http.shape", "wrong", { issues: [{ message: "no", path: ["a"] }], value: [1] }),
    ];
    for (const error of errors) {
      const there = brought<typeof error>(error);
      assert.ok(there instanceof (error.constructor as typeof heddle.HeddleError), error.name);
      assert.deepEqual([there.name, there.message, there.cause], [error.name, error.message, error.cause]);
      assert.deepEqual(fieldsOf(there), fieldsOf(error));
    }
    assert.ok(!(brought(errors[0]) instanceof heddle.DisconnectedError));
  });

  test("keeps name, message and fields of a class that this side does not know", () => {
    class NotFound extends TypeError {
      readonly status = 404;
      readonly when = new Date(1);
      readonly retry = () => 1;
      readonly of: object;

      constructor(of: object) {
        super("no such page");
        this.name = "NotFound";
        this.of = of;
      }
    }
    const error = brought(new NotFound({ path: "/x" }));
    assert.ok(error instanceof TypeError);
    assert.deepEqual([error.name, error.message], ["NotFound", "no such page"]);
    assert.deepEqual(fieldsOf(error), { status: 404, when: new Date(1), of: { path: "/x" } });
  });

  test("keeps causes, however many, and circles of them", () => {
    const first: any = new Error("first", { cause: new RangeError("second", { cause: { third: [1] } }) });
    assert.deepEqual(brought(first).cause.cause, { third: [1] });
    assert.equal(brought(first).cause.constructor, RangeError);
    first.cause.cause = first;
    first.related = [first];
    const there = brought(first);
    assert.equal(there.cause.cause, there);
    assert.equal(there.related[0], there);
    let deep = new Error("innermost");
    for (let i = 0; i < 2000; i++) deep = new Error("outer", { cause: deep });
    assert.equal(brought(deep).cause.cause.message, "outer");
  });

  test("keeps the errors of an AggregateError, and what was suppressed", () => {
    const inner = [new RangeError("a"), "text", new heddle.ElapsedError("time.elapsed", "late")];
    const error = brought(heddle.suppress(new AggregateError(inner, "both"), new TypeError("later")));
    assert.ok(error instanceof AggregateError);
    assert.deepEqual(
      error.errors.map((it: any) => it.message ?? it),
      ["a", "text", "late"],
    );
    assert.ok(error.errors[2] instanceof heddle.ElapsedError);
    const { suppressed } = error as unknown as { suppressed: Error[] };
    assert.ok(suppressed[0] instanceof TypeError);
    assert.ok(!Object.keys(error).includes("suppressed"));
  });

  test("keeps a DOMException", () => {
    const error = brought<DOMException>(new DOMException("took long", "TimeoutError"));
    assert.ok(error instanceof DOMException);
    assert.deepEqual([error.name, error.message, error.code], ["TimeoutError", "took long", 23]);
    const reason = AbortSignal.abort().reason as DOMException;
    assert.equal(brought(reason).name, "AbortError");
  });

  test("keeps what is thrown and no error", () => {
    for (const thrown of ["text", 5, undefined, null, { code: 1, list: [new Date(1)] }])
      assert.deepEqual(brought(thrown), thrown);
    assert.ok(brought({ error: new RangeError("far") }).error instanceof RangeError);
  });

  test("says so of what was thrown and cannot be sent, and moves nothing for an error", () => {
    const error = brought<heddle.HeddleError>(() => 1);
    assert.equal(error.code, "thread.unsendable");
    assert.match(error.message, /^Cannot bring over from another thread what was thrown there: function/);
    const handle = { [SEND]: () => assert.fail("moved") };
    const { port1, port2 } = new MessageChannel();
    const there = brought(new heddle.SendError("channel.full", "full", { value: [handle, port1] }));
    assert.deepEqual(fieldsOf(there), { code: "channel.full" });
    port2.close();
    port1.close();
  });

  test("survives errors that cannot even be read", () => {
    const error = new Error("hidden");
    Object.defineProperty(error, "message", {
      get() {
        throw new Error("no");
      },
    });
    Object.defineProperty(error, "field", {
      enumerable: true,
      get() {
        throw new Error("no");
      },
    });
    assert.equal(brought(error).message, "");
    const { proxy, revoke } = Proxy.revocable(new Error("x"), {});
    revoke();
    assert.equal(brought(proxy).code, "thread.unsendable");
  });

  test("shows both sides in the stack, with the thread between", () => {
    const remote = new RangeError("far");
    remote.stack = "RangeError: far\n    at resize (/app/images.js:3:9)\n    at Object.run (node:internal/x:1:1)";
    const local = "Error\n    at upload (/app/main.js:7:3)\n    at Module._compile (node:internal/y:1:1)";
    assert.equal(
      brought(remote, { ...WHERE, stack: local }).stack,
      "RangeError: far\n" +
        "    at resize (/app/images.js:3:9)\n" +
        '    at thread "resize" (#3)\n' +
        "    at upload (/app/main.js:7:3)",
    );
    delete (remote as { stack?: string }).stack;
    assert.match(brought(remote).stack, /^RangeError: far\n {4}at thread "resize" \(#3\)$/);
  });
});
