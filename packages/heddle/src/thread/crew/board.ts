/**
 * The queue on a board: the jobs that any thread of a pool may take, oldest first. One puts, many take.
 *
 *     entries   … │ taken │ taken │ job │ job │ job │       │ …
 *                             HEAD ──┘             └── TAIL
 *
 * Taking has two steps: move HEAD on, then take the slot. A thread that dies between them has lost nothing but the entry: the job is
 * still QUEUED, and the owner puts another entry there (`Pool`). Two entries of one job do no harm: the slot is taken once.
 *
 * The entry of a job that is SEALED only says when it has its turn: see `door.ts`.
 */
import type { Board, Desk } from "./layout.js";
import { entryOf, phaseOf, QUEUED, RUNNING, SEALED, slotOfEntry, stateOf, ticketOf, ticketOfEntry } from "./slot.js";

/** How many entries were taken, ever. */
export const taken = (board: Board): number => Atomics.load(board.words, board.head);

/** How many entries nobody has taken. */
export function waiting(board: Board): number {
  const head = Atomics.load(board.words, board.head);
  return (Atomics.load(board.words, board.tail) - head) | 0;
}

/** Puts the job of a slot there. False if the ring is full. Only the owner of the board may. */
export function put(board: Board, slot: number, ticket: number): boolean {
  const { words } = board;
  const tail = Atomics.load(words, board.tail);
  if (((tail - Atomics.load(words, board.head)) | 0) >= board.ring) return false;
  // SAFETY: nobody takes what stands here before TAIL says so. Whoever still has an old HEAD in hand may read it as an older entry, but fails
  // to move that HEAD on.
  Atomics.store(words, board.entry(tail), entryOf(slot, ticket));
  Atomics.store(words, board.tail, (tail + 1) | 0);
  return true;
}

/** Takes all entries away. Only the owner may, when nobody else is there. */
export function clear(board: Board): void {
  Atomics.store(board.words, board.head, Atomics.load(board.words, board.tail));
}

/**
 * Takes the oldest job for a member, and answers its slot; -1 if there is none.
 *
 * @param ask called for the slot of each that is SEALED. If it answers true a letter comes, and nothing is to be taken before
 */
export function takeOldest(board: Board, desk: Desk, member: number, ask: (slot: number) => boolean): number {
  const { words } = board;
  for (;;) {
    const head = Atomics.load(words, board.head);
    if (head === Atomics.load(words, board.tail)) return -1;
    const entry = Atomics.load(words, board.entry(head));
    if (Atomics.compareExchange(words, board.head, head, (head + 1) | 0) !== head) continue;
    const slot = slotOfEntry(entry);
    const ticket = ticketOfEntry(entry);
    if (begin(desk, slot, ticket, member, QUEUED)) return slot;
    if (Atomics.load(desk.words, desk.state(slot)) === stateOf(ticket, 0, SEALED) && ask(slot)) return -1;
    // Called off, or taken through another entry.
  }
}

/** Takes the job of a slot for a member, if it still is in that phase. */
export function begin(desk: Desk, slot: number, ticket: number, member: number, phase: number): boolean {
  const at = desk.state(slot);
  const state = Atomics.load(desk.words, at);
  if (ticketOf(state) !== ticket || phaseOf(state) !== phase) return false;
  return Atomics.compareExchange(desk.words, at, state, stateOf(ticket, member, RUNNING)) === state;
}
