/**
 * NodeDuplex: both directions of a Node stream that has two (needs Node: `node:stream`).
 */
import type { Duplex } from "node:stream";
import { NodeReader } from "./node-reader.js";
import { NodeWriter } from "./node-writer.js";
import { TwoWay } from "./two-way.js";

/** Reads from and writes to a Node stream. Made with {@link fromNodeDuplex}. */
export class NodeDuplex extends TwoWay<NodeReader, NodeWriter> implements Disposable {
  /** @internal */
  constructor(stream: Duplex) {
    super(new NodeReader(stream), new NodeWriter(stream));
  }

  /** Destroys the stream, in both directions. */
  [Symbol.dispose](): void {
    this.reader[Symbol.dispose]();
    this.writer[Symbol.dispose]();
  }
}

/**
 * Reads from and writes to a Node stream, such as a socket. The two directions are independent: one may be read while the other is written, and
 * after `shutdown()` what the other side still sends can be read.
 *
 * A socket must allow half-open connections for that (`allowHalfOpen: true`); one that does not ends its writing when the other side ends its own,
 * and a write is then a `DisconnectedError`.
 *
 * **Cancel safety**: a read that is dropped loses nothing; a write that is dropped has taken nothing.
 *
 * @throws TypeError if it is no stream of bytes
 */
export function fromNodeDuplex(duplex: Duplex): NodeDuplex {
  return new NodeDuplex(duplex);
}
