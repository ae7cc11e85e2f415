/**
 * The threads of parallel iterators: as many as there are processors, for all of them together. They are others than those for what blocks. A program that asks
 * for more than there are processors says that its items block: it gets those.
 */
import { availableParallelism } from "node:os";
import { sharedPool } from "../blocking.js";
import { printLost } from "../crew/lost.js";
import { Pool } from "../crew/pool.js";
import { here } from "../here.js";

// Made at the first use, so that importing heddle/thread starts nothing.
let own: Pool | null = null;

/** @param threads how many are to take part */
export function parPool(threads: number): Pool {
  const core = availableParallelism();
  if (threads > core) return sharedPool();
  return (own ??= new Pool({
    name: "par",
    core,
    limit: core,
    keepAlive: 10_000,
    maxQueued: Infinity,
    onLost: printLost,
  }));
}

/** How many threads take part unless the program says it. A thread that heddle has started works alone: there are others beside it. */
export function parallelism(): number {
  return here.name === null ? availableParallelism() : 1;
}
