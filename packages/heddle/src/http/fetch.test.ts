import assert from "node:assert/strict";
import { createServer, type RequestListener, type Server } from "node:http";
import { once } from "node:events";
import { type AddressInfo } from "node:net";
import { after, test } from "node:test";
import { AbortedError, ClosedError, DisconnectedError, ElapsedError } from "../base/errors.js";
import { async } from "../future/async.js";
import { join, joinAll } from "../future/join.js";
import { race } from "../future/race.js";
import { map } from "../future/gather-one.js";
import { fromCallback, fromPromise } from "../future/from-promise.js";
import { END, type Future } from "../future/poll.js";
import { collectGarbage } from "../base/garbage.kit.js";
import { fromAsyncIterable } from "../io/iterables.js";
import { run, spawn } from "../runtime/run.js";
import { Runtime } from "../runtime/runtime.js";
import { yieldNow } from "../task/yield-now.js";
import { fetch, type FetchOptions } from "./fetch.js";
import type { HttpResponse } from "./response.js";
import { ShapeError, type StandardSchema } from "./shape.js";

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

/** A real server on loopback. Gives its base URL. */
async function serve(listener: RequestListener): Promise<{ server: Server; url: string }> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  servers.push(server);
  await once(server, "listening");
  return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

const body = (text: string): RequestListener => {
  return (_request, response) => void response.end(text);
};

async function failure(promise: PromiseLike<unknown>): Promise<any> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  assert.fail("did not throw");
}

const get = async(function* (url: string, read: (response: HttpResponse) => Future<any>, options?: FetchOptions) {
  return yield* read(yield* fetch(url, options));
});

test("fetch() sends nothing before it is polled, and gives status, headers and body", async () => {
  const seen: string[] = [];
  const { url } = await serve((request, response) => {
    seen.push(`${request.method} ${request.url} ${request.headers["x-a"]}`);
    response.writeHead(409, { "x-b": "2" }).end("short and stout");
  });
  const future = fetch(`${url}/pot?x=1`, { method: "POST", headers: { "x-a": "1" }, body: "tea" });
  await new Promise(setImmediate);
  assert.deepEqual(seen, []);
  const answer = async(function* () {
    const response = yield* future;
    const { status, ok, statusText } = response;
    return [status, ok, statusText, response.headers.get("x-b"), response.url, yield* response.text()];
  });
  assert.deepEqual(await run(answer()), [409, false, "Conflict", "2", `${url}/pot?x=1`, "short and stout"]);
  assert.deepEqual(seen, ["POST /pot?x=1 1"]);
});

test("HttpResponse.bytes() and json() read the body, each once", async () => {
  const { url } = await serve(body('{"a":[1,2]}'));
  assert.deepEqual(await run(get(url, (response) => response.json())), { a: [1, 2] });
  assert.deepEqual(await run(get(url, (response) => response.bytes())), new Uint8Array(Buffer.from('{"a":[1,2]}')));
  const twice = async(function* () {
    const response = yield* fetch(url);
    yield* response.text();
    yield* response.text();
  });
  const error = await failure(run(twice()));
  assert.ok(error instanceof ClosedError);
  assert.equal(
    error.message,
    `Cannot read the body of ${url}/: it was read before\nhelp: read it once, and keep what it gives`,
  );
});

test("fetch() that is dropped closes the connection", async () => {
  const arrived = fromCallback<void>((resolve) => void (onRequest = resolve));
  let onRequest!: () => void;
  let onClose!: (complete: boolean) => void;
  const closed = new Promise<boolean>((resolve) => (onClose = resolve));
  const { url } = await serve((request, response) => {
    response.on("close", () => onClose(response.writableFinished));
    onRequest();
    void request;
  });
  const winner = race([map(fetch(url), () => "answer"), map(arrived, () => "gave up")]);
  assert.equal(await run(winner), "gave up");
  assert.equal(await closed, false);
});

