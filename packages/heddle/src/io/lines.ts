/**
 * `lines`: a source of bytes as lines.
 */
import type { AsyncRead } from "./async-read.js";
import { type DelimitedOptions, LinesCodec } from "./delimited.js";
import { FramedRead } from "./framed-read.js";

/**
 * The lines of a source: with `next()` in tasks, with `for await` elsewhere. It is a `FramedRead` with a `LinesCodec`.
 *
 * @example
 * ```ts
 * import { fromAsyncIterable, lines } from "heddle/io";
 *
 * for await (const line of lines(fromAsyncIterable(["one\ntw", "o\n"]))) console.log(line);
 * // prints: one
 * // prints: two
 * ```
 */
export function lines(reader: AsyncRead, options?: DelimitedOptions): FramedRead<string> {
  return new FramedRead(reader, new LinesCodec(options));
}
