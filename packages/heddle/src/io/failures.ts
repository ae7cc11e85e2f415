/**
 * What is said when bytes cannot be read or written. One function for each reason.
 */
import { BusyError, ClosedError, DisconnectedError, quote } from "../base/errors.js";

/** What was to be done, for messages: `read from the stream`. */
export type Deed = string;

/** Somebody else is at it. @param what `read` */
export function busy(what: string): BusyError {
  return new BusyError("io.busy", `Cannot ${what} as one ${what} at a time is possible: another one is under way`, {
    help: "let one task do it, and others tell it what they need through a channel",
  });
}

/** This side closed it. @param how what was done to it: `disposed of` */
export function closed(deed: Deed, how: string): ClosedError {
  return new ClosedError("io.closed", `Cannot ${deed}: it was ${how} on this side`, {
    help: `${how === "shut down" ? "write everything before shutdown()" : "keep it until nobody needs it any more"}`,
  });
}

/** The other side went away. */
export function disconnected(deed: Deed, why: string, cause?: unknown): DisconnectedError {
  return new DisconnectedError("io.disconnected", `Cannot ${deed}: ${why}`, cause === undefined ? {} : { cause });
}

const GONE = new Set(["ECONNRESET", "EPIPE", "ECONNABORTED", "ERR_STREAM_PREMATURE_CLOSE"]);

/** An error of the platform in heddle's words, where it says that the other side went away; any other as it is. */
export function translated(deed: Deed, error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  return typeof code === "string" && GONE.has(code)
    ? disconnected(deed, `the other side closed the connection (${code})`, error)
    : error;
}

/** @throws TypeError if it is not an array of bytes */
export function checkBytes(value: unknown, verb: string, name: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new TypeError(
      `Cannot ${verb} as '${name}' must be a Uint8Array: received ${quote(value)}` +
        (typeof value === "string" ? "\nhelp: new TextEncoder().encode(text) gives its bytes" : ""),
    );
}
