/**
 * The seeded generator behind every random choice: sfc32 by Chris Doty-Humphrey (PractRand).
 *
 * The same seed gives the same choices on every host. A number and its decimal text are the same
 * seed, so what was printed can be read back from the environment. Not for secrets.
 */

/** A fresh seed below 2^32: short enough to print and to type. */
export function randomSeed(): number {
  if (typeof crypto === "undefined") return (Math.random() * 2 ** 32) >>> 0;
  return crypto.getRandomValues(new Uint32Array(1))[0];
}

export class Random {
  /** What to print so that a run can be repeated. */
  readonly seed: number | string;
  #a = 0;
  #b = 0;
  #c = 0;
  #counter = 1;

  constructor(seed: number | string | bigint = randomSeed()) {
    this.seed = typeof seed === "bigint" ? `${seed}` : seed;
    // Stir the text in, a character a step, then let the last one spread to the whole state.
    for (const character of `${seed}`) {
      this.#c ^= character.codePointAt(0)!;
      this.#step();
    }
    for (let i = 0; i < 12; i++) this.#step();
  }

  /** A number in [0, 1) with 53 random bits. */
  next(): number {
    return ((this.#step() >>> 5) * 2 ** 26 + (this.#step() >>> 6)) / 2 ** 53;
  }

  /** An integer in [0, n), for n >= 1. No value is likelier than another by more than n / 2^53. */
  below(n: number): number {
    return Math.floor(this.next() * n);
  }

  /** A generator of its own, decided by this one's state. */
  fork(): Random {
    return new Random(this.next() * 2 ** 53);
  }

  /** Shuffles in place (Fisher and Yates) and returns the same array. */
  shuffle<T>(array: T[]): T[] {
    for (let i = array.length; i > 1;) {
      const j = this.below(i--);
      const item = array[i];
      array[i] = array[j];
      array[j] = item;
    }
    return array;
  }

  #step(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum;
  }
}

/** The random numbers of `owner`, made when they are first asked for: most programs never do. */
export function randomOf(owner: { random: Random | null }): Random {
  return (owner.random ??= new Random(randomSeed()));
}
