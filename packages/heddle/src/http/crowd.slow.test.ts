/**
 * A crowd of clients that come, change their minds and go, and handlers of every kind. The ledger: whoever stays has the answer to the request that was made, whole; each
 * handler that began has run its cleanup; nothing is left.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { connect } from "node:net";
import { test } from "node:test";
import { async } from "../future/async.js";
import { joinAll } from "../future/join.js";
import { fromPromise } from "../future/from-promise.js";
import { shielded } from "../future/shielded.js";
import { run } from "../runtime/run.js";
import { sleep } from "../time/sleep.js";
import { serve } from "./serve.js";

const CLIENTS = 40;
const EACH = 60;
const LONG = 200_000;
/** HOST: on Deno 2.9 a request of node:http that is given up may stop its agent for ever. */
const mayGiveUp = !("Deno" in globalThis);
/** HOST: Bun's servers answer only the first of several requests that come at once. */
const mayBeHasty = !("Bun" in globalThis);

/** A small generator, so that a run can be had again by its seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    return (state >>> 8) % below;
  };
}

const wait = (milliseconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, milliseconds));

const ledger = { began: 0, cleaned: 0 };

const farewell = async(function* () {
  yield* sleep(1);
  ledger.cleaned++;
});

const careful = async(function* (answer: string) {
  ledger.began++;
  try {
    yield* sleep(Number(answer.at(-1)) % 4);
    return new Response(answer);
  } finally {
    // The client may go while it is here as well, where nothing has cancelled it before.
    yield* shielded(farewell());
  }
});

/** What a handler does with a request, by the first part of its path. Each gives the path back, but where it says otherwise. */
const HANDLERS: Record<string, (path: string, request: Request) => any> = {
  once: (path) => new Response(path),
  heddle: (path) => careful(path),
  native: async (path) => (await wait(1), new Response(path)),
  quick: async (path) => new Response(path),
  plain: function* (path) {
    yield* sleep(0);
    return new Response(path);
  },
  fails: (path) => {
    throw new Error(path);
  },
  later: async(function* (path: string) {
    yield* sleep(1);
    throw new Error(path);
  }),
  body: async (_path, asked) => new Response(await asked.text()),
  stream: (path) => new Response(new Blob([path, "x".repeat(LONG)]).stream()),
  ignores: (path) => new Response(path),
};
const KINDS = Object.keys(HANDLERS);

/** What the client of a path has to be answered. */
function expected(kind: string, path: string): [status: number, body: string] {
  if (kind === "fails" || kind === "later") return [500, `sorry: ${path}`];
  return [200, kind === "stream" ? path + "x".repeat(LONG) : path];
}

/** One client: requests one after the other, of which it gives some up. */
async function client(port: number, name: number, seed: number): Promise<number> {
  const random = numbers(seed);
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  let answered = 0;
  for (let turn = 0; turn < EACH; turn++) {
    const kind = KINDS[random(KINDS.length)]!;
    const path = `/${kind}/${name}/${turn}`;
    const posts = kind === "body" || kind === "ignores";
    const asked = request({ port, host: "127.0.0.1", path, agent, method: posts ? "POST" : "GET" });
    const givesUp = mayGiveUp && random(5) === 0 ? random(4) : -1;
    const answer = once(asked, "response") as Promise<[import("node:http").IncomingMessage]>;
    asked.end(posts ? path : undefined);
    if (givesUp >= 0) {
      answer.catch(() => {});
      asked.on("error", () => {});
      if (givesUp > 0) await wait(givesUp - 1);
      asked.destroy();
      continue;
    }
    const [response] = await answer;
    let body = "";
    for await (const chunk of response.setEncoding("utf8")) body += chunk;
    assert.deepEqual([response.statusCode, body], expected(kind, path));
    answered++;
  }
  agent.destroy();
  return answered;
}

/** A client that does not wait for answers before it asks on, and may go before it has them. */
async function hasty(port: number, name: number, seed: number): Promise<void> {
  const random = numbers(seed);
  for (let turn = 0; turn < EACH / 4; turn++) {
    const paths = Array.from(
      { length: 1 + random(6) },
      (_, at) => `/${["once", "heddle", "native"][random(3)]}/${name}/${turn}/${at}`,
    );
    const socket = connect(port, "127.0.0.1").on("error", () => {});
    const last = (path: string): string => (path === paths.at(-1) ? "Connection: close\r\n" : "");
    socket.write(paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n${last(path)}\r\n`).join(""));
    if (random(3) === 0) {
      await wait(random(3));
      socket.resetAndDestroy();
      continue;
    }
    let bytes = "";
    for await (const chunk of socket.setEncoding("latin1")) bytes += chunk;
    assert.deepEqual(bytes.match(/(?<=\r\n\r\n)\/[\w/]+?(?=HTTP|$)/g), paths);
  }
}

test("whatever clients and handlers do, who stays is answered, and every cleanup is run", async () => {
  const seed = Number(process.env["SEED"] ?? Math.trunc(Math.random() * 1e9));
  console.log(`SEED=${seed}`);
  const main = async(function* () {
    const server = yield* serve(
      (asked) => {
        const path = new URL(asked.url).pathname;
        return HANDLERS[path.split("/")[1]!]!(path, asked);
      },
      {
        host: "127.0.0.1",
        onError: (error) => new Response(`sorry: ${(error as Error).message}`, { status: 500 }),
      },
    );
    const { port } = server;
    const clients = [
      ...Array.from({ length: CLIENTS }, (_, name) => client(port, name, seed + name)),
      ...Array.from({ length: mayBeHasty ? CLIENTS / 4 : 0 }, (_, name) => hasty(port, name, seed - name)),
    ];
    const counts = yield* joinAll(clients.map((each) => fromPromise<number | void>(each)));
    assert.ok(counts.every((count) => count === undefined || count > 0));
    yield* server.shutdown({ timeout: 20_000 });
    assert.deepEqual([server.connections, server.requests], [0, 0]);
  });
  await run(main());
  assert.ok(ledger.began > 0);
  assert.equal(ledger.cleaned, ledger.began);
});
