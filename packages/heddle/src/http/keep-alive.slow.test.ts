/**
 * What keeps a program alive: programs of their own that end by themselves, or do not.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { promisify } from "node:util";
import { WebSocketServer } from "ws";
import { commandOf } from "../base/program.kit.js";

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Runs the body of a main task in a process of its own. What it printed. */
async function printed(body: string): Promise<string> {
  const program = `
    import { async, run, spawn, pending } from ${url("../index.js")};
    import { connect } from ${url("../http.js")};
    const kept = [];
    await run(async(function* () { ${body} })());
    console.log("over");`;
  const env = { ...process.env, NODE_OPTIONS: "", HEDDLE_WARNINGS: "" };
  const options = { encoding: "utf8", env, timeout: 20_000 } as const;
  return (await promisify(execFile)(...commandOf(program), options)).stdout;
}

test("WebSocket that is open does not keep the program alive; next() and closed() do while they wait, and what was sent is sent", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  const received: string[] = [];
  server.on("connection", (ws) => {
    ws.on("message", (data) => {
      const text = String(data);
      received.push(text.slice(0, 20));
      // Late: nothing but who waits keeps the program alive until then.
      if (text === "answer") setTimeout(() => ws.send("answered"), 50);
      if (text === "close") setTimeout(() => ws.close(3000), 50);
    });
  });
  const open = `const socket = yield* connect("ws://127.0.0.1:${(server.address() as AddressInfo).port}"); kept.push(socket);`;
  assert.equal(await printed(open), "over\n");
  assert.equal(
    await printed(`${open} yield* socket.send("answer"); console.log(yield* socket.next());`),
    "answered\nover\n",
  );
  assert.equal(
    await printed(`${open} yield* socket.send("close"); console.log((yield* socket.closed()).code);`),
    "3000\nover\n",
  );
  assert.equal(
    await printed(`${open} const reading = spawn(socket.next()); yield* socket.send("a"); reading.abort();`),
    "over\n",
  );
  assert.equal(await printed(`${open} yield* socket.send("b".repeat(5_000_000));`), "over\n");
  for (const client of server.clients) await once(client, "close");
  assert.deepEqual(received, ["answer", "close", "a", "b".repeat(20)]);
  await new Promise<void>((resolve) => server.close(() => resolve()));
});
