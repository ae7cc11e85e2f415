/**
 * Endings: tells what is shared when a thread ends that this thread had started, so that others need not wait for the end of a slice.
 */
import { onThreadEnd } from "../life.js";

/** Something that a thread may have had when it died. */
export interface Shared {
  /** @internal That thread is over. Wakes those who wait for what it had. */
  threadEnded(id: number): void;
}

const known = new Set<WeakRef<Shared>>();
const remembered = new WeakSet<Shared>();
let forgotten: FinalizationRegistry<WeakRef<Shared>> | undefined;

/** Remembers it weakly. Called when it is sent to another thread, or was made of what is shared already. */
export function rememberShared(shared: Shared): void {
  if (remembered.has(shared)) return;
  remembered.add(shared);
  if (forgotten === undefined) {
    forgotten = new FinalizationRegistry((reference) => void known.delete(reference));
    onThreadEnd((id) => {
      for (const reference of known) reference.deref()?.threadEnded(id);
    });
  }
  const reference = new WeakRef(shared);
  known.add(reference);
  forgotten.register(shared, reference);
}
