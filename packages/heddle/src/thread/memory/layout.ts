/**
 * Where everything stands in shared memory. Nobody else has offsets.
 *
 * Offsets are in words of 32 bits, from the beginning of the buffer; each primitive has a buffer of its own, whose first word says what it is. All
 * words are read and written with `Atomics`, which are sequentially consistent: what one thread has written in its order, all see in one order. Bytes
 * of values, rings and structs are plain; each is read and written only by whoever owns it at the moment, and ownership passes through a word.
 *
 * **A name** in a word is a thread's id + 1, shifted left by 3; 0 is nobody. A name and what it stands for are one word, so a thread that is killed has
 * either taken it, and all can see who had it, or has not.
 *
 * **A bell** (two words) is what waiters are woken by:
 *
 * | word        | writer                        | reader            | ordering                                                                       |
 * | ----------- | ----------------------------- | ----------------- | ------------------------------------------------------------------------------ |
 * | BELL        | who waits sets its flag;      | who changes what  | waiter: flag, then look, then sleep. Ringer: change, then read the flags. One of |
 * |             | who rings counts and clears   | is waited for     | the two sees the other's write                                                   |
 * | BELL_RINGS  | who rings, if a pump waits    | pumps             | a pump reads it before it sets its flag, and sleeps on that value                |
 *
 * BELL: bit 0 a thread may sleep on it · bit 1 a pump may wait · the rest counts rings that anyone heard.
 *
 * **Mutex**
 *
 * | word        | writer                                   | reader        | ordering                                                               |
 * | ----------- | ---------------------------------------- | ------------- | ---------------------------------------------------------------------- |
 * | LOCK_OWNER  | taken by compare-exchange; released by   | all           | taking it sees all that was written before the release                 |
 * |             | its owner, by exchange with 0            |               |                                                                        |
 * | MUTEX_RINGS | who releases a lock that a pump waits for | pumps        | as BELL_RINGS                                                          |
 *
 * LOCK_OWNER of a mutex: bit 0 a thread may sleep on it · bit 1 a pump may wait · bit 2 poisoned · the rest the owner's name.
 *
 * **Read-write lock**
 *
 * | word        | writer                                    | reader            | ordering                                                          |
 * | ----------- | ----------------------------------------- | ----------------- | ----------------------------------------------------------------- |
 * | LOCK_OWNER  | the writer, from claim to release         | all               | writer: name, then read the slots. Reader: slot, then read the    |
 * | RW_SLOT + n | one reading thread each                   | the writer        | writer. One of the two sees the other                             |
 * | RW_USED     | counts up as threads first read           | writers, readers  | before the slot is first written                                  |
 *
 * LOCK_OWNER of a read-write lock: bit 0 it writes (else it waits for readers to leave) · bit 2 poisoned · the rest a name.
 * A slot: 11 bits of guards that the thread has, then its id + 1. It is the thread's until it is over.
 *
 * **Semaphore**: SEM_PERMIT + n is the name of who has the permit; SEM_HEAD of who gathers several, while others wait.
 *
 * **Barrier**: BARRIER_STATE has the round above bit 16, who has come below. **Once**: ONCE_STATE is 0, the name of who makes it, or 1.
 *
 * **Byte ring** (one writer, one reader)
 *
 * | word        | writer       | reader       | ordering                                                                                      |
 * | ----------- | ------------ | ------------ | --------------------------------------------------------------------------------------------- |
 * | BYTES_TAIL  | the writer   | the reader   | bytes first, then the tail: the reader sees only what is written. Counts bytes, modulo 2 ** 32 |
 * | BYTES_HEAD  | the reader   | the writer   | copies first, then the head: the writer overwrites only what was read                          |
 * | BYTES_ENDS  | both         | both         | bit 0 the writer has closed, bit 1 the reader has; after the last tail                          |
 * | BYTES_WRITER, BYTES_READER | each itself, once | the other | the name, for the other to see that the thread is over                               |
 *
 * **Record ring** (many, many)
 *
 * | word        | writer                      | reader    | ordering                                                                            |
 * | ----------- | --------------------------- | --------- | ----------------------------------------------------------------------------------- |
 * | RING_TAIL, RING_HEAD | anyone, past a cell that is claimed (taken) | anyone | a hint for where to look: the cell decides                        |
 * | a cell's state | whoever owns it, by compare-exchange from a state that is nobody's | all | its record is written between the claim and FULL, read between the claim and FREE |
 *
 * A cell's state: 9 bits of its lap (which use of the cell it is), 2 of a phase, 21 of who claimed it (id + 1): see `record-ring.ts`.
 */

