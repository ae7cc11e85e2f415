/**
 * Guards: the photographs of what became a guard, for dumps to say where a lock was taken. In development alone.
 */
import { siteOf } from "../base/stacktrace.js";
import type { Keeper, Unpolled } from "../future/diagnostics.js";

const FEWEST = 256;

/** Photographs of guards, as long as those are held. It keeps none of them alive: one that was forgotten must be collected. */
export class Guards implements Keeper {
  readonly #photos = new WeakMap<object, Error>();
  /** Oldest first. */
  #guards: WeakRef<Unpolled>[] = [];
  /** When there are so many, those that are over are taken out. */
  #most = FEWEST;

  keep(future: Unpolled, photo: Error): void {
    if (this.#guards.length === this.#most) {
      this.#guards = this.#guards.filter((ref) => ref.deref()?.holding?.() !== undefined);
      this.#most = Math.max(FEWEST, 2 * this.#guards.length);
    }
    this.#photos.set(future, photo);
    this.#guards.push(new WeakRef(future));
  }

  takenAt(resource: object, task: object): string {
    for (const ref of this.#guards) {
      const guard = ref.deref();
      const held = guard?.holding?.();
      if (held != null && held.resource === resource && held.task === task) return siteOf(this.#photos.get(guard!)!);
    }
    return "";
  }
}
