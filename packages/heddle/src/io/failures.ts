/**
 * What is said when bytes cannot be read or written. One function for each reason.
 */
import { BusyError, ClosedError, DisconnectedError, HeddleError, quote } from "../base/errors.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";

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

const CLOSED = "the other side closed the connection";
const UNREACHABLE = "the other side cannot be reached any more";
const GONE: ReadonlyMap<unknown, string> = new Map([
  ["ECONNRESET", CLOSED],
  ["EPIPE", CLOSED],
  ["ECONNABORTED", CLOSED],
  ["ERR_STREAM_PREMATURE_CLOSE", CLOSED],
  // Of a socket that was kept alive or wrote, and heard nothing.
  ["ETIMEDOUT", UNREACHABLE],
  ["EHOSTUNREACH", UNREACHABLE],
  ["ENETUNREACH", UNREACHABLE],
]);

/** An error of the platform in heddle's words, where it says that the other side went away; any other as it is. */
export function translated(deed: Deed, error: unknown): unknown {
  const { code } = (error ?? {}) as { code?: unknown };
  const why = GONE.get(code);
  return why === undefined ? error : disconnected(deed, `${why} (${String(code)})`, error);
}

/** @throws TypeError if it is not an array of bytes */
export function checkBytes(value: unknown, verb: string, name: string): asserts value is Uint8Array {
  if (!(value instanceof Uint8Array))
    throw new TypeError(
      `Cannot ${verb} as '${name}' must be a Uint8Array: received ${quote(value)}` +
        (typeof value === "string" ? "\nhelp: new TextEncoder().encode(text) gives its bytes" : ""),
    );
}

/** @throws TypeError if it is no source of bytes. HOST: Node's streams have a `read` of another kind */
export function checkReader(value: unknown, verb: string): void {
  if (
    typeof (value as Partial<AsyncRead> | null | undefined)?.read === "function" &&
    !("readableFlowing" in Object(value))
  )
    return;
  throw new TypeError(
    `Cannot ${verb} as 'reader' must be an AsyncRead: received ${quote(value)}` +
      "\nhelp: fromNodeReadable(…), fromReadableStream(…) and fromAsyncIterable(…) make one",
  );
}

/** @throws TypeError if it is no destination of bytes. HOST: Node's streams have a `write` of another kind, and no `shutdown` */
export function checkWriter(value: unknown, verb: string): void {
  const { write, shutdown } = Object(value) as Partial<AsyncWrite>;
  if (typeof write === "function" && typeof shutdown === "function") return;
  throw new TypeError(
    `Cannot ${verb} as 'writer' must be an AsyncWrite: received ${quote(value)}` +
      "\nhelp: fromNodeWritable(…) and fromWritableStream(…) make one",
  );
}

/** It ended in the middle of something. */
export function unexpectedEnd(deed: Deed, expected: string): DisconnectedError {
  return new DisconnectedError("io.unexpected-end", `Cannot ${deed}: it ended before ${expected}`);
}

/** There is more than the caller wants to hold. */
export function tooLong(deed: Deed, limit: number): HeddleError {
  return new HeddleError("io.too-long", `Cannot ${deed} as there may be at most ${limit} bytes: there are more`, {
    help: "raise the limit, or read it piece by piece",
  });
}

/** A destination took nothing. */
export function tookNothing(deed: Deed): DisconnectedError {
  return new DisconnectedError("io.write-zero", `Cannot ${deed}: the destination takes nothing any more`);
}

/** @throws RangeError if it is not an integer in the range; TypeError if it is no number */
export function checkInteger(
  value: unknown,
  verb: string,
  name: string,
  least: number,
  most = Number.MAX_SAFE_INTEGER,
): void {
  if (Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `an integer >= ${least}` : `an integer from ${least} to ${most}`;
  throw new (typeof value === "number" ? RangeError : TypeError)(
    `Cannot ${verb} as '${name}' must be ${range}: received ${quote(value)}`,
  );
}

/** A limit in bytes: an integer, or `Infinity`. */
export function checkLimit(value: unknown, verb: string, name: string, least = 0): void {
  if (value !== Number.POSITIVE_INFINITY) checkInteger(value, verb, name, least);
}
