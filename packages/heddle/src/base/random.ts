/**
 * The seeded generator behind every random choice: sfc32 by Chris Doty-Humphrey (PractRand), seeded as PractRand does.
 *
 * The same seed gives the same choices on every host. A number and its decimal text are the same seed, so what was printed
 * can be read back from the environment. Not for secrets.
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
  #b = 0x811c9dc5;
  #c = 0x9e3779b9;
  #counter = 1;

  constructor(seed: number | string | bigint = randomSeed()) {
    const text = String(seed);
    this.seed = typeof seed === "number" ? seed : text;
    // Two FNV-1a hashes with different offsets and primes make the 64 bits that sfc32 starts from.
    for (let i = 0; i < text.length; i++) {
      this.#b = Math.imul(this.#b ^ text.charCodeAt(i), 0x01000193);
      this.#c = Math.imul(this.#c ^ text.charCodeAt(i), 0x85ebca6b);
    }
    for (let i = 0; i < 12; i++) this.#step();
  }

  /** A number in [0, 1) with 53 random bits. */
  next(): number {
    return ((this.#step() >>> 5) * 2 ** 26 + (this.#step() >>> 6)) / 2 ** 53;
  }

  /** An integer in [0, n), for n >= 1. Without bias up to n = 2^21 (Lemire 2019), beyond that within n / 2^53. */
  below(n: number): number {
    if (n > 2 ** 21) return Math.floor(this.next() * n);
    // The product is below 2^53, so both of its halves are exact.
    let product = (this.#step() >>> 0) * n;
    if (product >>> 0 < n) {
      const least = 2 ** 32 % n;
      while (product >>> 0 < least) product = (this.#step() >>> 0) * n;
    }
    return Math.floor(product / 2 ** 32);
  }

  /** A generator of its own, decided by this one's state. */
  fork(): Random {
    return new Random(this.next() * 2 ** 53);
  }

  /** Shuffles in place (Fisher and Yates) and returns the same array. */
  shuffle<T>(array: T[]): T[] {
    for (let i = array.length; i > 1; ) {
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
