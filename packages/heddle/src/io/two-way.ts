/**
 * TwoWay: one object of a source and a destination. The two directions are independent: one task may read while another writes.
 */
import type { Future } from "../future/poll.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { chunkSource, type ChunkSource, chunkTarget, type ChunkTarget, SOURCE, TARGET } from "./chunk.js";

/** Reads from one thing and writes to another. */
export class TwoWay<R extends AsyncRead = AsyncRead, W extends AsyncWrite = AsyncWrite>
  implements AsyncRead, AsyncWrite
{
  /** @internal */
  protected readonly reader: R;
  /** @internal */
  protected readonly writer: W;

  /** @internal */
  constructor(reader: R, writer: W) {
    this.reader = reader;
    this.writer = writer;
  }

  /** @internal */
  get [SOURCE](): ChunkSource | undefined {
    return chunkSource(this.reader);
  }

  /** @internal */
  get [TARGET](): ChunkTarget | undefined {
    return chunkTarget(this.writer);
  }

  read(into: Uint8Array): Future<number> {
    return this.reader.read(into);
  }

  write(bytes: Uint8Array): Future<number> {
    return this.writer.write(bytes);
  }

  flush(): Future<void> {
    return this.writer.flush();
  }

  shutdown(): Future<void> {
    return this.writer.shutdown();
  }
}
