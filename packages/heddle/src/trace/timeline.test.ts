import assert from "node:assert/strict";
import { test } from "node:test";
import type { ProbedTask } from "../base/probe.js";
import { async } from "../future/async.js";
import { Runtime } from "../runtime/runtime.js";
import { sleep } from "../time/sleep.js";
import { Timeline, type TimelineOptions } from "./timeline.js";

/** A timeline whose time is told to it. */
function scripted(options: TimelineOptions = {}): { timeline: Timeline; at: (time: number) => Timeline } {
  let now = 0;
  const timeline = new Timeline({ now: () => now, ...options });
  return {
    timeline,
    at(time) {
      now = time;
      return timeline;
    },
  };
}

const task = (id: number, name = `t${id}`): ProbedTask => ({ id, name });

/** All hover texts of a picture, in order. */
const titles = (svg: string): string[] => [...svg.matchAll(/<title>(.*?)<\/title>/g)].map(([, text]) => text!);

test("Timeline records when a task was spawned, woken, polled and ended", () => {
  const { timeline, at } = scripted();
  const one = task(1, "one");
  at(10).spawned(one);
  at(11).woken(one);
  at(12).pollBegins(one);
  at(15).pollEnds();
  at(20).woken(one);
  at(20).pollBegins(one);
  at(22).ended(one);
  at(22).pollEnds();
  assert.deepEqual(structuredClone(timeline.lanes.map(({ name, tasks, rest }) => ({ name, tasks, rest }))), [
    {
      name: "main thread",
      tasks: [
        {
          id: 1,
          name: "one",
          tasks: 1,
          spawned: 10,
          ended: 22,
          polls: 2,
          busy: 5,
          longest: 3,
          bars: [
            { woken: 11, begin: 12, end: 15, polls: 1, busy: 3 },
            { woken: 20, begin: 20, end: 22, polls: 1, busy: 2 },
          ],
        },
      ],
      rest: null,
    },
  ]);
});

test("Timeline makes close polls one when there are too many, and keeps the sums", () => {
  const { timeline, at } = scripted({ maxTasks: 1, maxPolls: 8 });
  const one = task(1);
  at(0).spawned(one);
  for (let i = 0; i < 100; i++) {
    at(i * 10).pollBegins(one);
    at(i * 10 + 1).pollEnds();
  }
  const [record] = timeline.lanes[0]!.tasks;
  assert.ok(record!.bars.length <= 8, `${record!.bars.length}`);
  const { polls, busy, longest } = record!;
  assert.deepEqual([polls, busy, longest], [100, 100, 1]);
  assert.equal(
    record!.bars.reduce((sum, bar) => sum + bar.polls, 0),
    100,
  );
  assert.deepEqual([record!.bars[0]!.begin, record!.bars.at(-1)!.end], [0, 991]);
});

test("Timeline gives the tasks past its limit one record, across lanes", () => {
  const { timeline, at } = scripted({ maxTasks: 2 });
  const other = timeline.lane("worker");
  const tasks = [1, 2, 3, 4].map((id) => task(id));
  at(0).spawned(tasks[0]!);
  other.spawned!(tasks[1]!);
  at(1).spawned(tasks[2]!);
  at(2).spawned(tasks[3]!);
  at(3).pollBegins(tasks[3]!);
  at(5).pollEnds();
  at(5).ended(tasks[3]!);
  assert.deepEqual(
    timeline.lanes.map((lane) => [lane.name, lane.tasks.map(({ id }) => id), lane.rest?.tasks, lane.rest?.busy]),
    [
      ["worker", [2], undefined, undefined],
      ["main thread", [1], 2, 2],
    ],
  );
});

test("Timeline tells tasks of several runtimes apart that have the same id", () => {
  const { timeline, at } = scripted();
  const [a, b] = [task(1, "a"), task(1, "b")];
  at(0).spawned(a);
  at(0).spawned(b);
  at(1).pollBegins(b);
  at(2).pollEnds();
  assert.deepEqual(
    timeline.lanes[0]!.tasks.map(({ name, polls }) => [name, polls]),
    [
      ["a", 0],
      ["b", 1],
    ],
  );
});