test("HttpResponse.text() that is dropped closes the connection", async () => {
  let onClose!: (complete: boolean) => void;
  const closed = new Promise<boolean>((resolve) => (onClose = resolve));
  const { url } = await serve((_request, response) => {
    response.on("close", () => onClose(response.writableFinished));
    response.write("the beginning");
  });
  const main = async(function* () {
    const response = yield* fetch(url);
    const handle = spawn(
      async(function* () {
        yield* response.text();
      })(),
    );
    yield* fromCallback<void>((resolve) => void setImmediate(resolve));
    handle.abort();
    return yield* handle.settled();
  });
  const settled = await run(main());
  assert.equal(settled.status, "rejected");
  assert.equal(await closed, false);
});

test("HttpResponse[Symbol.dispose]() closes the connection of a body that nobody read", async () => {
  let onClose!: (complete: boolean) => void;
  const closed = new Promise<boolean>((resolve) => (onClose = resolve));
  const { url } = await serve((_request, response) => {
    response.on("close", () => onClose(response.writableFinished));
    response.write("the beginning");
  });
  const main = async(function* () {
    const response = yield* fetch(url);
    response[Symbol.dispose]();
    response[Symbol.dispose]();
    yield* response.text();
  });
  const error = await failure(run(main()));
  assert.equal(error.code, "http.body-over");
  assert.match(error.message, /: it was disposed of\n/);
  assert.equal(await closed, false);
});

test("fetch() fails with AbortedError when the user's signal is aborted, before, during and after the answer", async () => {
  const { url } = await serve((_request, response) => void response.write("the beginning"));
  const aborted = await failure(run(fetch(url, { signal: AbortSignal.abort("no need") })));
  assert.ok(aborted instanceof AbortedError);
  assert.equal(aborted.cause, "no need");

  const { url: silent } = await serve(() => controller.abort("enough"));
  const controller = new AbortController();
  const during = await failure(run(fetch(silent, { signal: controller.signal })));
  assert.equal(during.name, "AbortError");
  assert.equal(during.message, `Cannot finish the request to ${silent}/: it was aborted with "enough"`);

  const late = new AbortController();
  const main = async(function* () {
    const response = yield* fetch(url, { signal: late.signal });
    setImmediate(() => late.abort("too late"));
    yield* response.text();
  });
  assert.equal((await failure(run(main()))).cause, "too late");
});

test("fetch() says with the URL that the connection was refused", async () => {
  const { server, url } = await serve(body(""));
  server.close();
  await once(server, "close");
  const error = await failure(run(fetch(`${url}/users/7`)));
  assert.ok(error instanceof DisconnectedError);
  assert.equal(error.code, "http.refused");
  assert.equal(
    error.message,
    `Cannot fetch ${url}/users/7: the connection was refused (ECONNREFUSED)\n` +
      "help: start the server, or correct the host and port of the URL",
  );
});

test("fetch() and text() say that the server went away", async () => {
  const { url } = await serve((request, response) => {
    if (request.url === "/body") response.writeHead(200, { "content-length": 100 }).write("the beginning");
    setImmediate(() => request.socket.destroy());
  });
  const before = await failure(run(fetch(`${url}/head`)));
  assert.ok(before instanceof DisconnectedError);
  assert.equal(before.code, "http.disconnected");
  const during = await failure(run(get(`${url}/body`, (response) => response.text())));
  assert.equal(during.code, "http.disconnected");
  assert.match(during.message, /^Cannot read the body of http:.*\/body: the server closed the connection before/);
});

test("fetch() refuses at once what is no URL, and says nothing of a password", async () => {
  for (const input of ["nowhere", "localhost:8080", "127.0.0.1:80/path"])
    assert.throws(
      () => fetch(input),
      (error: Error) =>
        error instanceof TypeError &&
        error.message.startsWith(`Cannot fetch as 'input' must be an absolute URL: received "${input}"\nhelp: `),
    );
  for (const input of ["http://ada:secret@localhost/", "http://:secret@localhost/", "http://secret@localhost/"])
    assert.throws(() => fetch(input), {
      name: "TypeError",
      message: `Cannot fetch as 'input' must be a URL without credentials: received one for "localhost" with a user or a password\nhelp: pass them as a header: { headers: { authorization: "Basic …" } }`,
    });
});