/** What a buffer is: its first word. */
export const KIND = 0;
export const KINDS = {
  mutex: 0x68_65_64_01,
  rwLock: 0x68_65_64_02,
  condvar: 0x68_65_64_03,
  semaphore: 0x68_65_64_04,
  barrier: 0x68_65_64_05,
  once: 0x68_65_64_06,
  byteRing: 0x68_65_64_07,
  recordRing: 0x68_65_64_08,
  atomicBool: 0x68_65_64_10,
  atomicI32: 0x68_65_64_11,
  atomicU32: 0x68_65_64_12,
  atomicI64: 0x68_65_64_13,
  atomicF64: 0x68_65_64_14,
} as const;

// Flags of LOCK_OWNER and BELL.
export const SLEEPERS = 1;
export const PUMPS = 2;
export const POISONED = 4;
export const WRITING = 1;
export const NAME_SHIFT = 3;
/** The least word with a name in it. */
export const SOMEBODY: number = 1 << NAME_SHIFT;
/** What one ring adds to a bell. */
export const ONE_RING = 4;

/** From the bell's own first word on. */
export const BELL_RINGS = 1;

/** Who has a mutex, or writes with a read-write lock. */
export const LOCK_OWNER = 1;

export const MUTEX_RINGS = 2;
export const MUTEX_WORDS = 4;

export const RW_USED = 2;
export const RW_SLOTS = 3;
export const RW_BELL = 4;
/** A cache line for each slot, so that readers on several cores do not take each other's. */
export const RW_SLOT = 16;
export const RW_SLOT_WORDS = 16;
/** Guards of one thread in its slot. */
export const RW_COUNT_BITS = 11;
export const RW_COUNT_MASK = 0x7ff;

export const CONDVAR_BELL = 1;
/** How often all were notified. */
export const CONDVAR_ALLS = 3;
export const CONDVAR_WORDS = 4;

export const SEM_SIZE = 1;
export const SEM_HEAD = 2;
export const SEM_BELL = 4;
export const SEM_PERMIT = 8;

export const BARRIER_SIZE = 1;
export const BARRIER_STATE = 2;
export const BARRIER_BELL = 4;
export const BARRIER_WORDS = 8;
export const BARRIER_ROUND_SHIFT = 16;
export const BARRIER_COUNT_MASK = 0xffff;

export const ONCE_STATE = 1;
export const ONCE_BELL = 2;
export const ONCE_WORDS = 4;
export const ONCE_DONE = 1;

export const ATOMIC_BELL = 1;
/** At 16 bytes: a value of 64 bits is aligned. */
export const ATOMIC_VALUE = 4;
export const ATOMIC_BYTES = 24;

export const BYTES_CAPACITY = 1;
export const BYTES_ENDS = 2;
export const BYTES_WRITER = 3;
export const BYTES_READER = 4;
/** Bytes have come, or the writer has closed. */
export const BYTES_FILLED = 5;
/** Room was made, or the reader has closed. */
export const BYTES_DRAINED = 7;
/** Head and tail on cache lines of their own: each is written by one thread all the time. */
export const BYTES_HEAD = 16;
export const BYTES_TAIL = 32;
export const BYTES_DATA = 48;

export const RING_CELLS = 1;
export const RING_RECORD_BYTES = 2;
export const RING_CLOSED = 3;
export const RING_FILLED = 4;
export const RING_DRAINED = 6;
export const RING_HEAD = 16;
export const RING_TAIL = 32;
/** The first cell: its state, the length of its record, the record. */
export const RING_CELL = 48;
export const CELL_STATE = 0;
export const CELL_LENGTH = 1;
export const CELL_RECORD = 2;

/** The word that says that the thread has it. */
export function nameOf(id: number): number {
  return (id + 1) << NAME_SHIFT;
}

/** Who has it. */
export function idIn(word: number): number {
  return (word >>> NAME_SHIFT) - 1;
}
