/**
 * heddle's server and its real peers: curl, a page in Chromium, a thousand clients at once, readers and writers that are slow, clients that go.
 */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect as dial, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { chromium } from "playwright-core";
import { async, END, fromPromise, joinAll, run, sleep, spawn } from "heddle";
import { connect, fetch, serve, upgrade, type WebSocket } from "heddle/http";
import { fromReadableStream, toReadableStream } from "heddle/io";

const CHROMIUM = process.env["CHROMIUM"] ?? "/usr/bin/chromium";
const MEGABYTE = 1024 * 1024;
const hasCurl = ((): boolean => {
  try {
    execFileSync("curl", ["--version"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();

const descriptors = (): number => (process.platform === "linux" ? readdirSync("/proc/self/fd").length : 0);

/** Bytes out of nothing, which counts those it was asked for. */
function source(total: number) {
  const counted = {
    given: 0,
    read(into: Uint8Array) {
      const length = Math.min(into.length, total - counted.given);
      counted.given += length;
      return fromPromise(Promise.resolve(length));
    },
  };
  return counted;
}

/** Waits until `value` stands still for a while, and gives it. */
const settled = async(function* (value: () => number) {
  for (let calm = 0, before = -1; calm < 10; before = value()) {
    yield* sleep(10);
    calm = before === value() ? calm + 1 : 0;
  }
  return value();
});

const echo = async(function* (socket: WebSocket) {
  for (;;) {
    const message = yield* socket.next();
    if (message === END) return;
    yield* socket.send(message);
  }
});

const mirror = (request: Request) => new Response(request.body);

test("serve() answers curl: small and large bodies, HEAD, a refusal", { skip: !hasCurl }, async () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-curl-"));
  const large = join(folder, "large");
  writeFileSync(large, randomBytes(8 * MEGABYTE));
  const answer = (request: Request): Response => {
    if (request.method === "POST") return mirror(request);
    return request.url.endsWith("/no") ? new Response("no", { status: 403 }) : new Response("hello");
  };
  const curl = async(function* (...args: string[]) {
    const { stdout } = yield* fromPromise(promisify(execFile)("curl", ["-sS", ...args]));
    return stdout;
  });
  const main = async(function* () {
    const { url } = yield* serve(answer);
    assert.equal(yield* curl(url), "hello");
    assert.match(yield* curl("-I", url), /^HTTP\/1.1 200 OK\r\n/);
    assert.equal(yield* curl("-w", " %{http_code}", `${url}/no`), "no 403");
    yield* curl("--data-binary", `@${large}`, "-o", `${large}.back`, url);
    assert.ok(readFileSync(large).equals(readFileSync(`${large}.back`)));
  });
  try {
    await run(main());
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a page talks to serve() with fetch and WebSocket, and going away aborts its request", async () => {
  const browser = await chromium.launch({
    executablePath: CHROMIUM,
    args: ["--headless", "--no-sandbox", "--disable-gpu"],
  });
  let gone!: () => void;
  const cleanedUp = new Promise<void>((resolve) => (gone = resolve));
  const answer = async(function* (request: Request) {
    const { pathname } = new URL(request.url);
    if (pathname === "/socket") return upgrade(request, echo);
    if (pathname === "/mirror") return mirror(request);
    if (pathname === "/never") {
      try {
        yield* sleep(600_000);
      } finally {
        gone();
      }
    }
    return new Response("<!doctype html><link rel=icon href=data:,>", { headers: { "content-type": "text/html" } });
  });
  const main = async(function* () {
    const server = yield* serve(answer, { host: "127.0.0.1" });
    const url = `http://127.0.0.1:${server.port}/`;
    const page = yield* fromPromise(browser.newPage());
    yield* fromPromise(page.goto(url));
    const report = yield* fromPromise(
      page.evaluate(`(async () => {
        const text = await (await fetch("/mirror", { method: "POST", body: "x".repeat(3_000_000) })).text();
        const socket = new WebSocket(location.origin.replace("http", "ws") + "/socket");
        socket.binaryType = "arraybuffer";
        await new Promise((resolve) => (socket.onopen = resolve));
        const next = () => new Promise((resolve) => (socket.onmessage = ({ data }) => resolve(data)));
        socket.send("text");
        const got = [await next()];
        socket.send(new Uint8Array([1, 2, 3]));
        got.push([...new Uint8Array(await next())].join());
        const closed = new Promise((resolve) => (socket.onclose = ({ code, wasClean }) => resolve([code, wasClean])));
        socket.close(3000, "enough");
        void fetch("/never").catch(() => {});
        return [text.length, ...got, ...(await closed)];
      })()`),
    );
    yield* fromPromise(page.close());
    yield* fromPromise(cleanedUp);
    return report;
  });
  try {
    assert.deepEqual(await run(main()), [3_000_000, "text", "1,2,3", 3000, true]);
  } finally {
    await browser.close();
  }
});

test("serve() has a thousand requests under way at once, and leaves no descriptor open", async () => {
  const count = 1000;
  const before = descriptors();
  const main = async(function* () {
    let waiting = 0;
    let open!: () => void;
    const gate = new Promise<void>((resolve) => (open = resolve));
    const server = yield* serve(function* () {
      if (++waiting === count) open();
      yield* fromPromise(gate);
      return new Response("through");
    });
    const get = async(function* () {
      return yield* (yield* fetch(server.url)).text();
    });
    const texts = yield* joinAll(Array.from({ length: count }, get));
    assert.deepEqual(new Set(texts), new Set(["through"]));
    assert.equal(texts.length, count);
    yield* server.shutdown();
    assert.equal(server.connections, 0);
  });
  await run(main());
  // The platform's fetch keeps its side until it has seen the other one close.
  const left = await run(settled(descriptors));
  assert.ok(left <= before + 10, `${before} before, ${left} after`);
});

test("serve() asks a large body only as its reader takes it, and ends its source when the reader goes", async () => {
  const total = 512 * MEGABYTE;
  const main = async(function* () {
    const bytes = source(total);
    let disposed = false;
    const body = { read: (into: Uint8Array) => bytes.read(into), [Symbol.dispose]: () => void (disposed = true) };
    const server = yield* serve(() => new Response(toReadableStream(body)));
    const response = yield* fetch(server.url);
    const ahead = yield* settled(() => bytes.given);
    assert.ok(ahead < 32 * MEGABYTE, `${ahead} bytes were asked for though nobody reads`);
    let got = 0;
    while (got < 64 * MEGABYTE) got += ((yield* response.next()) as Uint8Array).length;
    assert.ok(bytes.given < 128 * MEGABYTE);
    assert.ok(process.memoryUsage().arrayBuffers < 256 * MEGABYTE);
    response[Symbol.dispose]();
    while (!disposed) yield* sleep(1);
    yield* server.shutdown();
  });
  await run(main());
});

test("a handler that does not read makes the client wait, and gets every byte when it does", async () => {
  const total = 64 * MEGABYTE;
  const main = async(function* () {
    let read!: () => void;
    const mayRead = new Promise<void>((resolve) => (read = resolve));
    const server = yield* serve(function* (request) {
      const body = fromReadableStream(request.body!);
      yield* fromPromise(mayRead);
      const into = new Uint8Array(65_536);
      let sum = 0;
      for (let length = -1; length !== 0; sum += length) length = yield* body.read(into);
      return new Response(String(sum));
    });
    const bytes = source(total);
    const client = spawn(fetch(server.url, { method: "POST", body: bytes }));
    const ahead = yield* settled(() => bytes.given);
    assert.ok(ahead < 32 * MEGABYTE, `${ahead} bytes were sent though nobody reads`);
    read();
    assert.equal(yield* (yield* client).text(), String(total));
  });
  await run(main());
});

test("clients that reset, in the headers, in a body, in an answer, leave nothing behind", async () => {
  const before = descriptors();
  const main = async(function* () {
    let begun = 0;
    let cleaned = 0;
    const server = yield* serve(
      function* (request) {
        begun++;
        try {
          if (request.method === "POST") yield* fromPromise(request.text());
          else yield* sleep(600_000);
          return new Response();
        } finally {
          cleaned++;
        }
      },
      { onError: () => {} },
    );
    const heads = [
      "GET / HT",
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nonly this",
      "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    const sockets: Socket[] = Array.from({ length: 90 }, (_, n) => {
      const socket = dial(server.port, "127.0.0.1").on("error", () => {});
      socket.write(heads[n % 3]!);
      return socket;
    });
    while (begun < 60 || server.connections < 90) yield* sleep(1);
    for (const socket of sockets) socket.resetAndDestroy();
    while (cleaned < 60 || server.connections > 0) yield* sleep(1);
    assert.equal(server.requests, 0);
    const socket = yield* connect(`${(yield* serve((request) => upgrade(request, echo))).url}`);
    socket[Symbol.dispose]();
  });
  await run(main());
  const left = await run(settled(descriptors));
  assert.ok(left <= before, `${before} before, ${left} after`);
});

test("heddle says what to install where its optional peers are missing", async () => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-alone-"));
  try {
    cpSync(new URL("../../packages/heddle/dist/", import.meta.url), folder, { recursive: true });
    cpSync(new URL("../../packages/heddle/package.json", import.meta.url), join(folder, "package.json"));
    const alone = (await import(pathToFileURL(join(folder, "http.js")).href)) as typeof import("heddle/http");
    const { run: runAlone } = (await import(pathToFileURL(join(folder, "index.js")).href)) as typeof import("heddle");
    await assert.rejects(runAlone(alone.serve(() => new Response())), {
      code: "http.no-adaptor",
      message:
        /^Cannot serve HTTP without the package "@hono\/node-server": .*\nhelp: .*npm install @hono\/node-server hono$/,
    });
    await assert.rejects(runAlone(alone.connect("ws://localhost:1/")), {
      code: "http.no-ws",
      message: /npm install ws$/,
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
