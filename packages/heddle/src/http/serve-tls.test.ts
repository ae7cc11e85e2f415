/**
 * Servers with TLS, asked by node:https, node:tls and `connect`.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { get } from "node:https";
import { connect as dial } from "node:net";
import { test } from "node:test";
import { connect as dialTls } from "node:tls";
import { DisconnectedError, HeddleError } from "../base/errors.js";
import { async } from "../future/async.js";
import { fromPromise } from "../future/from-promise.js";
import { END } from "../future/poll.js";
import { pending } from "../future/ready.js";
import { CERTIFICATE, KEY } from "../net/certificate.kit.js";
import { run, spawn } from "../runtime/run.js";
import { connect } from "./connect.js";
import { serve } from "./serve.js";
import { upgrade } from "./upgrade.js";
import type { WebSocket } from "./websocket.js";

const tls = { key: KEY, cert: CERTIFICATE };
const trusted = { ca: CERTIFICATE };
const host = "127.0.0.1";

/** Status and body, by node:https. */
async function asked(url: string): Promise<[number | undefined, string]> {
  const [answer] = await once(get(url, { ...trusted, agent: false }), "response");
  let body = "";
  for await (const chunk of answer.setEncoding("utf8")) body += chunk;
  return [answer.statusCode, body];
}

test("ServeOptions.tls has a server speak HTTPS, to its requests as well as of them", async () => {
  const main = async(function* () {
    const server = yield* serve((request, { incoming }) => new Response(`${request.url} ${incoming.method}`), {
      host,
      tls,
    });
    assert.equal(server.url, `https://localhost:${server.port}`);
    assert.deepEqual(yield* fromPromise(asked(`${server.url}/tea`)), [200, `${server.url}/tea GET`]);
    yield* server.shutdown();
  });
  await run(main());
});

test("connect() opens a WebSocket with TLS, if it trusts the server", async () => {
  const main = async(function* () {
    const shout = async(function* (socket: WebSocket) {
      const message = yield* socket.next();
      if (message !== END) yield* socket.send(String(message).toUpperCase());
    });
    const server = yield* serve((request) => upgrade(request, shout), { host, tls });
    const socket = yield* connect(server.url, { tls: trusted });
    yield* socket.send("hello");
    assert.equal(yield* socket.next(), "HELLO");
    const refused = yield* spawn(connect(server.url)).settled();
    assert.ok(refused.status === "rejected" && refused.reason instanceof DisconnectedError);
    assert.match(refused.reason.message, /self.signed certificate/);
    yield* server.shutdown();
  });
  await run(main());
});

test("serve() with TLS drops the task of a request whose client goes", async () => {
  let dropped: (() => void) | undefined;
  const unwound = new Promise<void>((resolve) => (dropped = resolve));
  const main = async(function* () {
    const server = yield* serve(
      function* () {
        try {
          client.destroy();
          return yield* pending();
        } finally {
          dropped!();
        }
      },
      { host, tls },
    );
    const client = dialTls({ port: server.port, host, servername: "localhost", ...trusted }).on("error", () => {});
    client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    yield* fromPromise(unwound);
    yield* server.shutdown();
  });
  await run(main());
});

test("HttpServer.shutdown() does not wait for clients that have not proven themselves, and neither does dropping it", async () => {
  for (const isDropped of [false, true]) {
    const main = async(function* () {
      const server = yield* serve(() => new Response("hello"), { host, tls });
      const silent = dial(server.port, host).on("error", () => {});
      const closed = once(silent, "close");
      yield* fromPromise(once(silent, "connect"));
      // Another one, behind it, was answered: so the silent one has been accepted.
      assert.deepEqual(yield* fromPromise(asked(server.url)), [200, "hello"]);
      if (isDropped) server[Symbol.dispose]();
      yield* server.shutdown();
      yield* fromPromise(closed);
      assert.equal(server.connections, 0);
    });
    await run(main());
  }
});

test("serve() with TLS goes on after a client that speaks none", async () => {
  const main = async(function* () {
    const server = yield* serve(() => new Response("hello"), { host, tls });
    const plain = dial(server.port, host).on("error", () => {});
    plain.end("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    yield* fromPromise(once(plain.resume(), "close"));
    assert.deepEqual(yield* fromPromise(asked(server.url)), [200, "hello"]);
    yield* server.shutdown();
  });
  await run(main());
});

test("ServeOptions.tls without a certificate is refused at the call", () => {
  for (const none of [{}, { key: KEY }, null as never])
    assert.throws(
      () => serve(() => new Response(), { tls: none }),
      (error) => error instanceof HeddleError && error.code === "net.no-certificate",
    );
  assert.throws(() => serve(() => new Response(), { tls: "yes" as never }), TypeError);
});

test("serve() with TLS says that a certificate cannot be used", async () => {
  await assert.rejects(run(serve(() => new Response(), { tls: { key: "key.pem", cert: "certificate.pem" } })), {
    code: "net.bad-certificate",
    message: /^Cannot serve with TLS: a certificate or a key cannot be used: no start line\nhelp: pass tls: /,
  });
});
