/**
 * PassOn: all chunks of one source of the host, given to one destination of the host.
 *
 *     take ──chunk──► give ──taken──► take …      until the source ends, or one of both has to wait
 *
 * One leaf instead of a call that awaits both in a loop: where messages are short, to come back into the call for each costs more than to move it.
 */
import type { Context } from "../future/context.js";
import { current } from "../future/current.js";
import { Leaf } from "../future/leaf.js";
import { PENDING, type Poll } from "../future/poll.js";
import type { ChunkSource, ChunkTarget, Giving, Taking } from "./chunk.js";

/** Gives how many bytes there were. **Cancel safety**: dropped, a chunk that was taken and not given yet is lost. */
export class PassOn extends Leaf<number> {
  readonly #taking: Taking;
  readonly #giving: Giving;
  #total = 0;

  /** @param most how many bytes are under way at most */
  constructor(source: ChunkSource, target: ChunkTarget, most: number) {
    super();
    this.#taking = source.taking(most);
    this.#giving = target.giving();
  }

  /** As dumps call it: what it waits for now. */
  get label(): string {
    return this.#giving.chunk === null ? "read()" : "write()";
  }

  poll(cx: Context): Poll<number> {
    const [taking, giving] = [this.#taking, this.#giving];
    for (;;) {
      if (giving.chunk === null) {
        const chunk = taking.poll(cx);
        if (chunk === PENDING) return PENDING;
        if (chunk === null) return this.#total;
        giving.chunk = chunk;
      }
      const given = giving.poll(cx);
      if (given === PENDING) return PENDING;
      giving.chunk = null;
      this.#total += given;
      // Two operations, as if each were awaited.
      if ((current.budget -= 2) < 0) {
        cx.waker.wake();
        return PENDING;
      }
    }
  }

  override drop(cx: Context): void {
    this.#taking.drop(cx);
    this.#giving.drop(cx);
  }
}
