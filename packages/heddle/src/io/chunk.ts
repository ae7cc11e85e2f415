/**
 * Chunks that are passed on: between a source and a destination of the host, bytes need not be copied into a buffer and out of it again.
 *
 *     read, write     source's chunk ──copy──► buffer ──copy──► destination's chunk
 *     passed on       source's chunk ─────────────────────────► destination
 *
 * INVARIANT: a chunk has one owner. Who takes it has it alone, and who gives it away never touches it again. So only sources that have a new chunk for each
 * read of theirs offer them: an iterable may give the same buffer twice.
 */
import type { Context } from "../future/context.js";
import type { Poll } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";

/** @internal Where a source has the {@link ChunkSource} that it is made of. */
export const SOURCE = Symbol("heddle.io.source");
/** @internal Where a destination has the {@link ChunkTarget} that it is made of. */
export const TARGET = Symbol("heddle.io.target");

/** @internal Waits for a chunk, gives it, and may be polled again for the next one; null at the end. **Cancel safety**: nothing is lost. */
export interface Taking {
  poll(cx: Context): Poll<Uint8Array | null>;
  drop(cx: Context): void;
}

/** @internal Waits for room, takes all of `chunk`, gives its length, and may be polled again. **Cancel safety**: dropped, it has taken nothing. */
export interface Giving {
  /** What is to be given; whoever polls it writes it. */
  chunk: Uint8Array | null;
  poll(cx: Context): Poll<number>;
  drop(cx: Context): void;
}

/** @internal */
export interface ChunkSource {
  /** @param most how many bytes a chunk has at most: of a longer one a part is given */
  taking(most: number): Taking;
}

/** @internal */
export interface ChunkTarget extends AsyncWrite {
  giving(): Giving;
}

/** @internal What chunks can be taken from, if that is what a source is made of. */
export function chunkSource(reader: AsyncRead): ChunkSource | undefined {
  return (reader as { [SOURCE]?: ChunkSource })[SOURCE];
}

/** @internal What chunks can be given to, if that is what a destination is made of. */
export function chunkTarget(writer: AsyncWrite): ChunkTarget | undefined {
  return (writer as { [TARGET]?: ChunkTarget })[TARGET];
}
