/**
 * FileOperation: something done with an open file, awaited by one task at a time.
 *
 * A file has one cursor, so whatever is done with it has its turn: an operation holds the file while it is pending, and a second one is a
 * BusyError. One that was made and never polled is in nobody's way, and is reported: `file.close()` without `yield*` closes nothing.
 */
import type { Context } from "../future/context.js";
import { current } from "../future/current.js";
import type { Film, Unpolled } from "../future/diagnostics.js";
import { Leaf } from "../future/leaf.js";
import { Outside } from "../future/outside.js";
import { PENDING, type Poll } from "../future/poll.js";
import { busy } from "./failures.js";

/** What an operation holds. */
export interface Shared {
  readonly path: string;
  /** What is pending. `FileOperation` alone writes it. */
  holder: FileOperation<any> | null;
}

const NEW = 0;
/** Never polled, and old enough to be under suspicion. */
const WATCHED = 1;
const POLLED = 2;

const film: Film = { photos: 64 };

/** One operation. */
export class FileOperation<T> extends Leaf<T> implements Unpolled {
  /** As dumps call it: `file.read()`. */
  readonly label: string;
  readonly #file: Shared;
  readonly #attempt: () => Poll<T>;
  readonly #left: (() => void) | undefined;
  #age = NEW;
  readonly #outside = new Outside();

  /**
   * @param attempt does what can be done now; PENDING only if somebody will wake the holder
   * @param left told when the wait ends before the value came
   */
  constructor(label: string, file: Shared, attempt: () => Poll<T>, left?: () => void) {
    super();
    this.label = label;
    this.#file = file;
    this.#attempt = attempt;
    this.#left = left;
    if (current.warnings !== null) current.diagnostics.born(this, film);
  }

  poll(cx: Context): Poll<T> {
    const file = this.#file;
    if (this.#age !== POLLED) this.closeUnpolled();
    if (file.holder !== null && file.holder !== this) throw busy({ verb: `await ${this.label} of`, path: file.path });
    // An attempt that throws is over as well.
    file.holder = null;
    this.#outside.leave();
    const value = this.#tried();
    if (value !== PENDING) return value;
    file.holder = this;
    this.#outside.wait(cx.waker);
    return PENDING;
  }

  #tried(): Poll<T> {
    try {
      return this.#attempt();
    } catch (error) {
      // What an earlier write failed with came from the host: nobody who awaits this is in its stack.
      current.diagnostics.traceNative(error, current.stack, 0);
      throw error;
    }
  }

  /** Says that there is something new. */
  wake(): void {
    this.#outside.wake();
  }

  override drop(): void {
    if (this.#age !== POLLED) this.closeUnpolled();
    this.#outside.leave();
    if (this.#file.holder === this) this.#file.holder = null;
    this.#left?.();
  }

  /** @internal */
  get film(): Film {
    return film;
  }

  /** @internal */
  isUnpolled(): boolean {
    return this.#age !== POLLED;
  }

  /** @internal */
  watched(): void {
    this.#age = WATCHED;
  }

  /** @internal It is polled, or never will be, and that is no mistake. */
  closeUnpolled(): void {
    if (this.#age === WATCHED) current.diagnostics.unwatch(this);
    this.#age = POLLED;
  }
}
