/**
 * Each program of the tour, played quickly: its own checks hold, and what it printed is in order. Programs that only sleep are played on
 * a clock that is paused, so that their times are exact. Those that start other processes are in `tour.slow.test.ts`.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { ready } from "heddle";
import { play, type Result } from "heddle-examples/stage/example.js";
import { within } from "heddle-examples/stage/stage.js";
import { examples } from "heddle-examples/tour/examples.js";
import { tourOptions } from "heddle-examples/tour/options.js";
import { table, wrap } from "heddle-examples/tour/table.js";

/** Plays one program, and expects its own checks to hold. */
async function played(id: string, scale: number, clock: "real" | "paused"): Promise<Result> {
  const example = examples.find((candidate) => candidate.id === id);
  assert.ok(example !== undefined, `there is no ${id}`);
  const result = await play(example, {
    scale,
    isTimed: clock === "paused",
    runtime: { startPaused: clock === "paused" },
  });
  assert.deepEqual(result.failures, [], JSON.stringify(result.lines, null, 2));
  assert.ok(result.checks.length > 0);
  return result;
}

const texts = (result: Result): string[] => result.lines.map((line) => line.text);

/** The ratio of two figures, to one digit. */
const ratio = ({ figures }: Result, one: string, other: string): number =>
  Math.round((figures[one]! / figures[other]!) * 10) / 10;

test("B2: a future prints nothing before it is driven", async () => {
  assert.deepEqual(texts(await played("B2", 1, "paused")), [
    "the future is made",
    "hello, world!",
    "the future is ready",
  ]);
});

test("B3: dancing overlaps with learning and singing, and the audience gets the thread", async () => {
  const result = await played("B3", 0.01, "paused");
  assert.deepEqual(texts(result), [
    "learn",
    "sing Ode to Joy",
    "sung",
    "dance",
    "danced",
    "— and now together —",
    "learn",
    "dance",
    "(applause)",
    "sing Ode to Joy",
    "danced",
    "sung",
  ]);
  assert.deepEqual([ratio(result, "oneByOne", "beat"), ratio(result, "together", "beat")], [3.5, 2]);
});

test("D2: a future written by hand is polled twice, the second time after its wake", async () => {
  const { figures } = await played("D2", 0.01, "real");
  assert.deepEqual(figures, { polls: 2, wakes: 1 });
});

test("D3: join waits for all, select and race for the first", async () => {
  const result = await played("D3", 0.01, "paused");
  assert.equal(texts(result).filter((line) => line.endsWith("is dropped, and cleans up")).length, 4);
  assert.equal(texts(result).filter((line) => line.endsWith("finishes")).length, 5);
  assert.deepEqual([ratio(result, "joined", "selected"), ratio(result, "joined", "raced")], [3, 3]);
});

test("D6: an executor of about 40 lines runs D1's program", async () => {
  assert.deepEqual(texts(await played("D6", 0.01, "real")), ["hello", "world"]);
  const source = readFileSync(new URL("../../examples/own-executor.ts", import.meta.url), "utf8");
  const lines = /^export class Executor \{.*?^\}/ms.exec(source)![0].split("\n");
  assert.ok(lines.length <= 45, `${lines.length} lines`);
});

test("E2: ten functions take ten times as long one by one as joined", async () => {
  const result = await played("E2", 0.01, "paused");
  assert.deepEqual([ratio(result, "awaited", "unit"), ratio(result, "joined", "unit")], [10, 1]);
  assert.equal(texts(result)[1], "end 0");
  assert.equal(texts(result)[31], "end 0");
});

test("E3: many futures joined take as long as one", async () => {
  const result = await played("E3", 0.001, "paused");
  assert.deepEqual([ratio(result, "thousand", "unit"), ratio(result, "million", "unit")], [1, 1]);
  assert.equal(result.figures["count"], 10_000);
});

test("E4: a function that blocks makes all serial, and heddle warns of it", async () => {
  const result = await played("E4", 0.01, "real");
  assert.ok(ratio(result, "time", "unit") >= 9.9);
  const lines = texts(result);
  for (let n = 0; n < 10; n++) assert.deepEqual(lines.slice(2 * n, 2 * n + 2), [`start ${n}`, `end ${n}`]);
  assert.match(lines[20]!, /^heddle: warning \[task\.blocked\] (Task|One of task) "foo \d"/);
});

