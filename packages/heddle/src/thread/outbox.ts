/**
 * What this thread has sent to others and not posted yet: it is posted in batches, when the turn is over. The turn of a thread that blocks is not over
 * for a long time, or never if it waits for an answer: so whoever blocks posts first.
 */

export interface Outbox {
  /** Posts what was sent so far. */
  flush(): void;
}

const unposted = new Set<Outbox>();

/** Something in it waits for the end of the turn. */
export function isUnposted(outbox: Outbox): void {
  unposted.add(outbox);
}

/** Nothing in it does any more. */
export function isPosted(outbox: Outbox): void {
  unposted.delete(outbox);
}

/** Posts everything. To be called before this thread blocks. */
export function postAll(): void {
  for (const outbox of unposted) outbox.flush();
}
