/**
 * A9: a file is watched, and the main loop prints what is in it on each change. A watch channel carries the change: whoever looks sees
 * the newest content, so several saves in quick succession are one.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { async, END, sleep, spawn } from "heddle";
import { removeFile, watch, writeAtomic } from "heddle/fs";
import { example } from "./stage/example.js";
import { hasPrinted, print, printed, scaled, stopwatch, text } from "./stage/stage.js";

/** Longer than a file settles, so that two saves with a pause between them are two changes. */
const pause = () => scaled(500, 200);

/** Somebody at work on the file, who saves it in all the ways that editors do. */
const editor = async(function* (path: string) {
  const saves = [
    () => writeFileSync(path, "written in place"),
    // Three saves, and nobody has looked in between.
    () => ["quick 1", "quick 2", "quick 3"].forEach((content) => writeFileSync(path, content)),
    // Nothing has changed: another file, and the same content again.
    () => ["quick 3", "quick 3"].forEach((content, i) => writeFileSync(i === 0 ? `${path}~` : path, content)),
  ];
  for (const save of saves) {
    yield* sleep(pause());
    save();
  }
  for (const content of ["replaced by another file", "and once more"]) {
    yield* sleep(pause());
    yield* writeAtomic(path, content);
  }
  yield* sleep(pause());
  yield* removeFile(path);
  yield* sleep(pause());
  yield* writeAtomic(path, "here again");
  yield* sleep(pause());
});

export const watchedFile = example(import.meta, {
  id: "A9",
  program: "A watched file is printed on each change",
  expected: "each save once, nothing without a change, quick saves as the last of them",
  play: async(function* () {
    const folder = mkdtempSync(join(tmpdir(), "heddle-tour-"));
    try {
      const path = join(folder, "note.txt");
      yield* writeAtomic(path, "at first");
      const elapsed = stopwatch();

      using receiver = yield* watch(path);
      print(receiver.borrow()!.text);
      const editing = spawn(editor(path));
      const closing = spawn(
        async(function* () {
          yield* editing;
          receiver.close();
        })(),
      );
      // To the end: until we close it.
      for (let version; (version = yield* receiver.next()) !== END;) print(version?.text ?? "(no file)");
      yield* closing;

      return {
        measured: `${printed().length - 1} changes printed of 8 saves and a removal, in ${text(elapsed())}`,
        checks: {
          "each save is printed once, quick ones as the last": hasPrinted(
            "at first",
            "written in place",
            "quick 3",
            "replaced by another file",
            "and once more",
            "(no file)",
            "here again",
          ),
        },
        figures: { pause: pause(), changes: printed().length - 1, time: elapsed() },
      };
    } finally {
      rmSync(folder, { recursive: true });
    }
  }),
});
