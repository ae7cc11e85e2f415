/**
 * The errors of channels, and the check of a capacity.
 *
 * | code                   | class                         | meaning                              |
 * | ---------------------- | ----------------------------- | ------------------------------------ |
 * | `channel.closed`       | ClosedError, SendError        | this side closed it                  |
 * | `channel.disconnected` | DisconnectedError, SendError  | the other side closed, or went away  |
 * | `channel.full`         | SendError                     | there is no room now                 |
 * | `channel.elapsed`      | SendError                     | there was no room in time            |
 * | `channel.busy`         | BusyError                     | two await one receiver               |
 *
 * It is a SendError, with the value in it, exactly when there is a value that was not sent.
 */
import { advised, BusyError, ClosedError, DisconnectedError, HeddleError, quote, SendError } from "../base/errors.js";

const CLOSED = "the channel is closed";

/** A value for which nobody is there. @param now what is the case: `the receiver is closed` */
export function unsent<T>(value: T, now = CLOSED): SendError<T> {
  return new SendError("channel.disconnected", `Cannot send a message: ${now}`, { value });
}

/** A value given to an end that is over. */
export function sentOnClosed<T>(value: T, what = "this sender was closed"): SendError<T> {
  return new SendError("channel.closed", `Cannot send a message: ${what}`, { value });
}

export function full<T>(value: T, now: string): SendError<T> {
  return new SendError("channel.full", `Cannot send a message without waiting: ${now}`, { value });
}

export function elapsed<T>(value: T, limit: string): SendError<T> {
  return new SendError("channel.elapsed", `Cannot send a message in time: ${limit} passed and there was no room`, {
    value,
  });
}

/** @param verb `reserve room` @param now `the receiver is closed` */
export function disconnected(verb: string, now = CLOSED): DisconnectedError {
  return new DisconnectedError("channel.disconnected", `Cannot ${verb}: ${now}`);
}

export function closedHere(verb: string, now: string): ClosedError {
  return new ClosedError("channel.closed", `Cannot ${verb}: ${now}`);
}

/** @param label the future's: `receiver.recv()` */
export function busy(label: string): BusyError {
  return new BusyError("channel.busy", `Cannot await ${label} from two places: another one awaits it`);
}

/** @param label the future's: `sender.send(…)` */
export function completed(label: string): HeddleError {
  return new HeddleError("future.completed", `Cannot await ${label} again: it is over`);
}

/** Refuses what is no capacity. */
export function checkCapacity(capacity: number, most = Number.MAX_SAFE_INTEGER, kind?: string): void {
  checkCount(capacity, 1, most, "create a channel", "capacity", kind);
}

/**
 * Refuses what is no integer from `least` to `most`.
 *
 * @param what what `advice` has the help for, if there is any
 */
export function checkCount(count: number, least: number, most: number, verb: string, name: string, what = verb): void {
  if (Number.isSafeInteger(count) && count >= least && count <= most) return;
  const range = most === Number.MAX_SAFE_INTEGER ? `>= ${least}` : `from ${least} to ${most}`;
  const message = `Cannot ${verb} as '${name}' must be an integer ${range}: received ${quote(count)}`;
  throw new (typeof count === "number" ? RangeError : TypeError)(advised(message, what));
}
