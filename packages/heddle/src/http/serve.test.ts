import assert from "node:assert/strict";
import { once } from "node:events";
import { request as nodeRequest } from "node:http";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { DisconnectedError, HeddleError } from "../base/errors.js";
import { async } from "../future/async.js";
import { fromCallback, fromPromise } from "../future/from-promise.js";
import { joinAll } from "../future/join.js";
import { pending } from "../future/ready.js";
import type { Future } from "../future/poll.js";
import { run, spawn, task } from "../runtime/run.js";
import { Runtime } from "../runtime/runtime.js";
import { fetch } from "./fetch.js";
import { serve } from "./serve.js";
import type { HttpServer } from "./server.js";

const nothing = (): void => {};

/** Waits for what a test has happen by hand. */
function signal(): { happened: () => void; wait: () => Future<void> } {
  let happened = nothing;
  const promise = new Promise<void>((resolve) => (happened = resolve));
  return { happened, wait: () => fromPromise(promise) };
}

const get = async(function* (url: string, init?: RequestInit) {
  const response = yield* fetch(url, init);
  return [response.status, yield* response.text()] as const;
});

/** The code of its error. */
const failed = async(function* (future: Future<unknown>) {
  try {
    yield* future;
  } catch (error) {
    return (error as HeddleError).code;
  }
  return assert.fail("it did not fail");
});

/** A client that writes by hand. */
const dial = async(function* (server: HttpServer, text: string) {
  const socket = connect(server.port, "127.0.0.1");
  yield* fromPromise(once(socket, "connect"));
  socket.on("error", nothing);
  socket.write(text);
  return socket;
});

/** All that comes until the server closes. */
function readAll(socket: Socket): Future<string> {
  return fromPromise(
    new Promise((resolve) => {
      let text = "";
      socket.setEncoding("latin1").on("data", (more) => (text += more));
      socket.on("close", () => resolve(text));
    }),
  );
}

const GET = "GET /x HTTP/1.1\r\nHost: a\r\n\r\n";

test("serve() answers from a generator function, an async function of heddle, a native one, and a plain one", async () => {
  const hello = () => new Response("hello");
  const generator = function* () {
    yield* fromPromise(Promise.resolve());
    return hello();
  };
  const handlers = [generator, async(generator), async () => hello(), hello, () => spawn(generator())];
  const main = async(function* () {
    const answers = [];
    for (const handler of handlers) {
      const server = yield* serve(handler);
      answers.push(yield* get(server.url));
    }
    return answers;
  });
  assert.deepEqual(await run(main()), Array(5).fill([200, "hello"]));
});

test("serve() hands over the request, who asks, and a task called after the path", async () => {
  const main = async(function* () {
    const server = yield* serve(
      async(function* (request, { remoteAddress, remotePort, incoming }) {
        const seen = [request.method, request.url, request.headers.get("x-a"), yield* fromPromise(request.text())];
        return Response.json([...seen, task.name(), remoteAddress, remotePort === incoming.socket.remotePort]);
      }),
      { host: "127.0.0.1" },
    );
    const response = yield* fetch(`http://127.0.0.1:${server.port}/a/b?c=1`, {
      method: "POST",
      headers: { "x-a": "1" },
      body: "tea",
    });
    return [server.port, yield* response.json()] as const;
  });
  const [port, seen] = await run(main());
  const url = `http://127.0.0.1:${port}/a/b?c=1`;
  assert.deepEqual(seen, ["POST", url, "1", "tea", "POST /a/b", "127.0.0.1", true]);
});

