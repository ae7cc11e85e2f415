/**
 * The server, driven by the library of Redis for Node, in both versions of the protocol.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "@redis/client";
import { async, fromPromise, run } from "heddle";
import { withServer } from "./server.kit.js";

for (const RESP of [2, 3] as const)
  test(`serve() is what the library of Redis for Node expects, in RESP${RESP}`, async () => {
    const play = async(function* (port: number) {
      yield* fromPromise(useLibrary(port, RESP));
    });
    await run(withServer(play));
  });

async function useLibrary(port: number, RESP: 2 | 3): Promise<void> {
  const url = `redis://127.0.0.1:${port}`;
  const client = await createClient({ url, RESP, name: "tester" }).connect();
  const subscriber = await client.duplicate().connect();
  try {
    assert.equal(await client.ping(), "PONG");
    assert.equal(await client.set("caf\u00e9", "\u{1f980}"), "OK");
    assert.equal(await client.get("caf\u00e9"), "\u{1f980}");
    assert.equal(await client.get("nothing"), null);
    assert.equal(await client.set("caf\u00e9", "x", { condition: "NX" }), null);
    assert.equal(await client.set("short", "1", { expiration: { type: "EX", value: 100 } }), "OK");
    assert.equal(await client.ttl("short"), 100);
    assert.equal(await client.expire("caf\u00e9", 50), 1);
    assert.deepEqual(await Promise.all([client.incr("n"), client.incr("n"), client.decr("n")]), [1, 2, 1]);
    assert.equal(await client.exists(["short", "n", "nothing"]), 2);
    assert.equal(await client.del(["short", "n"]), 2);
    await assert.rejects(client.incr("caf\u00e9"), /ERR value is not an integer or out of range/);
    assert.equal(await client.clientGetName(), "tester");

    const large = "\u00ff\u0000\r\n".repeat(500_000);
    await client.set("large", large);
    assert.equal((await client.get("large")) === large, true);

    const messages: string[] = [];
    let resolve: (messages: string[]) => void;
    const both = new Promise<string[]>((done) => (resolve = done));
    await subscriber.subscribe(["news", "weather"], (message, channel) => {
      if (messages.push(`${channel}: ${message}`) === 2) resolve(messages);
    });
    assert.equal(await client.publish("news", "one"), 1);
    assert.equal(await client.publish("weather", "two"), 1);
    assert.deepEqual(await both, ["news: one", "weather: two"]);
    await subscriber.unsubscribe("news");
    assert.equal(await client.publish("news", "three"), 0);
  } finally {
    subscriber.destroy();
    client.destroy();
  }
}