const user: StandardSchema<{ name: string }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate(value: any) {
      const issues = [];
      if (typeof value?.name !== "string") issues.push({ message: "expected a string", path: ["name"] });
      if (typeof value?.logins?.[0]?.at !== "string")
        issues.push({ message: "expected a time", path: ["logins", { key: 0 }, "at"] });
      return issues.length === 0 ? { value } : { issues };
    },
  },
};

test("HttpResponse.json() names the place and what was received when the body has another shape", async () => {
  const { url } = await serve(body('{"name":7,"logins":[{"when":1}]}'));
  const error = await failure(run(get(url, (response) => response.json(user))));
  assert.ok(error instanceof ShapeError);
  assert.equal(error.code, "http.wrong-shape");
  assert.equal(
    error.message,
    `Cannot accept the body of ${url}/ as it has another shape than expected:\n` +
      "  name: expected a string, received 7\n" +
      "  logins[0].at: expected a time, received nothing\n" +
      "help: compare what the server sends with what the program expects of it",
  );
  assert.deepEqual([error.issues.length, error.value], [2, { name: 7, logins: [{ when: 1 }] }]);
});

class Mistakes extends Array<string> {}

/** As ArkType has them: a function that gives the value or what is wrong with it, and a schema as well. */
const checked: StandardSchema<{ name: string }> & ((value: unknown) => { name: string } | Mistakes) = Object.assign(
  () => new Mistakes("call the schema"),
  user,
);

test("HttpResponse.json() takes a schema that can be called for the schema that it is", async () => {
  const url = `data:application/json,${encodeURIComponent('{"name":"ada","logins":[{"at":"now"}]}')}`;
  const name = async(function* () {
    // Compiles only if the schema's type counts, without the mistakes.
    const { name }: { name: string } = yield* (yield* fetch(url)).json(checked);
    return name;
  });
  assert.equal(await run(name()), "ada");
});

test("HttpResponse.json() takes what a schema or a function returns", async () => {
  const { url } = await serve(body('{"name":"ada","logins":[{"at":"noon"}]}'));
  assert.equal((await run(get(url, (response) => response.json(user)))).name, "ada");
  assert.equal(await run(get(url, (response) => response.json((value: any) => value.name.length))), 3);
  const error = await failure(
    run(
      get(url, (response) =>
        response.json(() => {
          throw new Error("no such luck");
        }),
      ),
    ),
  );
  assert.equal(
    error.message.split("\n")[0],
    `Cannot accept the body of ${url}/ as it has another shape than expected:` +
      ' the body: no such luck, received {"name":"ada","logins":[{"at":"noon"}]}',
  );
  assert.equal(error.cause.message, "no such luck");
});

test("HttpResponse.json() says what it received when that is not JSON", async () => {
  const { url } = await serve(body("<!doctype html>"));
  const error = await failure(run(get(url, (response) => response.json())));
  assert.equal(error.code, "http.not-json");
  assert.match(error.message, /^Cannot read the body of .* as JSON: received "<!doctype html>"\n/);
  const wrong = await failure(run(get(url, (response) => response.json(3 as any))));
  assert.match(wrong.message, /'validator' must be a Standard Schema or a function: received 3/);
});

test("fetch() joined makes its requests at once", async () => {
  const waiting: (() => void)[] = [];
  const { url } = await serve((_request, response) => {
    waiting.push(() => response.end("x"));
    if (waiting.length === 4) for (const answer of waiting) answer();
  });
  const texts = await run(joinAll([1, 2, 3, 4].map(() => get(url, (response) => response.text()))));
  assert.deepEqual(texts, ["x", "x", "x", "x"]);
});