test("E6: a future that is never awaited does nothing, and heddle warns of it", async () => {
  const lines = texts(await played("E6", 0.01, "real"));
  assert.equal(lines.length, 2);
  assert.match(lines[1]!, /^heddle: warning \[future\.never-polled\] .*mistake-never-awaited/s);
});

test("E7: each step of the runtime that is built runs", async () => {
  const result = await played("E7", 0.04, "real");
  assert.equal(texts(result).filter((line) => line.startsWith("— step")).length, 5);
  for (const step of [1, 2, 3, 4, 5]) assert.ok(result.checks.some((check) => check.startsWith(`step ${step}: `)));
});

test("F1: an async method works behind an interface, decorated and as a property", async () => {
  assert.deepEqual(texts(await played("F1", 0.01, "paused")), ["greeting: hello", "greeting: HELLO"]);
});

test("F2: an async destructor runs in all five ways, and nothing after the cancelled await", async () => {
  const result = await played("F2", 0.01, "real");
  assert.equal(result.figures["goodbyes"], 5);
  assert.deepEqual(
    texts(result).filter((line) => line.startsWith("server: farewell")),
    ["normally", "error", "abort", "select", "shutdown"].map((name) => `server: farewell ${name}`),
  );
});

test("play() asks that things are over within a time, unless it is told not to", async () => {
  const late = {
    ...examples[0]!,
    play: () => ready({ measured: "2 s", checks: { "it is over in 1 s": within(2000, 1000) } }),
  };
  assert.deepEqual((await play(late)).failures, ["it is over in 1 s"]);
  assert.deepEqual((await play(late, { isTimed: false })).failures, []);
});

test("play() turns an error of a program into a failed verdict", async () => {
  const broken = { ...examples[0]!, play: () => (undefined as any).future };
  const { verdict, failures } = await play(broken);
  assert.equal(verdict, "failed");
  assert.match(failures[0]!, /^it fails with TypeError/);
});

test("table() wraps cells to the width, and gives what one column does not need to the others", () => {
  const columns = [
    { title: "id", share: 0 },
    { title: "what", share: 50 },
    { title: "short", share: 50 },
  ];
  assert.equal(
    table(columns, [["A1", "some words that do not fit in", "x"]], 36),
    [
      "id  what                short",
      "──  ──────────────────  ────────────",
      "A1  some words that do  x",
      "    not fit in",
    ].join("\n"),
  );
  assert.deepEqual(wrap("incomprehensibilities and more", 8), ["incomprehensibilities", "and more"]);
});

test("tourOptions() selects programs in the order of the tour, whatever the case of their ids", () => {
  const options = tourOptions(["e2", "A2", "--scale", "0.5", "--json"], examples);
  assert.deepEqual(
    [options.examples.map(({ id }) => id), options.scale, options.json, options.svg],
    [["A2", "E2"], 0.5, true, "tour-timeline.svg"],
  );
  assert.equal(tourOptions([], examples).examples.length, examples.length);
});

test("tourOptions() says what it cannot understand, and what it could", () => {
  const refusals: [args: string[], message: RegExp][] = [
    [["E2", "Z9"], /^Cannot play "Z9" as there is no program with this id\nhelp: the ids are A1, A2, .*F2; --list/],
    [
      ["--fast"],
      /^Cannot play the tour as --fast is not an option\nhelp: the options are --scale, --untimed, --svg, --list/,
    ],
    [["--scale"], /^Cannot play the tour as --scale needs a value/],
    [["--svg", "--json"], /^Cannot play the tour as --svg needs a value/],
    [["--list=3"], /^Cannot play the tour as --list takes no value: received "3"/],
    [
      ["--scale", "fast"],
      /^Cannot play at this speed as the scale must be a number from 0\.001 to 10: received "fast"\nhelp: /,
    ],
  ];
  for (const [args, message] of refusals) assert.throws(() => tourOptions(args, examples), { message }, args.join(" "));
});
