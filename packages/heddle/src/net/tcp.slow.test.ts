/**
 * TCP under load, and without descriptors. The peers are processes of their own.
 */
import assert from "node:assert/strict";
import { execFile, spawn as spawnProcess, spawnSync } from "node:child_process";
import { readdirSync, readlinkSync } from "node:fs";
import { test } from "node:test";
import { notOnDeno } from "../base/hosts.kit.js";
import { commandOf } from "../base/program.kit.js";
import { async, END, fromPromise, run, sleep, spawn } from "../index.js";
import { TcpListener, type TcpStream } from "../net.js";
import { Barrier } from "../sync.js";

const MANY = 10_000;

/** Opens `count` connections with Node's own sockets, sends a line on each once all are open, and prints how many lines came back. */
const CLIENTS = `
  import net from "node:net";
  const [port, count] = process.argv.slice(-2).map(Number);
  const sockets = [];
  for (let i = 0; i < count; i++) {
    const socket = net.connect(port, "127.0.0.1");
    await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
    sockets.push(socket);
  }
  let back = 0;
  await Promise.all(sockets.map((socket, i) => new Promise((resolve) => {
    const line = "line " + i + "\\n";
    let got = "";
    socket.on("data", (data) => {
      got += data;
      if (got.length < line.length) return;
      if (got === line) back++;
      socket.end();
    });
    socket.on("close", resolve);
    socket.write(line);
  })));
  console.log(back);
`;

const echo = async(function* (stream: TcpStream) {
  try {
    const into = new Uint8Array(64);
    for (let length; (length = yield* stream.read(into)) > 0;) {
      for (let at = 0; at < length;) at += yield* stream.write(into.subarray(at, length));
    }
    yield* stream.shutdown();
  } finally {
    stream[Symbol.dispose]();
  }
});

/**
 * HOST: Node 24 reads the certificates of NODE_EXTRA_CA_CERTS at the first connection, and says so where it can open no more files. And whether it is warned
 * that something blocked depends on how busy the machine is.
 */
const env = { ...process.env, NODE_EXTRA_CA_CERTS: undefined, HEDDLE_WARNINGS: "off" };

function output(file: string, args: string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(file, args, { cwd: import.meta.dirname, env }, (_error, stdout, stderr) =>
      resolve({ code: child.exitCode, stdout, stderr }),
    );
  });
}

test(`TcpListener serves ${MANY} connections at once on one thread, and nothing is left of them`, async () => {
  const openBefore = openSockets();
  await run(
    async(function* () {
      const listener = yield* TcpListener.bind("127.0.0.1:0");
      const { port } = listener.localAddress;
      const [host, args] = commandOf(CLIENTS);
      const clients = output("sh", [
        "-c",
        'ulimit -n 20000; exec "$0" "$@"',
        host,
        ...args,
        String(port),
        String(MANY),
      ]);
      const tasks = [];
      // The clients send when all of them are connected, and nobody echoes before all of them are accepted.
      const allOpen = new Barrier(MANY);
      const serve = async(function* (stream: TcpStream) {
        yield* allOpen.wait();
        yield* echo(stream);
      });
      for (let i = 0; i < MANY; i++) tasks.push(spawn(serve(yield* listener.accept())));
      for (const task of tasks) yield* task;
      const { stdout, stderr } = yield* fromPromise(clients);
      assert.equal(stderr, "");
      assert.equal(stdout, `${MANY}\n`);
      listener.close();
      // What is closed is gone when the host has had its turn; the machine decides when that is.
      while (openSockets().some((socket) => !openBefore.includes(socket))) yield* sleep(1);
    })(),
  );
});

