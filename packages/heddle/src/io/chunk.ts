/**
 * Chunks that are passed on: between a source and a destination of the host, bytes need not be copied into a buffer and out of it again.
 *
 *     read, write     source's chunk ──copy──► buffer ──copy──► destination's chunk
 *     passed on       source's chunk ─────────────────────────► destination
 *
 * INVARIANT: a chunk has one owner. Who takes it has it alone, and who gives it away never touches it again. So only sources that have a new chunk for each
 * read of theirs offer them: an iterable may give the same buffer twice.
 */
import type { Future } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";

/** @internal Where a source has the {@link ChunkSource} that it is made of. */
export const SOURCE = Symbol("heddle.io.source");
/** @internal Where a destination has the {@link ChunkTarget} that it is made of. */
export const TARGET = Symbol("heddle.io.target");

/** @internal */
export interface ChunkSource {
  /** Waits for a chunk, and gives at most so many bytes of it; null at the end. **Cancel safety**: nothing is lost. */
  takeChunk(most: number): Future<Uint8Array | null>;
}

/** @internal */
export interface ChunkTarget extends AsyncWrite {
  /** Waits for room, takes all of a chunk, and gives its length. **Cancel safety**: dropped, it has taken nothing. */
  giveChunk(chunk: Uint8Array): Future<number>;
}

/** @internal What chunks can be taken from, if that is what a source is made of. */
export function chunkSource(reader: AsyncRead): ChunkSource | undefined {
  return (reader as { [SOURCE]?: ChunkSource })[SOURCE];
}

/** @internal What chunks can be given to, if that is what a destination is made of. */
export function chunkTarget(writer: AsyncWrite): ChunkTarget | undefined {
  return (writer as { [TARGET]?: ChunkTarget })[TARGET];
}