test("HttpResponse.next() and read() give the body as it comes, and the server waits while nobody reads", async () => {
  let written = 0;
  const piece = Buffer.alloc(65_536, 1);
  const total = 200;
  const { url } = await serve((_request, response) => {
    const more = (): void => {
      while (written < total) {
        written++;
        if (!response.write(piece)) return void response.once("drain", more);
      }
      response.end();
    };
    more();
  });
  const main = async(function* () {
    const response = yield* fetch(url);
    let before;
    for (let calm = 0; calm < 20; calm = before === written ? calm + 1 : 0) {
      before = written;
      yield* fromCallback<void>((resolve) => void setImmediate(resolve));
    }
    assert.ok(written < total, `${written} of ${total} pieces were written though nobody reads`);
    let bytes = yield* response.read(new Uint8Array(10));
    assert.equal(bytes, 10);
    assert.equal((yield* spawn(response.text()).settled()).status, "rejected");
    for (;;) {
      const chunk = yield* response.next();
      if (chunk === END) break;
      bytes += chunk.length;
    }
    assert.equal(yield* response.read(new Uint8Array(1)), 0);
    return bytes;
  });
  assert.equal(await run(main()), total * piece.length);
});

test("HttpResponse.next() that is dropped loses nothing, and a response is an async iterable for native code", async () => {
  const { url } = await serve((_request, response) => {
    let n = 0;
    const more = (): void => {
      if (n === 50) response.end();
      else {
        response.write(Buffer.of(n++));
        setImmediate(more);
      }
    };
    more();
  });
  const main = async(function* () {
    const response = yield* fetch(url);
    const got: number[] = [];
    let drops = 0;
    for (;;) {
      const won = yield* race([response.next(), map(yieldNow(), () => null)]);
      if (won === END) break;
      if (won !== null) got.push(...won);
      else if (++drops % 100 === 0) yield* fromCallback<void>((resolve) => void setImmediate(resolve));
    }
    assert.ok(drops > 0);
    return got;
  });
  const expected = Array.from({ length: 50 }, (_, n) => n);
  assert.deepEqual(await run(main()), expected);
  const got: number[] = [];
  for await (const piece of await run(fetch(url))) got.push(...piece);
  assert.deepEqual(got, expected);
});

test("HttpResponse[Symbol.dispose]() ends a read that waits, and the connection", async () => {
  let onClose!: (complete: boolean) => void;
  const closed = new Promise<boolean>((resolve) => (onClose = resolve));
  const { url } = await serve((_request, response) => {
    response.on("close", () => onClose(response.writableFinished));
    response.write("x");
  });
  const main = async(function* () {
    const response = yield* fetch(url);
    assert.equal(yield* response.read(new Uint8Array(9)), 1);
    const waiting = spawn(response.read(new Uint8Array(9)));
    yield* yieldNow();
    response[Symbol.dispose]();
    const settled = yield* waiting.settled();
    const late = yield* spawn(response.read(new Uint8Array(9))).settled();
    return [settled, late].map((result) => (result as PromiseRejectedResult).reason);
  });
  const [during, late] = await run(main());
  assert.ok(during instanceof ClosedError);
  assert.equal(late.code, "http.body-over");
  assert.equal(await closed, false);
});

test("FetchOptions.body takes a source of bytes and an async iterable, as the server takes them", async () => {
  const { url } = await serve((request, response) => void request.pipe(response));
  const pieces = async function* () {
    yield "one ";
    yield new Uint8Array([50]);
  };
  const bodies: FetchOptions["body"][] = [
    pieces(),
    fromAsyncIterable(["from ", "a source"]),
    new Blob(["blob"]).stream(),
    "text",
  ];
  const texts = bodies.map((body) => get(url, (response) => response.text(), { method: "POST", body }));
  assert.deepEqual(await run(joinAll(texts)), ["one 2", "from a source", "blob", "text"]);
});

