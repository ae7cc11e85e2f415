/**
 * C2: three clients of the echo server, one after another, in plain code that blocks, without any runtime. What C3 and C4 are measured
 * against. The program is `programs/blocking-clients.ts`, in a process of its own, whose thread stands still whenever it waits.
 */
import { fileURLToPath } from "node:url";
import { async, END } from "heddle";
import { lines } from "heddle/io";
import { Command } from "heddle/process";
import { second, startEchoServer } from "./clients-one-by-one.js";
import { example } from "./stage/example.js";
import { hasPrinted, print, stopwatch, text, times, within } from "./stage/stage.js";

/** Runs the program, prints what it says when it says it, and answers its exit code. */
const runProgram = async(function* (port: number) {
  const path = fileURLToPath(new URL("programs/blocking-clients.js", import.meta.url));
  const args = [path, String(port), String(second())];
  using child = yield* new Command(process.execPath, { args, killOnDrop: true }).stdout("pipe").spawn();
  const output = lines(child.stdout!);
  for (let line; (line = yield* output.next()) !== END;) print(line);
  return (yield* child.wait()).code;
});

export const clientsBlocking = example(import.meta, {
  id: "C2",
  program: "Three clients: wait 2 s, ask, compute 4 s; blocking, one after another",
  expected: "3 × 14 s = 42 s",
  play: async(function* () {
    using server = yield* startEchoServer();
    const elapsed = stopwatch();
    const code = yield* runProgram(server.port);
    const time = elapsed();
    return {
      measured: `${text(time)}: ${times(time, second())} of a second, at this speed`,
      checks: {
        "they take the sum of all": time >= 42 * second() - 6 && within(time, 84 * second()),
        "each ends before the next begins": hasPrinted(
          ...[1, 2, 3].flatMap((n) => [
            `task ${n} started`,
            `task ${n} has written`,
            `task ${n} was answered: message ${n}`,
            `task ${n} finished`,
          ]),
        ),
        "it ends with code 0": code === 0,
      },
      figures: { second: second(), time },
    };
  }),
});
