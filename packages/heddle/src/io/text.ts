/**
 * Text as bytes and back: UTF-8, and nothing else.
 */
import { HeddleError } from "../base/errors.js";
import type { Deed } from "./failures.js";

const encoder = /* @__PURE__ */ new TextEncoder();
// What is no UTF-8 is an error, not a row of question marks. A byte order mark stays: whoever compares text wants to see it.
const decoder = /* @__PURE__ */ new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** @throws HeddleError `io.not-text` */
export function decodeText(bytes: Uint8Array, deed: Deed): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new HeddleError("io.not-text", `Cannot ${deed} as text: it is not valid UTF-8`, {
      cause,
      help: "read bytes, and decode them with the TextDecoder of their encoding",
    });
  }
}