test("fetch() that is dropped ends the source of its body", async () => {
  const log: string[] = [];
  let onRequest = (): void => {};
  const { url } = await serve(() => onRequest());
  const arrived = fromCallback<void>((resolve) => void (onRequest = resolve));
  let onAsked = (): void => {};
  const asked = new Promise<void>((resolve) => (onAsked = resolve));
  let ended!: () => void;
  const over = new Promise<void>((resolve) => (ended = resolve));
  const body = {
    [Symbol.asyncIterator]: () => ({
      next: () => (
        log.push("next"),
        onAsked(),
        log.length === 1 ? Promise.resolve({ done: false, value: "x" }) : new Promise<never>(() => {})
      ),
      return: () => (log.push("return"), ended(), Promise.resolve({ done: true as const, value: undefined })),
    }),
  };
  // A host may ask for the body before or after the request has arrived.
  const begun = join(arrived, fromPromise(asked));
  await run(race([map(fetch(url, { method: "POST", body }), () => "answer"), map(begun, () => "gave up")]));
  await over;
  assert.equal(log[0], "next");
  assert.equal(log.at(-1), "return");
});

test("FetchOptions.timeout ends the request, before the answer and in its body, by the clock of the runtime", async () => {
  const runtime = new Runtime({ startPaused: true });
  const { url: silent } = await serve(() => {});
  const { url } = await serve((_request, response) => void response.write("the beginning"));
  const during = await failure(runtime.run(fetch(silent, { timeout: { minutes: 1 } })));
  assert.ok(during instanceof ElapsedError);
  assert.equal(during.code, "http.elapsed");
  assert.equal(during.message, `Cannot finish the request to ${silent}/ in time: 1 min 0 s passed`);
  await runtime.shutdown();
  // By the real clock: the paused one would not wait for the answer.
  const inBody = await failure(run(get(url, (response) => response.text(), { timeout: 200 })));
  assert.equal(inBody.code, "http.elapsed");
  assert.throws(() => fetch(url, { timeout: -1 }), RangeError);
});

test("fetch() uses a connection again whose answer was read", async () => {
  const ports = new Set<number | undefined>();
  const { url } = await serve((request, response) => {
    ports.add(request.socket.remotePort);
    response.end("x");
  });
  for (let n = 0; n < 10; n++) await run(get(url, (response) => (n % 2 === 0 ? response.text() : response.bytes())));
  // The platform has it back a moment after the end of the body: the next request may have taken another.
  assert.ok(ports.size <= 2, `${ports.size} connections`);
});

test("fetch() fails with what the source of its body fails with", async () => {
  const { url } = await serve((request, response) => void request.resume().on("end", () => response.end()));
  const wrong = new Error("no more paper");
  const breaking = async function* () {
    yield "dear reader, ";
    throw wrong;
  };
  assert.equal(await failure(run(fetch(url, { method: "POST", body: breaking() }))), wrong);
});

test("fetch() ends the reading of a body by its signal, or by being dropped, also after the collector came", async () => {
  let open = 0;
  const { url } = await serve((_request, response) => {
    open++;
    response.on("close", () => open--).write("first");
  });
  const collected = async (): Promise<void> => {
    for (let turns = 0; turns < 10; turns++) {
      collectGarbage();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const main = async(function* () {
    const controller = new AbortController();
    const signalled = yield* fetch(url, { signal: controller.signal });
    const dropped = yield* fetch(url);
    yield* signalled.next();
    yield* fromPromise(collected());
    const reading = spawn(dropped.text());
    yield* yieldNow();
    reading.abort();
    yield* reading.settled();
    setImmediate(() => controller.abort());
    yield* signalled.next();
  });
  assert.ok((await failure(run(main()))) instanceof AbortedError);
  while (open > 0) await new Promise((resolve) => setImmediate(resolve));
});

test("HttpResponse that is forgotten before its end is collected, and its connection closed; one whose raw response was taken is not", async () => {
  let open = 0;
  const { url } = await serve((_request, response) => {
    open++;
    response.on("close", () => open--).write("first");
  });
  const readSome = async(function* () {
    const half = yield* fetch(url);
    yield* half.next();
    yield* fetch(url);
    return (yield* fetch(url)).raw;
  });
  const raw = await run(readSome());
  for (let turns = 0; turns < 500 && open > 1; turns++) {
    collectGarbage();
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(open, 1);
  await raw.body!.cancel();
});
