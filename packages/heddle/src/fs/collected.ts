/**
 * What happens to an open file or listing that is collected and was never closed: it is closed then, and reported as a mistake.
 *
 * HOST: Node's own handles are no help here: collected open, they warn (Node 24), or end the program (26). So what is open is
 * held by a record that the collector never takes, and the object that users see only refers to it.
 */
import type { Warnings } from "../base/warnings.js";
import { shown } from "./path.js";

/** Something open in the host. It must not refer to its owner. */
export interface Held {
  readonly path: string;
  /** Where to say that it was forgotten; null where warnings are off. */
  readonly warnings: Warnings | null;
  /** Called when the owner was collected. */
  release(): void;
}

const collected = /* @__PURE__ */ new FinalizationRegistry<Held>((held) => {
  held.release();
  held.warnings?.({
    code: "fs.unclosed",
    message:
      `${shown(held.path)} was forgotten while it was open, and is closed now that it was garbage-collected` +
      "\nhelp: close it with close(), or with using",
  });
});

/** Has it released when `owner` is collected. */
export function watch(owner: object, held: Held): void {
  collected.register(owner, held, held);
}

/** It is closed. */
export function unwatch(held: Held): void {
  collected.unregister(held);
}