test("Timeline refuses limits that are none", () => {
  assert.throws(() => new Timeline({ maxTasks: 0 }), {
    name: "RangeError",
    message: "Cannot make a timeline as 'maxTasks' must be an integer >= 1: received 0",
  });
});

test("Timeline.toSvg() says in hover texts what each bar is", () => {
  const { timeline, at } = scripted();
  const one = task(1, "fetch");
  at(100).spawned(one);
  at(110).woken(one);
  at(120).pollBegins(one);
  at(150).pollEnds();
  at(300).pollBegins(one);
  at(1100).ended(one);
  at(1100).pollEnds();
  const svg = timeline.toSvg({ title: "Two polls", width: 1200 });
  assert.deepEqual(titles(svg), [
    "main thread: polled tasks for 830 ms of 1.00 s; 0 timers fired",
    "main thread: polled for 30 ms at 20 ms, 10 ms after it was woken",
    "main thread: polled for 800 ms at 200 ms",
    "fetch #1: from 0 ms, for 1.00 s; 2 polls, 830 ms in all, longest 800 ms",
    "fetch #1: polled for 30 ms at 20 ms, 10 ms after it was woken",
    "fetch #1: polled for 800 ms at 200 ms",
  ]);
  assert.match(svg, /1\.00 s {2}· {2}1 task {2}· {2}2 polls {2}· {2}longest poll 800 ms {2}· {2}1 thread/);
  const ticks = [...svg.matchAll(/class="tick"[^>]*>([^<]*)</g)].map(([, text]) => text);
  assert.deepEqual(ticks.slice(0, 3), ["0", "0.1 s", "0.2 s"]);
});

test("Timeline.toSvg() draws the longest-lived tasks, and the rest as one row", () => {
  const { timeline, at } = scripted();
  const tasks = Array.from({ length: 10 }, (_, i) => task(i + 1));
  for (const each of tasks) at(0).spawned(each);
  for (const each of tasks) {
    at(each.id * 10).pollBegins(each);
    at(each.id * 10).ended(each);
    at(each.id * 10 + 1).pollEnds();
  }
  const svg = timeline.toSvg({ rows: 3 });
  const rows = [...svg.matchAll(/class="name"[^>]*>(.*?)<\/text>/g)].map(([, text]) => text!.replace(/<[^>]*>/g, ""));
  assert.deepEqual(rows, ["t9 #9", "t10 #10", "8 more tasks"]);
});

test("Timeline.toSvg() stays small whatever was recorded, and escapes names", () => {
  const { timeline, at } = scripted();
  for (let i = 0; i < 10_000; i++) {
    const each = task(i, `<b>&"${i % 7}\u0001`);
    at(i).spawned(each);
    at(i + 0.2).pollBegins(each);
    at(i + 0.4).pollEnds();
    at(i + 0.4).ended(each);
  }
  const svg = timeline.toSvg({ rows: 100 });
  assert.ok(svg.length < 1_000_000, `${svg.length}`);
  assert.ok(!svg.includes("<b>") && !svg.includes("\u0001"));
  assert.match(svg, /&#60;b&#62;&#38;&#34;3/);
});

test("Timeline.toSvg() has something to say when nothing was recorded", () => {
  const svg = new Timeline().toSvg({ title: "Nothing" });
  assert.match(svg, /nothing was recorded/);
  assert.ok(!/NaN|Infinity/.test(svg));
});

test("Timeline as the probe of a runtime hears of every task and poll", async () => {
  const timeline = new Timeline();
  const runtime = new Runtime({ probe: timeline, startPaused: true });
  const main = async(function* () {
    const handles = [1, 2].map((n) => runtime.spawn(sleep(n * 1000), { name: `sleeper ${n}` }));
    for (const handle of handles) yield* handle;
  });
  await runtime.run(main(), { name: "main" });
  const { tasks, timers } = timeline.lanes[0]!;
  assert.deepEqual(
    tasks.map(({ name, polls, ended }) => [name, polls, Number.isNaN(ended)]),
    [
      ["main", 3, false],
      ["sleeper 1", 2, false],
      ["sleeper 2", 2, false],
    ],
  );
  assert.equal(timers, 2);
  assert.ok(!/NaN/.test(timeline.toSvg()));
});
