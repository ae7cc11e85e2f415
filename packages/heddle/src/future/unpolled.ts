/**
 * The warning about futures that nobody ever polled: `foo()` where `yield* foo()` was meant. And the one about guards of locks that were
 * forgotten: a guard is its own future, which has a {@link Fault} while it is held.
 *
 * The newest future is noted. Nearly all have been polled when the next one is made, and that was it. The others go into a small ring;
 * what is still not polled when the ring comes round or the turn ends is put under watch: when it is collected, or the process ends, and it
 * was never polled, that is a mistake. The line that made it is known for the first calls of each function (a photograph of
 * the stack costs more than the call), and for all calls of a function once it has been caught. Of locks a few are photographed in each turn, so
 * that dumps can say where one was taken: where little happens that is all of them, and where much does it is not felt.
 */
import type { Warnings } from "../base/warnings.js";
import { siteOf } from "../base/stacktrace.js";
import { current } from "./current.js";
import type { Fault, Film, Unpolled } from "./diagnostics.js";
import { words } from "./words.js";

interface Suspect {
  readonly label: string;
  readonly code: string;
  readonly fault: Fault;
  /** The line that made it, if it was photographed. */
  readonly site: string;
  readonly film: Film | undefined;
  readonly warn: Warnings;
}

// A power of two.
const RING = 256;
const MOST_SUSPECTS = 1000;

/** Holds the newest future. */
interface Cradle {
  newest: Unpolled | null;
}

class Nursery {
  // A new object for each turn: into one as young as the futures it costs nothing to write them, into an old one the collector has to be told
  // of each (4 ns).
  #cradle: Cradle = { newest: null };
  readonly #recent: (Unpolled | undefined)[] = new Array(RING).fill(undefined);
  #next = 0;
  readonly #photos = new WeakMap<Unpolled, Error>();
  readonly #suspects = new Set<Suspect>();
  readonly #bySuspect = new WeakMap<Unpolled, Suspect>();
  readonly #collected = new FinalizationRegistry<Suspect>((suspect) => this.#report(suspect));
  /** The films that are used up, or nearly, and get some more when the turn ends. */
  readonly #spent = new Set<Film>();
  #isHooked = false;

  // Nearly every future is polled before the next one is made: only what is not goes into the ring.
  add(future: Unpolled): void {
    const cradle = this.#cradle;
    const { newest } = cradle;
    cradle.newest = future;
    if (newest !== null && newest.isUnpolled()) this.#remember(newest);
  }

  #remember(future: Unpolled): void {
    const at = this.#next;
    const previous = this.#recent[at];
    if (previous !== undefined && previous.isUnpolled()) this.#suspect(previous);
    this.#recent[at] = future;
    this.#next = (at + 1) & (RING - 1);
  }

  photograph(future: Unpolled, film: Film): void {
    film.photos--;
    if (!this.#isHooked) this.#hook();
    const photo = new Error();
    this.#photos.set(future, photo);
    if (film.perTurn === undefined) return;
    if (film.photos < film.perTurn) this.#spent.add(film);
    words.keeper?.keep(future, photo);
  }

  /** Looks at everything noted since the last sweep, oldest first. */
  sweep(): void {
    if (this.#spent.size > 0) {
      for (const film of this.#spent) film.photos = film.perTurn!;
      this.#spent.clear();
    }
    const { newest } = this.#cradle;
    if (newest !== null) {
      this.#cradle = { newest: null };
      if (newest.isUnpolled()) this.#remember(newest);
    }
    const recent = this.#recent;
    let first = this.#next;
    while (recent[(first + RING - 1) & (RING - 1)] !== undefined && first + RING > this.#next + 1) first--;
    for (let i = first; i < this.#next; i++) {
      const at = (i + RING) & (RING - 1);
      const future = recent[at]!;
      recent[at] = undefined;
      if (future.isUnpolled()) this.#suspect(future);
    }
    this.#next = (first + RING) & (RING - 1);
  }

  #suspect(future: Unpolled): void {
    if (this.#suspects.size >= MOST_SUSPECTS || current.warnings === null) return;
    const code = future.fault ?? "future.never-polled";
    const photo = this.#photos.get(future);
    const suspect: Suspect = {
      label: future.label,
      code,
      fault: words.faults[code]!,
      // Make text of it now. Until then the photograph keeps what was on the stack alive, and the future may be among it.
      site: photo === undefined ? "" : siteOf(photo),
      film: future.film,
      warn: current.warnings,
    };
    future.watched();
    this.#suspects.add(suspect);
    this.#bySuspect.set(future, suspect);
    this.#collected.register(future, suspect, suspect);
  }

  clear(future: Unpolled): void {
    const suspect = this.#bySuspect.get(future);
    if (suspect !== undefined) this.#forget(suspect);
  }

  #forget(suspect: Suspect): void {
    this.#suspects.delete(suspect);
    this.#collected.unregister(suspect);
  }

  #report(suspect: Suspect): void {
    if (!this.#suspects.has(suspect)) return;
    this.#forget(suspect);
    if (suspect.film !== undefined) suspect.film.photos = suspect.fault.photos;
    const { site, code, fault } = suspect;
    suspect.warn({
      code,
      message: `${fault.text(suspect.label)}${site === "" ? "" : `\n    at ${site}`}\nhelp: ${fault.help}`,
    });
  }

  // HOST: what has a `process` says when it ends. Pages do not.
  #hook(): void {
    this.#isHooked = true;
    const { process } = globalThis as { process?: { on?(event: string, listener: () => void): void } };
    process?.on?.("exit", () => this.#reportAll());
  }

  /** Reports what is not polled yet and would be said by `warn`. */
  reportAllOf(warn: Warnings): void {
    this.sweep();
    for (const suspect of this.#suspects) if (suspect.warn === warn) this.#report(suspect);
  }

  #reportAll(): void {
    this.sweep();
    for (const suspect of this.#suspects) if (suspect.fault.atExit) this.#report(suspect);
  }
}

const nursery = /* @__PURE__ */ new Nursery();

/** Notes a new future, and photographs the call that made it while there is film. Call it only while warnings are on. */
export function born(future: Unpolled, film: Film): void {
  nursery.add(future);
  if (film.photos > 0) nursery.photograph(future, film);
}

/** Notes a future again. Its photograph, if there is one, is still that of the call that made it. */
export function noteAgain(future: Unpolled): void {
  nursery.add(future);
}

/** A watched future is being polled after all, or what it gave was given back. */
export function unwatch(future: Unpolled): void {
  nursery.clear(future);
}

/** Ends a turn: what is new and not polled comes under watch. */
export function sweepUnpolled(): void {
  nursery.sweep();
}

/** Reports, to the warnings that are current, what was noted for them and never polled: whoever asks knows that it never will be. */
export function reportUnpolled(): void {
  if (current.warnings !== null) nursery.reportAllOf(current.warnings);
}
