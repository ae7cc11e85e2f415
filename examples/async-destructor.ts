/**
 * F2: an async destructor. A session tells its server goodbye, and waits for the answer, whichever way it ends: normally, with an error,
 * aborted, as the loser of a select, or at the shutdown of its runtime. All it takes is a `finally` that awaits.
 */
import { connect, type Socket } from "node:net";
import { createInterface, type Interface } from "node:readline";
import { async, fromCallback, fromPromise, type Future, Runtime, select, sleep, spawn } from "heddle";
import { example } from "./stage/example.js";
import { startServer } from "./stage/server.js";
import { ownRuntime, print, printed, scaled } from "./stage/stage.js";

/** A line-by-line conversation over TCP. */
class Conversation {
  readonly #socket: Socket;
  readonly #lines: Interface;

  constructor(port: number) {
    this.#socket = connect(port, "127.0.0.1");
    this.#lines = createInterface({ input: this.#socket });
  }

  /** Says a line, and gives the answer. */
  ask(line: string) {
    return fromCallback<string>((resolve, reject) => {
      this.#lines.once("line", resolve);
      this.#socket.once("error", reject);
      this.#socket.write(`${line}\n`);
      return () => this.#lines.off("line", resolve);
    });
  }

  close(): void {
    this.#socket.end();
  }
}

/** Does `work` in a session with the server. However that ends, the server is told goodbye. */
const withSession = async(function* (port: number, name: string, work: () => Future<void>) {
  const conversation = new Conversation(port);
  try {
    print(`server: ${yield* conversation.ask(`hello ${name}`)}`);
    yield* work();
  } finally {
    // This is the destructor. It awaits, and nothing can stop it but the deadline of a shutdown.
    print(`server: ${yield* conversation.ask(`goodbye ${name}`)}`);
    conversation.close();
  }
});

/** A signal that is given once. */
function signal(): { readonly given: Future<void>; readonly give: () => void } {
  let give!: () => void;
  const promise = new Promise<void>((resolve) => (give = resolve));
  return { given: fromPromise(promise), give };
}

/** Works until it is cancelled. */
const endlessly = async(function* (begun: () => void) {
  begun();
  yield* sleep({ hours: 1 });
  print("NEVER: this is after the cancelled await");
});

const normally = async(function* (port: number) {
  yield* withSession(port, "normally", () => sleep(scaled(100)));
  print("normally: over");
});

const withAnError = async(function* (port: number) {
  const fail = async(function* () {
    throw new Error("out of paper");
  });
  try {
    yield* withSession(port, "error", fail);
  } catch (error) {
    print(`error: ${(error as Error).message}`);
  }
});

const aborted = async(function* (port: number) {
  const working = signal();
  const handle = spawn(
    withSession(port, "abort", () => endlessly(working.give)),
    { name: "session to abort" },
  );
  yield* working.given;
  handle.abort("not needed any more");
  const { status } = yield* handle.settled();
  print(`abort: the task is over, ${status}`);
});

const losingASelect = async(function* (port: number) {
  const working = signal();
  const selecting = async(function* () {
    const session = withSession(port, "select", () => endlessly(working.give));
    const first = yield* select({ session, other: working.given });
    print(`select: ${first.key} came first`);
  });
  // A select does not wait for the cleanup of what it drops. The task does.
  yield* spawn(selecting(), { name: "session in a select" });
  print("select: the task is over");
});

const atShutdown = async(function* (port: number) {
  const working = signal();
  const runtime = new Runtime(ownRuntime({ name: "to be shut down" }));
  const handle = runtime.spawn(
    withSession(port, "shutdown", () => endlessly(working.give)),
    {
      name: "session at a shutdown",
    },
  );
  handle.catch(() => {});
  yield* working.given;
  yield* fromPromise(() => runtime.shutdown());
  print("shutdown: complete");
});

const LINES = [
  "server: welcome normally",
  "server: farewell normally",
  "normally: over",
  "server: welcome error",
  "server: farewell error",
  "error: out of paper",
  "server: welcome abort",
  "server: farewell abort",
  "abort: the task is over, rejected",
  "server: welcome select",
  "select: other came first",
  "server: farewell select",
  "select: the task is over",
  "server: welcome shutdown",
  "server: farewell shutdown",
  "shutdown: complete",
];
const NAMES = ["normally", "error", "abort", "select", "shutdown"];

export const asyncDestructor = example(import.meta, {
  id: "F2",
  program: "An async destructor: a session tells its server goodbye",
  expected: "at normal end, error, abort, lost select and shutdown; nothing after the cancelled await",
  play: async(function* () {
    using server = yield* startServer("farewell", scaled(100));
    for (const way of [normally, withAnError, aborted, losingASelect, atShutdown]) yield* way(server.port);

    const conversation = new Conversation(server.port);
    const heard = JSON.parse(yield* conversation.ask("report")) as string[];
    conversation.close();
    const said = NAMES.filter((name) => heard.includes(`goodbye ${name}`));
    return {
      measured: `the server heard ${said.length} goodbyes of ${NAMES.length}`,
      checks: {
        "the goodbye reaches the server in all five ways":
          heard.join() === NAMES.flatMap((name) => [`hello ${name}`, `goodbye ${name}`]).join(),
        "nothing after the cancelled await runs": !printed().some((line) => line.startsWith("NEVER")),
        "the answer is waited for, and all is in order": printed().join("\n") === LINES.join("\n"),
      },
      figures: { goodbyes: said.length },
    };
  }),
});
