/**
 * The programs of the tour that start threads or other processes, HTTP servers among them whose delays must be long beside what a request costs, and the
 * tour as a whole.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";
import { play, type Result } from "heddle-examples/stage/example.js";
import { examples } from "heddle-examples/tour/examples.js";

const TOUR = fileURLToPath(import.meta.resolve("heddle-examples/tour.js"));
const scratch = mkdtempSync(join(tmpdir(), "heddle-tour-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

async function played(id: string, scale: number): Promise<Result> {
  const result = await play(
    examples.find((example) => example.id === id)!,
    // How long things take, and whether starting a process blocks for long, depends on how busy the machine is.
    { scale, isTimed: false, runtime: { blockedAfter: { minutes: 1 } } },
  );
  assert.deepEqual(result.failures, [], JSON.stringify(result, null, 2));
  return result;
}

const texts = (result: Result): string[] => result.lines.map((line) => line.text);

test("A1: eight threads compute, and there are no more", async () => {
  const result = await played("A1", 0.002);
  assert.equal(new Set(texts(result).map((line) => line.replace(/^thread \d/, ""))).size, 1);
  assert.deepEqual(
    texts(result).map((line) => line.slice(0, 8)),
    [1, 2, 3, 4, 5, 6, 7, 8].map((n) => `thread ${n}`),
  );
  assert.ok((result.figures["more"] ?? 8) <= 8);
});

test("A7: each of four threads gives its result, and an error is that of the thread", async () => {
  const lines = texts(await played("A7", 0.002));
  const [, value] = /^fibonacci\(\d+\) = (\d+): /.exec(lines[0]!)!;
  assert.deepEqual(
    lines.slice(1, 5),
    [1, 2, 3, 4].map((n) => `thread ${n}: ${value}`),
  );
  assert.match(lines[5]!, /^four of them: .*\. Speed-up \d+\.\d\d; \d can run at once/);
  assert.equal(lines[6], 'RangeError: There is no Fibonacci number "a few"');
});

test("A8: a value is updated and received in turns by two threads", async () => {
  const { lines, figures } = await played("A8", 0.02);
  assert.deepEqual(
    lines.map(({ text }) => text),
    [false, true, false, true].flatMap((value) => [`Updating value to ${value}...`, `Received value: ${value}`]),
  );
  assert.equal(figures["received"], 4);
});

test("B1: two downloads by two threads and by two futures give the same", async () => {
  const lines = texts(await played("B1", 1));
  const threads = lines.map((line) => /on thread (\d+)/.exec(line)![1]);
  assert.equal(new Set(threads).size, 3);
  assert.deepEqual(threads.slice(2), ["0", "0"]);
  assert.match(lines[3]!, /^site 2, by a future, on thread 0: \d\d+ characters$/);
});

test("A2: one request takes as long as the server does", async () => {
  assert.deepEqual(texts(await played("A2", 1)), ["request 1 begins", "request 1 ends: hello"]);
});

test("A3 and A4: four requests are at the server one by one, and all at once when they are joined", async () => {
  const oneByOne = await played("A3", 1);
  const joined = await played("A4", 1);
  assert.equal(oneByOne.figures["most"], 1);
  assert.ok(joined.figures["most"]! > 1, `${joined.figures["most"]}`);
  assert.deepEqual(
    texts(joined).slice(0, 4),
    [1, 2, 3, 4].map((n) => `request ${n} begins`),
  );
});

test("A9: each save of a watched file is printed once, quick ones as the last, and nothing without a change", async () => {
  assert.deepEqual(texts(await played("A9", 0.3)), [
    "at first",
    "written in place",
    "quick 3",
    "replaced by another file",
    "and once more",
    "(no file)",
    "here again",
  ]);
});

test("A5: four processes run at once, and each is waited for", async () => {
  const result = await played("A5", 0.5);
  assert.ok(result.figures["most"]! > 1, `${result.figures["most"]}`);
  assert.match(texts(result).slice(-4).join("\n"), /^(process \d is over: id \d+, exit code 0\n?){4}$/);
});

test("A6: each task has the output of its process, and a command that does not exist harms nobody", async () => {
  const result = await played("A6", 0.5);
  assert.ok(result.figures["most"]! > 1, `${result.figures["most"]}`);
  assert.deepEqual(texts(result), [
    "task 1: exit code 0: hello",
    "task 2: exit code 0: hello",
    "task 3: exit code 1: no greeting: 404 Not Found",
    "task 4: exit code 0: hello",
    'task 5: HeddleError: Cannot run "greet-everybody": it is not in the PATH\nhelp: install it, correct its name, or give its path',
  ]);
  assert.deepEqual(result.warnings, []);
});

test("A10: the quick job prints first, and a body of another shape is a clear error", async () => {
  const lines = texts(await played("A10", 0.1));
  assert.equal(lines.length, 3);
  assert.match(lines[0]!, /^quick job: /);
  assert.match(lines[1]!, /^slow call: got Ada, ada@example\.org$/);
  assert.match(lines[2]!, /users\/8.*\n {2}email: expected a string, received nothing\n/);
});

/** A run of a client of the echo server, line by line. */
const clientLines = (n: number, finished: string): string[] => [
  `task ${n} started`,
  `task ${n} has written`,
  `task ${n} was answered: message ${n}`,
  finished,
];