test("serve() answers an error with 500, and it is the error of a task that nobody joins", async () => {
  const reported: unknown[] = [];
  const runtime = new Runtime({ onUnhandled: (error, { task: name }) => reported.push(String(error), name) });
  const main = async(function* () {
    const server = yield* serve(function* () {
      yield* fromPromise(Promise.resolve());
      throw new Error("no tea");
    });
    const silent = yield* serve(() => undefined as never);
    return [yield* get(`${server.url}/tea`), yield* get(`${silent.url}/nothing`)];
  });
  const answers = await runtime.run(main());
  await runtime.shutdown();
  assert.deepEqual(answers, Array(2).fill([500, "Internal Server Error"]));
  assert.equal(reported.length, 4);
  assert.equal(reported[0], "Error: no tea");
  assert.match(String(reported[1]), /^task "GET \/tea" \(#\d+\)$/);
  assert.match(
    String(reported[2]),
    /^TypeError: Cannot answer GET \/nothing as a handler must give a Response: received undefined/,
  );
});

test("serve() refuses text, lists and maps in the place of a Response, and says so", async () => {
  const reported: string[] = [];
  const runtime = new Runtime({ onUnhandled: (error) => reported.push(String(error).split("\n")[0]!) });
  const given = ["hello", ["a", "b"], new Map([["status", 200]]), 5, {}, null];
  const main = async(function* () {
    const server = yield* serve(() => given.shift() as never);
    for (const _ of Array(6)) assert.deepEqual(yield* get(server.url), [500, "Internal Server Error"]);
  });
  await runtime.run(main());
  await runtime.shutdown();
  assert.deepEqual(
    reported,
    ['"hello"', "an instance of Array", "an instance of Map", "5", "an instance of Object", "null"].map(
      (what) => `TypeError: Cannot answer GET / as a handler must give a Response: received ${what}`,
    ),
  );
});

test("ServeOptions.onError takes errors, and may answer them", async () => {
  const seen: unknown[] = [];
  const main = async(function* () {
    const server = yield* serve(
      () => {
        throw new Error("no tea");
      },
      {
        onError(error, request) {
          seen.push(String(error), new URL(request!.url).pathname);
          return seen.length === 2 ? new Response("tea is out", { status: 503 }) : undefined;
        },
      },
    );
    return [yield* get(`${server.url}/a`), yield* get(`${server.url}/b`)];
  });
  assert.deepEqual(await run(main()), [
    [503, "tea is out"],
    [500, "Internal Server Error"],
  ]);
  assert.deepEqual(seen, ["Error: no tea", "/a", "Error: no tea", "/b"]);
});

for (const replaceGlobals of [true, false])
  test(`serve() reports a body that breaks off while it is sent, once, and closes the connection (replaceGlobals: ${replaceGlobals})`, async (t) => {
    const reported: unknown[] = [];
    const printed = t.mock.method(console, "error", nothing);
    const runtime = new Runtime({ onUnhandled: (error, { task: name }) => reported.push(String(error), name) });
    const seen: unknown[] = [];
    const breaking = (): Response => {
      let left = 5;
      return new Response(
        new ReadableStream({
          pull(controller) {
            if (left-- > 0) controller.enqueue(new Uint8Array(9));
            else controller.error(new Error("no more tea"));
          },
        }),
      );
    };
    const main = async(function* () {
      const server = yield* serve(breaking, { replaceGlobals });
      const heard = signal();
      const quiet = yield* serve(breaking, {
        replaceGlobals,
        onError(error, request) {
          seen.push(String(error), new URL(request!.url).pathname);
          heard.happened();
          return new Response("too late");
        },
      });
      const codes = [];
      for (const { url } of [server, quiet])
        try {
          yield* get(`${url}/tea`);
        } catch (error) {
          codes.push((error as HeddleError).code);
        }
      yield* heard.wait();
      yield* server.shutdown();
      yield* quiet.shutdown();
      return codes;
    });
    assert.deepEqual(await runtime.run(main()), Array(2).fill("http.disconnected"));
    await runtime.shutdown();
    assert.equal(reported[0], "Error: no more tea");
    assert.match(String(reported[1]), /^task "GET \/tea"/);
    assert.equal(reported.length, 2);
    assert.deepEqual(seen, ["Error: no more tea", "/tea"]);
    assert.equal(printed.mock.callCount(), 0);
  });

test("serve() answers 500 in the place of what cannot be sent, reports it, and goes on", async (t) => {
  const seen: string[] = [];
  const printed = t.mock.method(console, "error", nothing);
  const stream = (piece: unknown) => new ReadableStream({ pull: (controller) => controller.enqueue(piece) });
  const answers: Record<string, () => Response> = {
    "/character": () => new Response("x", { headers: { "x-name": "\u017c" } }),
    "/line": () => new Response(null, { headers: { "x-name": "a\r\nset-cookie: b" } }),
    "/name": () => new Response(stream(new Uint8Array(9)), { headers: { "a b": "c" } }),
    "/list": () => new Response("x", { headers: [["x-name", "\u017c"]] }),
    "/status": () => new Response("x", { status: 1000 }),
    "/error": () => Response.error(),
    "/fine": () => new Response("x", { headers: { "x-name": "\u00fc" } }),
  };
  const main = async(function* () {
    const options = { onError: (error: unknown) => void seen.push(String(error).split("\n")[0]!) };
    const answer = ({ url }: Request): Response => answers[new URL(url).pathname]!();
    const atOnce = yield* serve(answer, options);
    const later = yield* serve(async (request) => {
      await new Promise(setImmediate);
      return answer(request);
    }, options);
    const statuses: unknown[] = [];
    for (const { url } of [atOnce, later])
      for (const path of Object.keys(answers)) statuses.push((yield* get(url + path)).join(" "));
    yield* atOnce.shutdown();
    yield* later.shutdown();
    return statuses;
  });
  const expected = [...Array(6).fill("500 Internal Server Error"), "200 x"];
  assert.deepEqual(await run(main()), [...expected, ...expected]);
  assert.equal(seen.length, 12);
  assert.match(seen[0]!, /Invalid character in header content \["x-name"\]/);
  assert.match(seen[4]!, /status.*1000/i);
  assert.equal(printed.mock.callCount(), 0);
});

test("serve() reports a body that gives no bytes", async () => {
  const seen: string[] = [];
  const main = async(function* () {
    const server = yield* serve(
      () => new Response(new ReadableStream({ pull: (controller) => controller.enqueue({ no: "bytes" }) })),
      { onError: (error) => void seen.push((error as { code: string }).code) },
    );
    const code = yield* failed(get(server.url));
    for (let turns = 0; turns < 100 && seen.length === 0; turns++)
      yield* fromPromise(new Promise((resolve) => setImmediate(resolve)));
    yield* server.shutdown();
    return code;
  });
  assert.equal(await run(main()), "http.disconnected");
  assert.deepEqual(seen, ["ERR_INVALID_ARG_TYPE"]);
});

test("serve() answers clients of HTTP/1.0, which need not name the host", async () => {
  const main = async(function* () {
    const server = yield* serve((request) => new Response(request.url));
    const text = yield* readAll(yield* dial(server, "GET /x HTTP/1.0\r\n\r\n"));
    yield* server.shutdown();
    return text;
  });
  assert.match(await run(main()), /^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nhttp:\/\/localhost\/x$/);
});

test("serve() says that the body of a Response was read, or given, before", async () => {
  const seen: string[] = [];
  const main = async(function* () {
    const once = new Response(new ReadableStream({ start: (controller) => controller.close() }));
    const server = yield* serve(() => once, { onError: (error) => void seen.push(String(error).split("\n")[0]!) });
    return [yield* get(server.url), yield* get(server.url)];
  });
  assert.deepEqual(await run(main()), [
    [200, ""],
    [500, "Internal Server Error"],
  ]);
  assert.deepEqual(seen, [
    "TypeError: Cannot answer GET / as the body of the Response must not have been read: it was",
  ]);
});

test("serve() does not report a body whose source ends because its client is gone", async () => {
  const seen: unknown[] = [];
  const main = async(function* () {
    const ended = signal();
    const server = yield* serve(
      (request) =>
        new Response(
          new ReadableStream({
            start: (controller) =>
              request.signal.addEventListener("abort", () => {
                controller.error(request.signal.reason);
                ended.happened();
              }),
          }),
        ),
      { onError: (error) => void seen.push(error) },
    );
    const response = yield* fetch(server.url);
    response[Symbol.dispose]();
    yield* ended.wait();
    yield* server.shutdown();
  });
  await run(main());
  assert.deepEqual(seen, []);
});

test("serve() drops the task of a request whose client goes, and its cleanup runs", async () => {
  const log: string[] = [];
  const main = async(function* () {
    const begun = signal();
    const cleaned = signal();
    const server = yield* serve(
      async(function* (request) {
        request.signal.addEventListener("abort", () => log.push("signal"));
        try {
          begun.happened();
          yield* pending();
          log.push("never said");
        } finally {
          log.push("finally");
          yield* fromPromise(Promise.resolve());
          log.push("cleaned up");
          cleaned.happened();
        }
        return new Response();
      }),
    );
    const client = spawn(get(server.url));
    yield* begun.wait();
    assert.equal(server.requests, 1);
    client.abort();
    yield* client.settled();
    yield* cleaned.wait();
    const socket = yield* dial(server, GET);
    yield* fromPromise(new Promise((resolve) => setImmediate(resolve)));
    socket.resetAndDestroy();
    yield* server.shutdown();
    assert.deepEqual([server.requests, server.connections], [0, 0]);
  });
  await run(main());
  assert.deepEqual(log.slice(0, 3).toSorted(), ["cleaned up", "finally", "signal"]);
});

test("serve() ends with its task, which is not over before the cleanups of the requests are", async () => {
  const log: string[] = [];
  const begun = signal();
  const wait = function* () {
    try {
      begun.happened();
      yield* pending();
    } finally {
      yield* fromPromise(new Promise((resolve) => setImmediate(resolve)));
      log.push("request cleaned up");
    }
    return new Response();
  };
  const owner = async(function* () {
    const server = yield* serve(wait);
    const client = spawn(get(server.url));
    yield* begun.wait();
    log.push("owner returns");
    return { server, client };
  });
  const main = async(function* () {
    const { server, client } = yield* spawn(owner());
    log.push("owner is over");
    yield* server.closed();
    const settled = [yield* client.settled(), yield* spawn(get(server.url)).settled()];
    return settled.map(({ status }) => status);
  });
  assert.deepEqual(await run(main()), ["rejected", "rejected"]);
  assert.deepEqual(log, ["owner returns", "request cleaned up", "owner is over"]);
});

test("ServeOptions.detached keeps the server beyond its task, until it is disposed of", async () => {
  const server = await run(serve(() => new Response("still here"), { detached: true }));
  assert.deepEqual(await run(get(server.url)), [200, "still here"]);
  await server[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
  await assert.rejects(run(get(server.url)), DisconnectedError);
});

test("a detached server ends with its runtime", async () => {
  const runtime = new Runtime();
  const server = await runtime.run(serve(() => new Response("x"), { detached: true }));
  await runtime.shutdown();
  await run(server.closed());
});

test("ServeOptions.signal drops the server", async () => {
  const main = async(function* () {
    for (const controller of [new AbortController(), { signal: AbortSignal.abort(), abort: nothing }]) {
      const begun = signal();
      const server = yield* serve(
        function* () {
          begun.happened();
          return yield* pending();
        },
        { signal: controller.signal },
      );
      const client = spawn(get(server.url));
      if (!controller.signal.aborted) yield* begun.wait();
      controller.abort();
      yield* server.closed();
      assert.equal((yield* client.settled()).status, "rejected");
    }
  });
  await run(main());
});

test("HttpServer.shutdown() lets answers come to their end, closes idle connections, and takes no new ones", async () => {
  const main = async(function* () {
    const begun = signal();
    const go = signal();
    const server = yield* serve(function* () {
      begun.happened();
      yield* go.wait();
      return new Response("whole");
    });
    const idle = readAll(yield* dial(server, ""));
    const busy = readAll(yield* dial(server, GET));
    yield* begun.wait();
    const shutdown = spawn(server.shutdown());
    assert.equal(yield* idle, "");
    assert.equal((yield* spawn(get(server.url)).settled()).status, "rejected");
    assert.equal(shutdown.isFinished, false);
    go.happened();
    const text = yield* busy;
    assert.match(text, /^HTTP\/1.1 200 OK\r\n/);
    assert.match(text, /\r\nconnection: close\r\n/i);
    assert.match(text, /\r\n\r\nwhole$/);
    yield* shutdown;
    yield* server.closed();
  });
  await run(main());
});

test("HttpServer.shutdown() closes a connection whose headers were sent before, after the body", async () => {
  const main = async(function* () {
    const begun = signal();
    const go = signal();
    const server = yield* serve(() => {
      const pieces = new TransformStream<string, string>();
      const writer = pieces.writable.getWriter();
      const write = async () => {
        await writer.write("one ");
        begun.happened();
        await run(go.wait());
        await writer.write("two");
        await writer.close();
      };
      void write();
      return new Response(pieces.readable.pipeThrough(new TextEncoderStream()));
    });
    const busy = readAll(yield* dial(server, GET));
    yield* begun.wait();
    const shutdown = spawn(server.shutdown());
    go.happened();
    assert.match(yield* busy, /one [^]*two\r\n0\r\n\r\n$/);
    yield* shutdown;
  });
  await run(main());
});

test("HttpServer.shutdown() drops what is not over in time, by the clock of the runtime", async () => {
  const runtime = new Runtime({ startPaused: true });
  const log: string[] = [];
  const main = async(function* () {
    const begun = signal();
    const server = yield* serve(function* () {
      try {
        begun.happened();
        return yield* pending();
      } finally {
        log.push("dropped");
      }
    });
    const client = spawn(get(server.url));
    yield* begun.wait();
    yield* server.shutdown({ timeout: { hours: 1 } });
    log.push("closed");
    return (yield* client.settled()).status;
  });
  assert.equal(await runtime.run(main()), "rejected");
  assert.deepEqual(log, ["dropped", "closed"]);
  await runtime.shutdown();
});

test("serve() says which address cannot be had, and why", async () => {
  const main = async(function* () {
    const server = yield* serve(() => new Response());
    return [server.port, yield* spawn(serve(() => new Response(), { port: server.port })).settled()] as const;
  });
  const [port, settled] = await run(main());
  assert.equal(settled.status, "rejected");
  const { reason } = settled as PromiseRejectedResult;
  assert.ok(reason instanceof HeddleError);
  assert.equal(reason.code, "http.cannot-listen");
  assert.equal(
    reason.message,
    `Cannot listen at *:${port}: another one listens there (EADDRINUSE)\n` +
      "help: stop that one, or choose another port; 0 takes a free one",
  );
});

test("serve() refuses at once what it cannot use", () => {
  const refused = (options: object, error: Function, message: RegExp): void =>
    assert.throws(
      () => serve(() => new Response(), options),
      (thrown: Error) => {
        assert.ok(thrown instanceof error);
        assert.match(thrown.message, message);
        return true;
      },
    );
  assert.throws(
    () => serve("x" as never),
    /^TypeError: Cannot serve as 'handler' must be a function: received "x"\nhelp: /,
  );
  refused({ prot: 1 }, TypeError, /^Cannot serve as 'prot' is not an option\nhelp: the options are port, /);
  refused({ port: "1" }, TypeError, /^Cannot serve as 'port' must be of type number: received "1"$/);
  refused({ port: 70_000 }, RangeError, /'port' must be an integer from 0 to 65535: received 70000$/);
  refused(
    { path: "/".repeat(108) },
    RangeError,
    /'path' must have at most 10\d bytes on this system: received one of 108/,
  );
  refused({ path: "/x", port: 1 }, TypeError, /'path' and 'port' or 'host' exclude each other/);
  refused({ maxConnections: 0 }, RangeError, /'maxConnections' must be an integer >= 1: received 0$/);
  refused({ headerTimeout: -1 }, RangeError, /'headerTimeout' must be a number of milliseconds >= 0: received -1/);
});

test("ServeOptions.headerTimeout and maxHeaderSize hold", async () => {
  const main = async(function* () {
    const server = yield* serve(() => new Response("x"), { headerTimeout: 30, maxHeaderSize: 1000 });
    const clients = yield* joinAll([
      dial(server, "GET / HTTP/1.1\r\nHost:"),
      dial(server, `GET / HTTP/1.1\r\nHost: a\r\nX: ${"y".repeat(2000)}\r\n\r\n`),
    ]);
    return (yield* joinAll(clients.map(readAll))).map((answer) => answer.split("\r\n")[0]);
  });
  assert.deepEqual(await run(main()), ["HTTP/1.1 408 Request Timeout", "HTTP/1.1 431 Request Header Fields Too Large"]);
});

test("ServeOptions.maxConnections closes those that are too many", async () => {
  const main = async(function* () {
    const server = yield* serve(() => new Response("x"), { maxConnections: 2 });
    const [first] = yield* joinAll([dial(server, ""), dial(server, "")]);
    const third = yield* spawn(get(server.url)).settled();
    first!.write(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"));
    return [third.status, (yield* readAll(first!)).split("\r\n")[0]];
  });
  assert.deepEqual(await run(main()), ["rejected", "HTTP/1.1 200 OK"]);
});

test("serve() answers pipelined requests in order, and a bad one with 400", async () => {
  const main = async(function* () {
    const server = yield* serve(
      async(function* (request) {
        if (request.url.endsWith("/slow")) yield* fromPromise(new Promise((resolve) => setImmediate(resolve)));
        return new Response(new URL(request.url).pathname);
      }),
    );
    const lines = ["/slow", "/fast", "/last"].map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n`).join("\r\n");
    const answers = yield* readAll(yield* dial(server, `${lines}Connection: close\r\n\r\n`));
    const bad = yield* readAll(yield* dial(server, "GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n"));
    return [answers.match(/^\/\w+(?=HTTP|$)/gm), bad.split("\r\n")[0]];
  });
  assert.deepEqual(await run(main()), [["/slow", "/fast", "/last"], "HTTP/1.1 400 Bad Request"]);
});

test("serve() gives OPTIONS * to the handler as a request for the root, and refuses * with other methods", async () => {
  const main = async(function* () {
    const server = yield* serve(({ method, url }) => new Response(null, { headers: { seen: `${method} ${url}` } }));
    const ask = async(function* (method: string) {
      return yield* readAll(yield* dial(server, `${method} * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`));
    });
    const options = yield* ask("OPTIONS");
    const get = yield* ask("GET");
    return [options.split("\r\n")[0], /^seen: (.*)$/m.exec(options)?.[1], get.split("\r\n")[0]];
  });
  assert.deepEqual(await run(main()), ["HTTP/1.1 200 OK", "OPTIONS http://a/", "HTTP/1.1 400 Bad Request"]);
});

test("serve() listens at a Unix socket", { skip: process.platform === "win32" }, async () => {
  const path = `/tmp/heddle-${process.pid}.sock`;
  const main = async(function* () {
    const server = yield* serve(() => new Response("over a file"), { path });
    assert.deepEqual([server.address, server.port, server.url], [path, 0, ""]);
    return yield* fromCallback<string>((resolve) => {
      nodeRequest({ socketPath: path }, (response) => {
        response.setEncoding("utf8").on("data", resolve);
      }).end();
    });
  });
  assert.equal(await run(main()), "over a file");
});

test("serve() leaves `instanceof Response` true for the platform's, and with replaceGlobals: false the globals alone", async () => {
  const { Response: before } = globalThis;
  const main = async(function* () {
    yield* serve(() => new Response(), { replaceGlobals: false });
    assert.equal(globalThis.Response, before);
    const server = yield* serve(() => new Response("x"));
    const { raw } = yield* fetch(server.url);
    assert.ok(raw instanceof Response && new Response() instanceof before);
    assert.ok(!({} instanceof Response));
    yield* fromPromise(raw.text());
  });
  await run(main());
});

test("serve() answers HEAD without reading a body that is a stream, and cancels it", async () => {
  const main = async(function* () {
    const happened: string[] = [];
    const endless = (name: string): ReadableStream<Uint8Array> =>
      new ReadableStream({
        pull: (controller) => void (name === "quick" && controller.enqueue(new Uint8Array(9))),
        cancel: () => void happened.push(name),
      });
    const server = yield* serve((request) => {
      const name = request.url.split("/").at(-1)!;
      if (name === "text") return new Response("hello");
      return new Response(endless(name), { status: 202, headers: { "x-name": name } });
    });
    const answers = [];
    for (const name of ["quick", "silent", "text"]) {
      const { status, headers } = yield* fetch(`${server.url}/${name}`, { method: "HEAD" });
      answers.push([status, headers.get("x-name"), headers.get("content-length")]);
    }
    const socket = yield* dial(
      server,
      "HEAD /quick HTTP/1.1\r\nHost: a\r\n\r\nGET /text HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
    );
    const both = yield* readAll(socket);
    yield* server.shutdown();
    return [answers, happened, both.match(/HTTP\/1.1 \d+/g), both.includes("hello")];
  });
  assert.deepEqual(await run(main()), [
    [
      [202, "quick", null],
      [202, "silent", null],
      [200, null, "5"],
    ],
    ["quick", "silent", "quick"],
    ["HTTP/1.1 202", "HTTP/1.1 200"],
    true,
  ]);
});
