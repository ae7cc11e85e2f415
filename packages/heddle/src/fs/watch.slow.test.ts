/**
 * watch() on real files: what is a change, what is one, and what a watch outlives.
 */
import assert from "node:assert/strict";
import { spawn as spawnProcess } from "node:child_process";
import fs from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { notOnDeno } from "../base/hosts.kit.js";
import { commandOf } from "../base/program.kit.js";
import { collectGarbage } from "../base/garbage.kit.js";
import { async, END, type Future, run, select, sleep, spawn, yieldNow } from "../index.js";
import { type FileVersion, watch, writeAtomic } from "../fs.js";
import { Context, noopWaker, PENDING, pin } from "../lowlevel.js";
import type { watch as watchChannel } from "../sync.js";

type Receiver = watchChannel.Receiver<FileVersion | undefined>;

const folder = fs.realpathSync(fs.mkdtempSync(join(tmpdir(), "heddle-watch-")));
after(() => fs.rmSync(folder, { recursive: true, force: true }));
let count = 0;
/** A file in a folder of its own. */
const made = (content: string): string => {
  const path = join(folder, `${++count}`, "settings");
  fs.mkdirSync(dirname(path));
  fs.writeFileSync(path, content);
  return path;
};

/** How many watches the system keeps for this process. */
const watches = (): number =>
  fs.readdirSync("/proc/self/fdinfo").reduce((sum, fd) => {
    try {
      return sum + (fs.readFileSync(`/proc/self/fdinfo/${fd}`, "utf8").match(/^inotify /gm) ?? []).length;
    } catch {
      // It listed the folder, and is closed by now.
      return sum;
    }
  }, 0);

/** The texts of the next changes, `-` where there is no file, until `last` was among them. */
const until = async(function* (receiver: Receiver, last: string) {
  const texts: string[] = [];
  for (;;) {
    const version = yield* receiver.next();
    if (version === END) return [...texts, "end"];
    texts.push(version?.text ?? "-");
    if (texts.at(-1) === last) return texts;
  }
});

/** Nothing comes, though it has had its time. */
const nothing = async(function* (receiver: Receiver) {
  const { key } = yield* select({ change: receiver.next(), time: sleep(40) });
  assert.equal(key, "time");
});

/** Watches a file that settles quickly. */
const watching = (path: string, body: (receiver: Receiver) => Future<void>): Promise<void> =>
  run(
    async(function* () {
      using receiver = yield* watch(path, { settling: 3 });
      yield* body(receiver);
    })(),
  );

test("watch() gives what is there, which counts as seen, and then each save once", async () => {
  const path = made("one");
  await watching(path, (receiver) =>
    async(function* () {
      assert.deepEqual([receiver.borrow()?.text, receiver.hasChanged()], ["one", false]);
      yield* nothing(receiver);
      for (const text of ["two", "three", "four"]) {
        fs.writeFileSync(path, text);
        assert.deepEqual(yield* until(receiver, text), [text]);
        yield* nothing(receiver);
      }
      const version = receiver.borrow()!;
      assert.deepEqual([Buffer.from(version.bytes).toString(), version.metadata.length], ["four", 4]);
    })(),
  );
});

test("watch() gives several saves in quick succession once, the last of them", async () => {
  const path = made("zero");
  await watching(path, (receiver) =>
    async(function* () {
      for (const text of ["one", "two", "three"]) fs.writeFileSync(path, text);
      assert.deepEqual(yield* until(receiver, "three"), ["three"]);
      yield* nothing(receiver);
    })(),
  );
});

test("watch() gives nothing for a touch, a mode, a save that changes nothing, and other files", async () => {
  const path = made("same");
  await watching(path, (receiver) =>
    async(function* () {
      fs.utimesSync(path, 1, 1);
      yield* nothing(receiver);
      fs.chmodSync(path, 0o600);
      fs.writeFileSync(path, "same");
      yield* nothing(receiver);
      fs.writeFileSync(`${path}.other`, "same");
      yield* writeAtomic(path, "same");
      yield* nothing(receiver);
      // A change and back again, before anybody looked.
      for (const text of ["else", "same"]) fs.writeFileSync(path, text);
      yield* nothing(receiver);
    })(),
  );
});