test("C1: a hundred connections are answered in the time of one, by one thread", async () => {
  const { figures } = await played("C1", 0.04);
  assert.deepEqual([figures["answered"], figures["moreThreads"]], [100, 0]);
  // Not all where the machine is busy and the first are answered before the last are connected.
  assert.ok(figures["most"]! > 1, `${figures["most"]}`);
});

test("C2, C3 and C4: clients come one after another blocking and awaited one by one, and wait together in a FuturesUnordered", async () => {
  const blocking = await played("C2", 0.02);
  assert.deepEqual(
    texts(blocking),
    [1, 2, 3].flatMap((n) => clientLines(n, `task ${n} finished`)),
  );
  const oneByOne = await played("C3", 0.02);
  assert.deepEqual(
    texts(oneByOne),
    [1, 2, 3].flatMap((n) => clientLines(n, `task ${n} finished on thread 0`)),
  );
  const unordered = await played("C4", 0.02);
  const lines = texts(unordered);
  assert.deepEqual(
    lines.slice(0, 3),
    [1, 2, 3].map((n) => `task ${n} started`),
  );
  // Who is answered computes to its end before the next one sees its answer.
  const kinds = lines.slice(6).map((line) => line.replace(/task \d (was answered|finished).*/, "$1"));
  assert.deepEqual(
    kinds,
    [1, 2, 3].flatMap(() => ["was answered", "finished"]),
  );
});

/** The lines of one client, in order. */
const linesOf = (result: Result, n: number): string[] => texts(result).filter((line) => line.startsWith(`task ${n} `));

/** The threads that lines say something was finished on. */
const threadsOf = (result: Result): Set<string> =>
  new Set(texts(result).flatMap((line) => /finished on (thread \d+)$/.exec(line)?.[1] ?? []));

/** How long it took, in seconds of the program. */
const seconds = ({ figures }: Result): number => figures["time"]! / figures["second"]!;

test("C5, C6 and C7: three clients block threads of their own, on workers and over a parallel iterator", async () => {
  for (const id of ["C5", "C6", "C7"]) {
    const result = await played(id, 0.02);
    const threads = threadsOf(result);
    // Threads of an iterator claim items: where they start slowly the first one claims what the last could have.
    if (id !== "C7") assert.equal(threads.size, 3, `${id}: ${texts(result).join("; ")}`);
    assert.ok(!threads.has("thread 0"));
    for (const n of [1, 2, 3]) {
      const [finished] = linesOf(result, n).slice(-1);
      assert.deepEqual(linesOf(result, n), clientLines(n, finished!), id);
    }
    assert.ok(seconds(result) >= 13.9, `${id}: ${seconds(result)}`);
  }
});

test("C8: on one worker clients wait together, and block one after another", async () => {
  const result = await played("C8", 0.02);
  assert.equal(threadsOf(result).size, 1);
  for (const n of [1, 2, 3]) assert.equal(linesOf(result, n).length, 4);
  assert.ok(seconds(result) >= 21.9, `${seconds(result)}`);
  assert.deepEqual(result.warnings, []);
});

test("C9: many connections at once are all answered, by one thread", async () => {
  const { figures } = await played("C9", 0.02);
  assert.deepEqual([figures["count"], figures["answered"]], [1250, 1250]);
  assert.ok(figures["most"]! > 1, `${figures["most"]}`);
  assert.equal(figures["moreThreads"], 0);
});

test("a blocking connection that nobody answers ends its program with the reason", () => {
  // Nobody listens at port 1 of loopback.
  const { status, stderr } = alone("programs/blocking-clients", "1", "1");
  assert.equal(status, 1);
  assert.match(stderr, /ECONNREFUSED/);
});

test("E1: one thread too many is refused, and those that began are joined", async () => {
  const result = await played("E1", 0.01);
  const { joined, limit, thousand } = result.figures;
  assert.ok(joined! <= limit! && limit! < thousand!, JSON.stringify(result.figures));
  const lines = texts(result).map((line) => line.replace(/ in .*/, ""));
  assert.deepEqual(
    [lines[0], lines[1], lines[2], lines.at(-1)],
    [
      "10 asked for: 10 started and joined",
      "10 asked for: 10 started and joined",
      `100 asked for: ${joined} started and joined`,
      "1 asked for: 1 started and joined",
    ],
  );
  assert.match(
    lines[3]!,
    /^Cannot start thread "thread \d+": \d+ threads are alive, which is the limit\nhelp: join some first/,
  );
});

