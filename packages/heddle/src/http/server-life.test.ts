import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { HeddleError } from "../base/errors.js";
import { Runtime } from "../runtime/runtime.js";
import { ServerLife } from "./server-life.js";

// What the system says when the process has no descriptor left. To bring that about for real would disturb the test's own process.
const exhausted = Object.assign(new Error("accept EMFILE"), { code: "EMFILE" });

test("ServerLife tells onError, or else the runtime, that a connection could not be accepted, and goes on", async () => {
  const told: [unknown, unknown][] = [];
  const unhandled: unknown[] = [];
  const runtime = new Runtime({ onUnhandled: (error) => unhandled.push(error) });
  for (const onError of [(error: unknown, request: unknown) => void told.push([error, request]), undefined]) {
    const http = createServer();
    const life = new ServerLife(runtime, () => new Response(), { onError });
    life.take(http, "connection");
    life.began();
    http.emit("error", exhausted);
    assert.equal(life.isClosed, false);
    life.drop("the test is over");
  }
  await runtime.run(
    (function* () {
      /* What was spawned before is over when this is. */
    })(),
  );
  await runtime.shutdown();
  assert.equal(told.length, 1);
  for (const error of [told[0]![0], ...unhandled]) {
    assert.ok(error instanceof HeddleError);
    assert.equal(error.code, "http.cannot-accept");
    assert.equal(error.cause, exhausted);
    assert.equal(
      error.message,
      "Cannot accept a connection: accept EMFILE\nhelp: raise the limit of open files (ulimit -n), or lower 'maxConnections'",
    );
  }
  assert.equal(told[0]![1], undefined);
  assert.equal(unhandled.length, 1);
});
