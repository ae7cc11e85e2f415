/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/io: bytes. Where they come from, where they go, and bridges to and from Node streams.
 */
export type { AsyncRead } from "./io/async-read.js";
export type { AsyncWrite } from "./io/async-write.js";
export { fromNodeDuplex, type NodeDuplex } from "./io/node-duplex.js";
export { fromNodeReadable, type NodeReader } from "./io/node-reader.js";
export { fromNodeWritable, type NodeWriter } from "./io/node-writer.js";