test("watch() outlives that the file is replaced, removed and made again, moved away and back", async () => {
  const path = made("one");
  await watching(path, (receiver) =>
    async(function* () {
      for (const text of ["two", "three"]) {
        yield* writeAtomic(path, text);
        assert.deepEqual(yield* until(receiver, text), [text]);
      }
      fs.rmSync(path);
      assert.deepEqual(yield* until(receiver, "-"), ["-"]);
      fs.writeFileSync(path, "four");
      assert.deepEqual(yield* until(receiver, "four"), ["four"]);
      fs.renameSync(path, `${path}.old`);
      assert.deepEqual(yield* until(receiver, "-"), ["-"]);
      fs.renameSync(`${path}.old`, path);
      assert.deepEqual(yield* until(receiver, "four"), ["four"]);
      fs.rmSync(path);
      fs.writeFileSync(path, "five");
      assert.deepEqual(yield* until(receiver, "five"), ["five"]);
      // In place, after all that.
      fs.appendFileSync(path, "six");
      assert.deepEqual(yield* until(receiver, "fivesix"), ["fivesix"]);
    })(),
  );
});

test("watch() of a file that is not there yet waits for it", async () => {
  const path = `${made("")}.later`;
  await watching(path, (receiver) =>
    async(function* () {
      assert.equal(receiver.borrow(), undefined);
      fs.writeFileSync(path, "there");
      assert.deepEqual(yield* until(receiver, "there"), ["there"]);
    })(),
  );
});

test("watch() sees a link in the same folder led elsewhere", async () => {
  const path = made("");
  const [one, two, link] = ["one", "two", "link"].map((name) => join(dirname(path), name)) as [string, string, string];
  for (const [file, text] of [
    [one, "1"],
    [two, "2"],
  ] as const)
    fs.writeFileSync(file, text);
  fs.symlinkSync(one, link);
  await watching(link, (receiver) =>
    async(function* () {
      assert.equal(receiver.borrow()!.text, "1");
      fs.symlinkSync(two, `${link}.new`);
      fs.renameSync(`${link}.new`, link);
      assert.deepEqual(yield* until(receiver, "2"), ["2"]);
      // What it leads to is changed: it is in the same folder, and so an event.
      fs.writeFileSync(two, "22");
      assert.deepEqual(yield* until(receiver, "22"), ["22"]);
    })(),
  );
});

test(
  "watch() ends when the folder goes away, and goes over to another one that takes its name",
  { skip: notOnDeno("it does not tell that a folder that is watched went away") },
  async () => {
    const path = made("one");
    await watching(path, (receiver) =>
      async(function* () {
        const other = `${dirname(path)}-other`;
        fs.mkdirSync(other);
        fs.writeFileSync(join(other, "settings"), "two");
        fs.renameSync(dirname(path), `${dirname(path)}-old`);
        fs.renameSync(other, dirname(path));
        assert.deepEqual(yield* until(receiver, "two"), ["two"]);
        fs.writeFileSync(path, "three");
        assert.deepEqual(yield* until(receiver, "three"), ["three"]);
        fs.rmSync(dirname(path), { recursive: true });
        assert.deepEqual(yield* until(receiver, "end"), ["-", "end"]);
      })(),
    );
  },
);

test("watch() gives what cannot be read as a change whose content throws why", async () => {
  const path = made("one");
  await watching(path, (receiver) =>
    async(function* () {
      fs.rmSync(path);
      fs.mkdirSync(path);
      for (let version; (version = yield* receiver.next()) !== END;) {
        // That it was gone may have been seen.
        if (version === undefined) continue;
        const { text } = Object.getOwnPropertyDescriptors(Object.getPrototypeOf(version));
        assert.throws(() => text!.get!.call(version), {
          code: "fs.is-a-directory",
          message: `Cannot read "${path}": it is a folder`,
        });
        break;
      }
      yield* nothing(receiver);
    })(),
  );
});

