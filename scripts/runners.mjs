// How Bun and Deno run test files of node:test, and what of ours they cannot run.
//
// A file runs by itself, in the host's own test runner. Answers how many tests passed and the names of those that failed, without those
// that the host is known not to manage: each of these is listed here with its reason.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./files.mjs";

const LINE_OF_A_BARE_YIELD = /^a bare yield is (a TypeError at that place|found in every position)/;

/** Without a plugin for bundlers they cannot name to a thread what is no export, and say so in words of their own; a suite fails with its tests. */
const FUNCTIONS_BY_PLACE =
  /^((thread\.spawn|spawnBlocking|Runtime\.spawnOn)\(\)( > |$))?(runs a function that was moved, with what it carries along|says what a moved function carries along that cannot be sent, and counts arguments as the caller does|refuses what cannot be sent at the call)?$/;

/** By host: where npm has it, how it is called, how it names what passed and failed, and what it cannot do. */
const RUNNERS = {
  bun: {
    package: "@oven/bun-linux-x64",
    binary: "bin/bun",
    args: ["test"],
    passed: /^\(pass\) (.*?)(?: \[[\d.]+m?s\])?$/gm,
    failed: /^\(fail\) (.*?)(?: \[[\d.]+m?s\])?$/gm,
    // It ends a test at an uncaught exception, expected or not, and does not tell what keeps a process alive. Its processes take no `--eval`
    // of modules. Its HTTP server takes any number of connections, leaves idle ones open when it closes, and does not tell of those that still
    // prove themselves by TLS. Its own words for `yield*` of what
    // is no iterable are those of the place, not of the value.
    files: /(reactor\/hold|\.slow|browser|docs\/|production|tour|types|hosts\/)/,
    tests: [
      LINE_OF_A_BARE_YIELD,
      FUNCTIONS_BY_PLACE,
      /what listeners throw/,
      /^HeddleError and its classes have their name in the first line of the stack/,
      /^HeddleError instanceof recognises the errors of another copy/,
      /^rule 2: a future made and never polled is a mistake/,
      /^String\(dump\) is a tree of awaits with the line of each/,
      /^yield\* of a promise, a function or a number is a TypeError with advice/,
      /^HttpServer\.shutdown\(\) (lets answers come to their end, closes idle connections|does not wait for clients that have not proven themselves)/,
      /^ServeOptions\.maxConnections closes those that are too many/,
    ],
  },
  deno: {
    package: "@deno/linux-x64-glibc",
    binary: "deno",
    args: ["test", "-A", "--no-check", "--v8-flags=--expose-gc", "--reporter=tap"],
    passed: /^ *ok \d+ - (.*)$/gm,
    failed: /^ *not ok \d+ - (.*)$/gm,
    // Its inspector does not tell where a generator stands, its timers cannot be mocked, its collector leaves what is on the stack of a test,
    // and a listing of a folder that is closed keeps its descriptor. An address that the machine lacks is an invalid argument to it; a connection
    // that is reset at once has never been; a UDP socket that is connected hears everybody; Unix and TLS sockets with Node's do not keep
    // it alive. It says of a thread that was terminated that it is over while it still goes on for a moment.
    files: /(reactor\/|runtime\/deadlock-watch|\.slow|browser|docs\/|production|tour|types|hosts\/)/,
    tests: [
      LINE_OF_A_BARE_YIELD,
      FUNCTIONS_BY_PLACE,
      /^an error is reported when its handle is collected/,
      /^ReadDir leaves no descriptor/,
      /^TcpListener(\.bind\(\) takes the first of several| holds as many connections as its backlog|$)/,
      /^UdpSocket\.connect\(\) sends to one address and hears only that one/,
      /^(UnixListener and UnixStream|TlsListener and TlsStream) speak to each other/,
    ],
  },
};

export const otherHosts = Object.keys(RUNNERS);

export const packageOf = (host) => RUNNERS[host].package;

/** Runs the test files that `host` can run. Prints a line for each, and answers the sums. */
export function runOn(host, folder, files) {
  const { package: name, binary, args, passed, failed, files: not, tests } = RUNNERS[host];
  const program = join(folder, "node_modules", name, binary);
  const total = { passed: 0, failed: 0 };
  for (const path of files.filter((file) => !not.test(file))) {
    const { stdout, stderr } = spawnSync(program, [...args, join(root, path)], {
      cwd: root,
      encoding: "utf8",
      env: { ...process.env, NO_COLOR: "1" },
      timeout: 180_000,
    });
    const output = `${stdout}\n${stderr}`;
    const ok = namesIn(output, passed).size;
    const wrong = [...namesIn(output, failed)].filter((test) => !tests.some((pattern) => pattern.test(test)));
    if (ok === 0) wrong.push(`(the file) ran no test:\n${output.slice(-2000)}`);
    total.passed += ok;
    total.failed += wrong.length;
    console.log(`${wrong.length > 0 ? "FAIL" : "ok  "} ${path} (${ok} tests)`);
    for (const test of wrong) console.log(`     ${test}`);
  }
  return total;
}

const namesIn = (output, pattern) => new Set([...output.matchAll(pattern)].map(([, name]) => name));
