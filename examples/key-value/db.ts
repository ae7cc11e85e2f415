/**
 * Db: what the server knows, shared by all connections. There is no lock: commands do not wait for anything, so each runs to its end before the next begins.
 */
import { async } from "heddle";
import { Channels } from "./channels.js";
import { Expiry } from "./expiry.js";
import type { Bytes } from "./resp/bytes.js";

export class Db {
  readonly channels = new Channels();
  readonly #values = new Map<Bytes, Bytes>();
  readonly #expiry = new Expiry();

  /** How many keys there are. Those whose time has just come may be among them. */
  get size(): number {
    return this.#values.size;
  }

  /** The value of a key; undefined if there is none. */
  get(key: Bytes): Bytes | undefined {
    this.#forgetIfOver(key);
    return this.#values.get(key);
  }

  has(key: Bytes): boolean {
    return this.get(key) !== undefined;
  }

  /** Sets a value, and leaves the time that the key has left as it is. */
  replace(key: Bytes, value: Bytes): void {
    this.#values.set(key, value);
  }

  /** Sets a value, for so many milliseconds or until it is deleted. */
  set(key: Bytes, value: Bytes, milliseconds?: number): void {
    this.#values.set(key, value);
    if (milliseconds !== undefined) this.#expiry.set(key, milliseconds);
    else if (this.#expiry.size > 0) this.#expiry.clear(key);
  }

  /** @returns whether it was there */
  delete(key: Bytes): boolean {
    this.#forgetIfOver(key);
    this.#expiry.clear(key);
    return this.#values.delete(key);
  }

  /** Gives a key so many milliseconds from now. @returns whether it is there */
  expire(key: Bytes, milliseconds: number): boolean {
    if (!this.has(key)) return false;
    if (milliseconds > 0) this.#expiry.set(key, milliseconds);
    else this.delete(key);
    return true;
  }

  /** How many milliseconds a key has left: null if it is to stay, undefined if there is none. */
  timeLeft(key: Bytes): number | null | undefined {
    return this.has(key) ? this.#expiry.left(key) : undefined;
  }

  #forgetIfOver(key: Bytes): void {
    if (this.#expiry.size === 0 || !this.#expiry.isOver(key)) return;
    this.#expiry.clear(key);
    this.#values.delete(key);
  }

  /** Deletes keys when their time has come, for as long as it runs. The server runs it beside its connections. */
  @async
  *forgetting() {
    for (;;) this.#values.delete(yield* this.#expiry.next());
  }
}
