/**
 * SharedThing: what everything that threads share has: a buffer of its own, what it is around, and a way to other threads.
 *
 * It crosses as its buffer, and becomes a thing around the same buffer there. What those words mean is the business of those who extend it.
 */
import { receives, SEND, type Sendable, type Sent } from "../sendable.js";
import {
  checkBuffer,
  checkShared,
  type Kind,
  NAMES,
  newBuffer,
  type PackedValue,
  packValue,
  type SharedValue,
  unpackValue,
} from "./buffers.js";
import type { Shared } from "./endings.js";
import { here } from "./here.js";

/** What all that threads share can do. */
export abstract class SharedThing<T extends SharedValue = undefined> implements Sendable, Shared {
  /** Its memory. Who posts it to another thread by hand makes the same thing of it there with `from`. */
  readonly buffer: SharedArrayBuffer;
  /** @internal What it is around, if there is anything. */
  readonly content: T;
  /** @internal Its memory: what the words mean stands in `layout.ts`. */
  readonly words: Int32Array;
  readonly #kind: Kind;

  /**
   * @internal
   * @param given the buffer that came from another thread; undefined for a new one, of so many `bytes`
   */
  protected constructor(kind: Kind, given: SharedArrayBuffer | undefined, bytes: number, content: T) {
    checkShared(content, `create ${NAMES[kind]}`);
    this.#kind = kind;
    this.buffer = given === undefined ? newBuffer(kind, bytes) : checkBuffer(kind, given);
    this.content = content;
    this.words = new Int32Array(this.buffer);
    if (given !== undefined) here.shares(this);
  }

  /** @internal How messages call it. */
  get what(): string {
    return NAMES[this.#kind];
  }

  /** @internal */
  abstract threadEnded(id: number): void;

  /** Can be sent to other threads, with what it is around. */
  [SEND](): Sent {
    here.shares(this);
    return { kind: wordFor(this.#kind), data: { buffer: this.buffer, value: packValue(this.content) } };
  }
}

interface SentThing {
  readonly buffer: SharedArrayBuffer;
  readonly value: PackedValue;
}

/** Says how things of a kind are made again of their buffer, and of what they are around. */
export function arrives(kind: Kind, from: (buffer: SharedArrayBuffer, content: any) => SharedThing<any>): void {
  receives(wordFor(kind), ({ buffer, value }: SentThing) => from(buffer, unpackValue(value)));
}

function wordFor(kind: Kind): string {
  return `heddle.${kind}`;
}