test(
  "TcpListener.accept() and TcpStream.connect() say that no more sockets can be opened, and go on when they can",
  { skip: notOnDeno("it says nothing when no more sockets can be opened") },
  async () => {
    const program = `
    import { async, run, sleep, spawn } from "heddle";
    import { TcpListener, TcpStream } from "heddle/net";
    await run(async(function* () {
      const listener = yield* TcpListener.bind("127.0.0.1:0");
      const accepting = spawn(async(function* () {
        const streams = [];
        try { for (;;) streams.push(yield* listener.accept()); }
        catch (error) { console.log("accept:", error.code ?? error); }
        finally { for (const stream of streams) stream[Symbol.dispose](); }
      })());
      const streams = [];
      try { for (;;) streams.push(yield* TcpStream.connect(listener.localAddress)); }
      catch (error) { console.log("connect:", error.code, error.message.split("\\n")[1]); }
      for (const stream of streams) stream[Symbol.dispose]();
      accepting.abort();
      yield* accepting.settled();
      yield* sleep(20);
      const serving = spawn(async(function* () { (yield* listener.accept())[Symbol.dispose](); })());
      const stream = yield* TcpStream.connect(listener.localAddress);
      console.log("again:", yield* stream.read(new Uint8Array(1)));
      stream[Symbol.dispose]();
      yield* serving;
      listener.close();
    })());
  `;
    const [host, args] = commandOf(program);
    const { code, stdout, stderr } = await output("sh", ["-c", 'ulimit -n 256; exec "$0" "$@"', host, ...args]);
    assert.equal(stderr, "");
    assert.equal(code, 0);
    const lines = stdout.trim().split("\n");
    assert.ok(lines.includes("connect: net.too-many-open help: close some, or raise the limit (ulimit -n)"), stdout);
    assert.equal(lines.at(-1), "again: 0");
  },
);

test("TcpStream notices a peer whose process is killed", async () => {
  await run(
    async(function* () {
      const listener = yield* TcpListener.bind("127.0.0.1:0");
      const { port } = listener.localAddress;
      const program = `require("node:net").connect(${port}, "127.0.0.1").write("up")`;
      const child = spawnProcess(process.execPath, ["--eval", program], { stdio: "ignore" });
      const stream = yield* listener.accept();
      const into = new Uint8Array(8);
      assert.equal(yield* stream.read(into), 2);
      child.kill("SIGKILL");
      // A system may say it with an end or with a reset.
      const ended = yield* spawn(stream.read(into)).settled();
      assert.ok(ended.status === "rejected" || ended.value === 0);
      stream[Symbol.dispose]();
      listener.close();
      assert.equal(yield* listener.next(), END);
    })(),
  );
});

/** The sockets of this process. */
function openSockets(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      const target = readlinkSync(`/proc/self/fd/${fd}`);
      return target.startsWith("socket:") ? [target] : [];
    } catch {
      // The descriptor that listed the folder is closed by now.
      return [];
    }
  });
}

test("TcpStream speaks with nc, both ways, where it is installed", { skip: !isInstalled("nc") }, async () => {
  await run(
    async(function* () {
      const listener = yield* TcpListener.bind("127.0.0.1:0");
      const { port } = listener.localAddress;
      const child = spawnProcess("nc", ["127.0.0.1", String(port)], { stdio: ["pipe", "pipe", "inherit"] });
      const ended = new Promise((resolve) => child.on("close", resolve));
      let said = "";
      child.stdout.on("data", (data) => (said += data));
      child.stdin.write("from nc");
      const stream = yield* listener.accept();
      const into = new Uint8Array(64);
      const length = yield* stream.read(into);
      assert.equal(new TextDecoder().decode(into.subarray(0, length)), "from nc");
      yield* stream.write(new TextEncoder().encode("from heddle"));
      yield* stream.shutdown();
      child.stdin.end();
      yield* fromPromise(ended);
      assert.equal(said, "from heddle");
      assert.equal(yield* stream.read(into), 0);
      stream[Symbol.dispose]();
      listener.close();
    })(),
  );
});

function isInstalled(program: string): boolean {
  return spawnSync("which", [program]).status === 0;
}
