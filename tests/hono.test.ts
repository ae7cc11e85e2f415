/**
 * A Hono app on heddle's server, unchanged: routing, middleware, parameters, JSON, a stream, an error, who asks.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { getConnInfo } from "@hono/node-server/conninfo";
import { Hono } from "hono";
import { HTTPException } from "hono/http-exception";
import { streamText } from "hono/streaming";
import { async, run } from "heddle";
import { fetch, serve } from "heddle/http";

const app = new Hono();
app.use(async (c, next) => {
  await next();
  c.header("x-served-by", "hono");
});
app.get("/users/:id", (c) => c.json({ id: c.req.param("id"), wants: c.req.query("wants") }));
app.post("/echo", async (c) => c.text((await c.req.json<string[]>()).join("+")));
app.get("/count", (c) =>
  streamText(c, async (stream) => {
    for (const word of ["one ", "two ", "three"]) await stream.write(word);
  }),
);
app.get("/teapot", () => {
  throw new HTTPException(418, { message: "short and stout" });
});
app.get("/me", (c) => c.text(String(getConnInfo(c).remote.address)));

test("serve() runs a Hono app unchanged", async () => {
  const get = async(function* (url: string, init?: RequestInit) {
    const response = yield* fetch(url, init);
    return [response.status, response.headers.get("x-served-by"), yield* response.text()];
  });
  const main = async(function* () {
    const server = yield* serve(app.fetch, { host: "127.0.0.1" });
    const at = (path: string, init?: RequestInit) => get(`http://127.0.0.1:${server.port}${path}`, init);
    return [
      yield* at("/users/7?wants=tea"),
      yield* at("/echo", { method: "POST", body: '["a","b"]' }),
      yield* at("/count"),
      yield* at("/teapot"),
      yield* at("/nowhere"),
      yield* at("/me"),
    ];
  });
  assert.deepEqual(await run(main()), [
    [200, "hono", '{"id":"7","wants":"tea"}'],
    [200, "hono", "a+b"],
    [200, "hono", "one two three"],
    [418, "hono", "short and stout"],
    [404, "hono", "404 Not Found"],
    [200, "hono", "127.0.0.1"],
  ]);
});
