/**
 * Bytes: what keys, values and messages are made of here: a string with one character for each byte (Latin-1).
 *
 * Redis does not care what the bytes mean, and neither does the server: it never decodes them. Strings are kept rather than `Uint8Array`s because
 * they can be keys of a Map, because V8 keeps one byte for such a character, and because a small array costs ten times as much to make.
 */

/** Bytes, as a string whose characters are all below U+0100. */
export type Bytes = string;

/** The bytes of a text, in UTF-8. */
export function toBytes(text: string): Bytes {
  return Buffer.from(text).toString("latin1");
}

/** The text that bytes are in UTF-8. */
export function toText(bytes: Bytes): string {
  return Buffer.from(bytes, "latin1").toString();
}
