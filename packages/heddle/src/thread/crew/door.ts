/**
 * Doors: how a thread sleeps, and is rung awake by another. A door is one word of shared memory.
 *
 * | now    | answer(): it wakes by itself | close()   | ring()                   | leave() |
 * | ------ | ---------------------------- | --------- | ------------------------ | ------- |
 * | AWAKE  | nothing                      | ASLEEP    | nothing: it will look    | GONE    |
 * | ASLEEP | AWAKE                        | bug       | AWAKE, and it is woken   | GONE    |
 * | GONE   |                              |           | nothing: false           |         |
 *
 * Who sleeps closes its door first, then looks once more for work, then waits. Who has put work there looks at the door afterwards. So either
 * the sleeper sees the work, or the other sees the door closed: none of the two can be missed.
 */

/** It looks for work, or will before it closes its door. A word that nobody has written means this. */
export const AWAKE = 0;
/** It sleeps until somebody rings. */
export const ASLEEP = 1;
/** There is no thread behind it. */
export const GONE = 2;
/** A thread behind it is being started; it will look for work when it is. */
export const COMING = 3;

/** Wakes whoever sleeps behind the door. False if nobody did. */
export function ring(words: Int32Array, door: number): boolean {
  if (Atomics.load(words, door) !== ASLEEP) return false;
  if (Atomics.compareExchange(words, door, ASLEEP, AWAKE) !== ASLEEP) return false;
  Atomics.notify(words, door);
  return true;
}

/** The sleeper's side of a door. */
export class Sleeper {
  readonly #words: Int32Array;
  readonly #door: number;
  readonly #onRing: () => void;
  /** Whether the host has a wait of ours that has not ended. It cannot be called off, and is as good for the next sleep. */
  #isWaited = false;

  /** @param onRing is called when somebody rings. It may be called although the door was answered already */
  constructor(words: Int32Array, door: number, onRing: () => void) {
    this.#words = words;
    this.#door = door;
    this.#onRing = onRing;
  }

  /** Closes the door. Look for work afterwards, and `answer` if there is some. */
  close(): void {
    Atomics.store(this.#words, this.#door, ASLEEP);
  }

  /** Has `onRing` called when somebody rings. HOST: this does not keep the process alive. */
  wait(): void {
    if (this.#isWaited) return;
    const waited = Atomics.waitAsync(this.#words, this.#door, ASLEEP);
    // Rung since it was closed.
    if (!waited.async) return this.#onRing();
    this.#isWaited = true;
    void waited.value.then(() => {
      this.#isWaited = false;
      this.#onRing();
    });
  }

  /** Blocks until somebody rings, or for so many milliseconds. */
  block(milliseconds: number): void {
    Atomics.wait(this.#words, this.#door, ASLEEP, milliseconds);
  }

  /** It is awake. Answers whether it had slept. */
  answer(): boolean {
    return Atomics.exchange(this.#words, this.#door, AWAKE) === ASLEEP;
  }
}

const LEAST = 1 / 16;
const TRY_AGAIN = 64;

/**
 * How often to look for something before one sleeps: ever longer while it comes in that time, and ever shorter while it does not. Where another program has
 * the processor that the other thread would need, looking only keeps it waiting.
 */
export class Patience {
  readonly #usual: number;
  readonly #most: number;
  readonly #least: number;
  #looks: number;
  #skipped = 0;

  constructor(usual: number, most: number) {
    this.#usual = usual;
    this.#most = most;
    this.#least = usual * LEAST;
    this.#looks = usual;
  }

  /** How often to look now. */
  next(): number {
    if (this.#looks > this.#least) return this.#looks;
    if (++this.#skipped < TRY_AGAIN) return this.#least;
    // Whether it comes by now in the time that is usual shows only if one looks as long.
    this.#skipped = 0;
    return this.#usual;
  }

  /** Whether it came while one looked. */
  heard(came: boolean): void {
    if (came) this.#looks = Math.min(Math.max(2 * this.#looks, this.#usual), this.#most);
    else this.#looks = Math.max(this.#looks / 2, this.#least);
  }
}