test("D1: main and its parts print the same", async () => {
  assert.deepEqual(texts(await played("D1", 0.01)), ["hello", "world"]);
});

test("D4: an error goes up, is matched at the top, and sets the exit code", async () => {
  const [success, error] = texts(await played("D4", 0.01));
  assert.match(success!, /^success: .*errors-go-up\.js has \d+ lines$/);
  assert.equal(error, "error: there is no file missing.txt");
});

/** Runs the tour as a user would, or another program that does. */
function tour(args: string[], program = TOUR): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [program, ...args], { cwd: scratch, encoding: "utf8", timeout: 300_000 });
}

test("tour plays all programs, ends with a table, and writes its timeline", () => {
  const { status, stdout, stderr } = tour(["--scale", "0.05", "--untimed"]);
  assert.equal(status, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`^heddle tour: ${examples.length} programs, times × 0.05\n`));
  for (const { id } of examples) assert.match(stdout, new RegExp(`^${id} .* ok$`, "m"));
  assert.match(stdout, new RegExp(`${examples.length} of ${examples.length} as expected`));
  assert.ok(stdout.includes("tour-timeline.svg"));
  const svg = readFileSync(join(scratch, "tour-timeline.svg"), "utf8");
  for (const { id, name } of examples) assert.ok(svg.includes(`>${id} ${name}`.slice(0, 20)), id);
});

test("tour --json gives results on the standard output, and progress on standard error", () => {
  const svg = join(scratch, "some.svg");
  const { status, stdout, stderr } = tour(["--json", "--untimed", "--scale", "0.01", "--svg", svg, "d3", "B2"]);
  assert.equal(status, 0);
  const { scale, results, svg: written } = JSON.parse(stdout);
  assert.deepEqual([scale, written], [0.01, svg]);
  assert.deepEqual(
    results.map((result: Result) => [result.id, result.verdict, result.lines.length]),
    [
      ["B2", "ok", 3],
      ["D3", "ok", 11],
    ],
  );
  assert.match(stderr, /^heddle tour: 2 programs/);
  assert.match(readFileSync(svg, "utf8"), /^<svg /);
});

test("tour ends with exit code 1 when something is not as expected, and says what", () => {
  const { status, stdout } = tour(["--scale", "0.01", "E4"], fileURLToPath(import.meta.resolve("./hasty-tour.kit.js")));
  assert.equal(status, 1);
  assert.match(stdout, /^E4 .* failed$/m);
  assert.match(stdout, /^ {2}E4: not so: it takes ten times as long as one$/m);
});

test("tour --list names every program and its file", () => {
  const { status, stdout } = tour(["--list"]);
  assert.equal(status, 0);
  for (const { id, name } of examples) assert.match(stdout, new RegExp(`^${id} .*examples/${name}\\.ts$`, "m"));
});

test("tour --json --list gives the same as JSON", () => {
  const rows = JSON.parse(tour(["--json", "--list", "E2", "a2"]).stdout);
  assert.deepEqual(
    rows.map((row: { id: string; file: string }) => [row.id, row.file]),
    [
      ["A2", "examples/one-request.ts"],
      ["E2", "examples/awaited-or-joined.ts"],
    ],
  );
});

test("tour refuses what it does not understand, with exit code 2", () => {
  const { status, stdout, stderr } = tour(["E2", "Z9"]);
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^Cannot play "Z9" as there is no program with this id\nhelp: /);
});

/** Runs one example as a program of its own. */
function alone(name: string, ...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const path = fileURLToPath(import.meta.resolve(`heddle-examples/${name}.js`));
  return spawnSync(process.execPath, [path, ...args], { encoding: "utf8", timeout: 20_000 });
}

test("an example runs alone, prints its lines, and says what was expected and measured", () => {
  const { status, stdout } = alone("lazy-future", "--scale", "0.01");
  assert.equal(status, 0);
  assert.deepEqual(stdout.replace(/^ *\d+ ms /gm, "at").split("\n"), [
    "B2  hello_world() is called, and its future driven later",
    "",
    "at the future is made",
    "at hello, world!",
    "at the future is ready",
    "",
    "expected  nothing is printed before it is driven",
    "measured  made, driven, printed",
    "      ok  it prints when it is driven, not when it is made",
    "",
  ]);
});

test("an example alone refuses a scale that is none, with exit code 2", () => {
  const { status, stderr } = alone("lazy-future", "--scale", "fast");
  assert.equal(status, 2);
  assert.match(
    stderr,
    /^Cannot play at this speed as the scale must be a number from 0\.001 to 10: received "fast"\nhelp: /,
  );
});
