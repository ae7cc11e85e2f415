/**
 * Primitives with a planted fault, and what they are written with: heddle/lowlevel alone, as a stranger would.
 *
 * Each stands beside its correct twin: the same class, told to be `wrong`, leaves out or changes one line.
 */
import type { Future } from "heddle";
import { type Context, Leaf, type Poll, Resource, type Waker } from "heddle/lowlevel";

/** A fault, and a program that has it when it is told to be wrong. */
export interface Planted {
  /** What is wrong, as the name of a test says it. */
  readonly fault: string;
  /** What the exploration says. */
  readonly code: string;
  program(wrong: boolean): Future<unknown>;
}

/** A leaf of two functions. */
export function leaf<T>(poll: (cx: Context) => Poll<T>, drop: (cx: Context) => void = () => {}): Leaf<T> {
  return new (class extends Leaf<T> {
    poll(cx: Context): Poll<T> {
      return poll(cx);
    }
    override drop(cx: Context): void {
      drop(cx);
    }
  })();
}

/** A primitive that says whenever it is used. */
export abstract class Primitive extends Resource {
  get kind(): string {
    return this.constructor.name;
  }

  /** Nearly every look at a primitive is also a registration: all of them count as writes. */
  protected used(): void {
    this.touch(true);
  }
}

/** Wakers in the order they came, each once. */
export class Wakers {
  #wakers: Waker[] = [];

  get size(): number {
    return this.#wakers.length;
  }

  add(waker: Waker): void {
    if (!this.#wakers.includes(waker)) this.#wakers.push(waker);
  }

  remove(waker: Waker): void {
    this.#wakers = this.#wakers.filter((other) => other !== waker);
  }

  wakeOne(): void {
    this.#wakers.shift()?.wake();
  }

  wakeAll(): void {
    for (const waker of this.#wakers.splice(0)) waker.wake();
  }
}
