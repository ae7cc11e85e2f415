/**
 * A5: four processes of the operating system, each making the request. All are started, then each is waited for: they wait at the same time.
 */
import { fileURLToPath } from "node:url";
import { async } from "heddle";
import { type Child, Command } from "heddle/process";
import { mostAtOnce, startSlowServer } from "./one-request.js";
import { example } from "./stage/example.js";
import { print, printed, scaled, stopwatch, text, times, within, isTimed } from "./stage/stage.js";

/** How long the server takes for an answer. Much longer than a process takes to start: that is work, of which four have more than one. */
export const longDelay = () => scaled(1000, 500);

const PROGRAM = fileURLToPath(new URL("programs/greeting.js", import.meta.url));

/** A process that makes one request of the server. It does not outlive the task that starts it. */
export const greeting = (port: number, path = "/greeting") =>
  new Command(process.execPath, {
    args: [PROGRAM, `http://127.0.0.1:${port}${path}?delay=${longDelay()}`],
    killOnDrop: true,
  });

/** Starts so many processes, then waits for each, in order. */
const processes = async(function* (count: number, port: number) {
  const children: Child[] = [];
  for (let n = 1; n <= count; n++) {
    const child = yield* greeting(port).stdout("null").spawn();
    print(`process ${n} runs: id ${child.id}`);
    children.push(child);
  }
  const codes: (number | null)[] = [];
  for (const [at, child] of children.entries()) {
    const { code } = yield* child.wait();
    print(`process ${at + 1} is over: id ${child.id}, exit code ${code}`);
    codes.push(code);
  }
  return { ids: new Set(children.map((child) => child.id)), codes };
});

export const fourProcesses = example(import.meta, {
  id: "A5",
  program: "Four processes, each making the request, started together, then waited for",
  expected: "×1, each process id and exit code",
  play: async(function* () {
    using server = yield* startSlowServer();
    const alone = stopwatch();
    yield* processes(1, server.port);
    const unit = alone();
    yield* mostAtOnce(server.port);

    const elapsed = stopwatch();
    const { ids, codes } = yield* processes(4, server.port);
    const time = elapsed();
    const most = yield* mostAtOnce(server.port);
    const order = printed()
      .slice(2)
      .map((line) => line.split(":")[0]);
    return {
      measured: `${text(time)}, ${times(time, unit)} of one process; exit codes ${codes.join(" ")}`,
      checks: {
        "it takes about as long as one": within(time, 2.5 * unit),
        "the server had all four to serve at once": most === 4 || !isTimed(),
        "all run before the first is waited for": order
          .slice(0, 4)
          .every((line, i) => line === `process ${i + 1} runs`),
        "each is waited for, in order":
          order.slice(4).join() === [1, 2, 3, 4].map((n) => `process ${n} is over`).join(),
        "they are four": ids.size === 4 && !ids.has(process.pid),
        "all end well": codes.every((code) => code === 0),
      },
      figures: { unit, time, most },
    };
  }),
});
