// How Bun and Deno run test files of node:test, and what of ours they cannot run.
//
// A file runs by itself, in the host's own test runner. What a host is known not to manage is listed here with its reason, file by file or test by
// test; it is printed, and counts as skipped, as do the tests that skip themselves on that host and say in their file why. docs/hosts.md tells users.

import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./files.mjs";

/** How long a file may take: some start a hundred threads, and some try a million orders. */
export const LIMIT_SECONDS = 600;

/** What has nothing to do with the host that runs it: it looks at the sources or at the package, or drives a program of its own. */
const NODE_ALONE = [
  [/^tests\/dist\/browser/, "drives a browser"],
  [/^tests\/dist\/(types|thread-types|published-types|docs\/)/, "looks at types and at the documentation"],
  [/thread\/reference\/ways/, "tries Node's own loaders and options"],
  [/^scripts\//, "looks at the sources"],
];

const LINE_OF_A_BARE_YIELD = [
  /^a bare yield is (a TypeError at that place|found in every position)/,
  "the line of a bare yield is not known",
];

/** Bun does not map the lines of what was compiled, and Deno has a name of its own for a program that is text. */
const LINES = "lines are those of the compiled file";
const UNCAUGHT = "it prints an error that nobody caught in a way of its own";
const SIGNALLED = "it does not tell with what code a process ended that was signalled";
const NAMES = "the modules of the host cannot be mocked";
const BACKLOG = "a connection that is reset at once has never been";

/** By host: where npm has it, how it is called, how it names what passed and failed, and what it cannot do. */
const RUNNERS = {
  bun: {
    package: "@oven/bun-linux-x64",
    binary: "bin/bun",
    args: ["test", "--timeout=90000"],
    passed: /^\(pass\) (.*?)(?: \[[\d.]+m?s\])?$/gm,
    failed: /^\(fail\) (.*?)(?: \[[\d.]+m?s\])?$/gm,
    skipped: /^\((?:skip|todo)\) (.*?)(?: \[[\d.]+m?s\])?$/gm,
    files: [
      ...NODE_ALONE,
      [/reactor\/hold/, "it does not tell what keeps a process alive"],
      [/^tests\/dist\/http\.slow/, "its HTTP server knows no back-pressure"],
    ],
    tests: [
      LINE_OF_A_BARE_YIELD,
      [
        /^yield\* of a (promise, a function or a number is a TypeError|function says to call it)/,
        "its own words name the place, not the value",
      ],
      [
        /^HeddleError and its classes have their name in the first line/,
        "it writes that line before the class is known",
      ],
      [/^HeddleError instanceof recognises the errors of another copy/, "it loads a module once, whatever its query"],
      [/^rule 2: a future made and never polled is a mistake/, LINES],
      [/^String\(dump\) (is a tree of awaits|says who has the permits)/, LINES],
      [/^Runtime\.dump\(\) says who has the lock/, LINES],
      [
        /main\(\) (ends with 1 after an error|prints no line of the host's|of something that is no future|prints the error of a cleanup)/,
        UNCAUGHT,
      ],
      [/^a program that can never go on > .* in a circle/, "it does not tell the line of a call that is suspended"],
      [/^what must not be lost at the end > (.* that nobody joined|run\(\) whose promise nobody)/, UNCAUGHT],
      [/^A program with threads > (ends with 1 by an error|reports an error)/, UNCAUGHT],
      [/^production: (a failure that nobody joined|the laws)/, UNCAUGHT],
      [/^serve\(\) gives OPTIONS \* to the handler/, "its HTTP server refuses it before anybody sees it"],
      [/^what listeners throw/, "its test runner takes uncaught exceptions for itself"],
      [/^HttpServer\.shutdown\(\) lets answers come/, "its server leaves idle connections open"],
      [/^HttpServer\.shutdown\(\) does not wait for clients/, "its server does not tell of those who prove themselves"],
      [/^ServeOptions\.maxConnections/, "its server takes any number of connections"],
      [/^WebSocket that is open does not keep the program alive/, "a WebSocket that is open does"],
      [/copy\(\) from (Tcp|Tls|Unix)Stream to .* reads no more/, "a socket that was paused reads on for a while"],
      [/TcpListener\.bind\(\) of a name/, NAMES],
      [/^TcpListener\.accept\(\) .* no more sockets can be opened/, "it says that the other side refused"],
      [/^Child that is forgotten with pipes is collected/, "a program cannot have things collected"],
      [/^Command\.output\(\) serves fifty at once/, "it closes the pipes of a process a moment later"],
      [/^heddle\/fs says that too many files are open/, "a listing needs no descriptor"],
    ],
  },
  deno: {
    package: "@deno/linux-x64-glibc",
    binary: "deno",
    args: ["test", "-A", "--no-check", "--v8-flags=--expose-gc", "--reporter=tap"],
    // A suite says how it went behind its plan, and fails by "steps": its tests count.
    passed: /(?<!^ *1\.\.\d+\n)^ *ok \d+ - (.*(?<! # SKIP))$/gm,
    failed: /^ *not ok \d+ - (.*)$(?!\n *---\n *\{"message":"\d+ test steps? failed)/gm,
    skipped: /^ *ok \d+ - (.*) # SKIP$/gm,
    files: [
      ...NODE_ALONE,
      [/reactor\/(reactor|held)|runtime\/deadlock-watch/, "its timers cannot be mocked"],
      [/signal\/signal\.slow/, SIGNALLED],
      [/^tests\/dist\/production/, "it has no conditions for a program that is text"],
    ],
    tests: [
      LINE_OF_A_BARE_YIELD,
      [
        /^(an error is reported when its handle|Child that is forgotten with pipes) is collected/,
        "its collector leaves what the stack of a test holds",
      ],
      [/^ReadDir leaves no descriptor/, "a listing that was closed keeps its descriptor until it is collected"],
      [/^TcpListener\.bind\(\) takes the first of several/, "an address that the machine lacks is an invalid argument"],
      [/^TcpListener\.bind\(\) of a name/, NAMES],
      [/^TcpListener holds as many connections as its backlog/, BACKLOG],
      [/^TlsListener\.close\(\) closes those/, "its server does not tell of those who prove themselves"],
      [
        / say what is wrong with their options| says that a certificate cannot/,
        "it looks at no certificate before a client does",
      ],
      [/^serve\(\) reports a body that gives no bytes/, "it does not tell why an answer was destroyed"],
      [/^UdpSocket\.connect\(\) sends to one address/, "a UDP socket that is connected hears everybody"],
      [/^UdpSocket does not keep the program alive/, "a UDP socket that had to wait keeps the program alive"],
      [
        /^(UnixListener and UnixStream|TlsListener and TlsStream) speak/,
        "with Node's these do not keep the program alive",
      ],
      [/^WebSocket that is open does not keep/, "what a WebSocket sent last is lost when the program ends"],
      [/^Command\.spawn\(\) says that there are too few descriptors/, "it does not say so"],
      [/^heddle\/fs says that too many files are open/, "it can watch without a descriptor"],
      [/^(ends at SIGTERM though a worker|main\.js ends well at SIGTERM)/, SIGNALLED],
      [/^a program that \w+ has bundled as CommonJS/, "a CommonJS bundle finds no package there"],
      [/^run\(\) at the top level ends with 13/, "it ends with 1 itself, at a top level that cannot go on"],
      [
        /^a failure that nobody joined is printed when the process ends early/,
        "a program cannot change its code as it ends",
      ],
      [/^run\(\) whose promise nobody handles/, "a rejection that nobody handles ends it without its 'exit' event"],
    ],
  },
};

export const otherHosts = Object.keys(RUNNERS);

export const packageOf = (host) => RUNNERS[host].package;

/** Runs the test files that `host` can run. Prints a line for each, and for each test that it cannot, and answers the sums. */
export function runOn(host, folder, files) {
  const { package: name, binary, files: notFiles } = RUNNERS[host];
  const program = join(folder, "node_modules", name, binary);
  const total = { passed: 0, failed: 0, skipped: 0 };
  for (const path of files) {
    const why = reasonFor(path, notFiles);
    if (why !== undefined) {
      console.log(`skip ${path}: ${why}`);
      total.skipped++;
      continue;
    }
    const { passed, wrong, skipped, output } = runFile(RUNNERS[host], program, path);
    total.passed += passed;
    total.failed += wrong.length;
    total.skipped += skipped.length;
    const extent = `${passed} tests${skipped.length > 0 ? `, ${skipped.length} skipped` : ""}`;
    console.log(`${wrong.length > 0 ? "FAIL" : "ok  "} ${path} (${extent})`);
    for (const test of skipped) console.log(`     skipped: ${test}`);
    for (const test of wrong) console.log(`     ${test}`);
    if (wrong.length > 0) console.log(`     output:\n${output.trim().replaceAll(/^/gm, "       ")}\n`);
  }
  return total;
}

/** Of one file: how many tests passed, what failed, what the host cannot do, and all that was printed. */
function runFile({ args, passed, failed, skipped, tests }, program, path) {
  const { stdout, stderr, error, status, signal } = spawnSync(program, [...args, join(root, path)], {
    cwd: root,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    killSignal: "SIGKILL",
    maxBuffer: 1 << 28,
    timeout: 1000 * LIMIT_SECONDS,
  });
  // Bun says at the end once more what failed and what was skipped.
  const output = `${stdout}\n${stderr}`.split(/^\d+ tests? (?:failed|skipped):$/m)[0];
  const wrong = [];
  const limits = namesIn(output, skipped);
  const failures = new Set(namesIn(output, failed));
  for (const name of failures) {
    const why = reasonFor(name, tests);
    if (why === undefined) wrong.push(name);
    else limits.push(`${name}: ${why}`);
  }
  const count = namesIn(output, passed).length;
  if (error?.code === "ETIMEDOUT") wrong.push(`(the file) did not end within ${LIMIT_SECONDS} s`);
  else if (count + limits.length === 0) wrong.push("(the file) ran no test");
  else if (signal !== null || (status !== 0 && failures.size === 0))
    wrong.push(`(the file) ended with ${signal ?? status} though no test failed`);
  return { passed: count, wrong, skipped: limits, output };
}

const namesIn = (output, pattern) => [...output.matchAll(pattern)].map(([, name]) => name);

/** Why it is known that a host does not manage that; undefined if it should. */
const reasonFor = (name, known) => known.find(([pattern]) => pattern.test(name))?.[1];