test("watch() looks at a file that is never left alone after ten times its settling", async () => {
  const path = made("0");
  const main = async(function* () {
    using receiver = yield* watch(path, { settling: 10 });
    let n = 0;
    const writer = spawn(
      async(function* () {
        for (;;) {
          fs.writeFileSync(path, `${++n}`);
          yield* sleep(1);
        }
      })(),
    );
    yield* receiver.changed();
    const saves = n;
    writer.abort();
    yield* writer.settled();
    yield* receiver.waitFor((version) => version?.text === `${n}`);
    return saves;
  });
  // Not at each of them.
  assert.ok((await run(main())) >= 2);
});

test("watch() that is dropped, whenever it is, loses no change", async () => {
  const path = made("0");
  await watching(path, (receiver) =>
    async(function* () {
      for (let n = 1; n <= 6; n++) {
        const wait = pin(receiver.next());
        if (n % 2 === 0) assert.equal(wait.poll(new Context(noopWaker)), PENDING);
        fs.writeFileSync(path, `${n}`);
        if (n % 3 === 0) yield* sleep(15);
        wait.drop();
        assert.deepEqual(yield* until(receiver, `${n}`), [`${n}`]);
      }
    })(),
  );
});

test("watch() says that there is no folder, and refuses what makes no sense", async () => {
  await assert.rejects(run(watch(join(folder, "no", "file"))), {
    code: "fs.not-found",
    message: `Cannot watch "${join(folder, "no", "file")}": the folder that it is to be in does not exist\nhelp: make the folder first, with createDirAll(…)`,
  });
  assert.throws(() => watch("x", { settling: -1 }), RangeError);
  assert.throws(() => pin(watch("x")).poll(new Context(noopWaker)), { name: "NoRuntimeError" });
});

test("watch() leaves no watch: closed, dropped while it begins, forgotten", async () => {
  const path = made("one");
  const main = async(function* () {
    const receiver = yield* watch(path);
    const clone = receiver.clone();
    receiver.close();
    clone.close();
    const beginning = pin(watch(path));
    assert.equal(beginning.poll(new Context(noopWaker)), PENDING);
    beginning.drop();
    yield* watch(path);
    yield* yieldNow();
  });
  await run(main());
  for (let n = 0; n < 300 && watches() > 0; n++) {
    collectGarbage();
    await new Promise(setImmediate);
  }
  assert.equal(watches(), 0);
});

const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);

/** Runs a program in a process of its own, to its end. */
function life(
  program: string,
  onLine: (line: string) => void,
): Promise<{ code: number | null; lines: string[]; stderr: string }> {
  const imports = `
    import { writeSync } from "node:fs";
    import { async, main } from ${url("../index.js")};
    import { watch } from ${url("../fs.js")};
    const say = (line) => writeSync(1, line + "\\n");
  `;
  const child = spawnProcess(...commandOf(imports + program));
  const lines: string[] = [];
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    for (const line of text.split("\n").slice(0, -1)) {
      lines.push(line);
      onLine(line);
    }
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code, lines, stderr })));
}

test("watch() keeps the process alive while somebody waits, and not when nobody does", async () => {
  const path = made("one");
  const program = (body: string): string => `main(async(function* () {
    globalThis.receiver = yield* watch(${JSON.stringify(path)});
    ${body}
  })());`;
  const waiting = program('setTimeout(say, 20, "waits"); yield* receiver.changed(); say(receiver.borrow().text);');
  assert.deepEqual(await life(waiting, (line) => line === "waits" && fs.writeFileSync(path, "two")), {
    code: 0,
    lines: ["waits", "two"],
    stderr: "",
  });
  assert.deepEqual(await life(program('say("over");'), () => {}), { code: 0, lines: ["over"], stderr: "" });
});
