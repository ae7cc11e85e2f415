/**
 * The error classes, one for each party that can be at fault, and what messages are made with.
 *
 * Messages read `Cannot <verb> <thing>[ as <rule>]: <what is the case now>`, then `help: <what to
 * do>` on a line of its own. `code` is stable (`channel.closed`), messages are not. `instanceof`
 * looks at a brand and the class's name instead of its identity, so two copies of heddle in one
 * program recognise each other's errors.
 *
 * `name` is a getter on each prototype: it survives minifiers, V8 reads it for the first line of
 * the stack, and a bundler can drop a class nobody uses.
 */

import { advice } from "./advice.js";

export interface HeddleErrorOptions {
  /** What to do about it, if that is not what `advice` has for the code. */
  help?: string | undefined;
  cause?: unknown;
}

const BRAND = /* @__PURE__ */ Symbol.for("heddle.error");

/** What all errors of heddle's have in common. `instanceof` knows those of another copy of heddle too. */
export class HeddleError extends Error {
  /** What went wrong, stable: `channel.closed`. All are in docs/errors. */
  readonly code: string;

  constructor(code: string, message: string, options?: HeddleErrorOptions) {
    super(advised(message, code, options?.help), options);
    this.code = code;
  }

  override get name(): string {
    return "HeddleError";
  }

  get [BRAND](): boolean {
    return true;
  }

  static override [Symbol.hasInstance](value: any): boolean {
    const ours: Error = this.prototype;
    for (let it = value; it; it = Object.getPrototypeOf(it)) {
      if (it === ours) return true;
      // A class that a user derived has no name of its own here: its identity decides, as usual.
      if (value[BRAND] && it.name === ours.name && Object.hasOwn(ours, "name")) return true;
    }
    return false;
  }
}

/** A message, and what to do about it if that is known: what `advice` has for `what`, unless `help` says it. */
export function advised(message: string, what: string, help = advice[what]): string {
  return help === undefined ? message : `${message}\nhelp: ${help}`;
}

/** You closed it. */
export class ClosedError extends HeddleError {
  override get name(): string {
    return "ClosedError";
  }
}

/** The other side went away. */
export class DisconnectedError extends HeddleError {
  override get name(): string {
    return "DisconnectedError";
  }
}

/** Two tasks used at once what serves one. */
export class BusyError extends HeddleError {
  override get name(): string {
    return "BusyError";
  }
}

/** Time ran out. */
export class ElapsedError extends HeddleError {
  override get name(): string {
    return "ElapsedError";
  }
}

/**
 * Someone asked it to stop; `cause` is the reason they gave. Its `name` is the platform's,
 * `AbortError`.
 */
export class AbortedError extends HeddleError {
  constructor(reason?: unknown, what = "this future") {
    super(
      "task.aborted",
      `Cannot finish ${what}: it was aborted${reason === undefined ? "" : ` with ${quote(reason)}`}`,
      reason === undefined ? undefined : { cause: reason },
    );
  }

  override get name(): string {
    return "AbortError";
  }
}

/** A receiver was too slow: `missed` messages are gone for it. */
export class LaggedError extends HeddleError {
  /** How many messages are gone. */
  readonly missed: number;

  constructor(missed: number) {
    super(
      "channel.lagged",
      `Cannot receive the next message: ${missed} were overwritten before this receiver came to them`,
    );
    this.missed = missed;
  }

  override get name(): string {
    return "LaggedError";
  }
}

/** What could not be sent comes back as `value`. */
export class SendError<T = unknown> extends HeddleError {
  /** What was not sent. */
  readonly value: T;

  constructor(code: string, message: string, options: HeddleErrorOptions & { value: T }) {
    super(code, message, options);
    this.value = options.value;
  }

  override get name(): string {
    return "SendError";
  }
}

/** The thread that did the work died. */
export class JoinError extends HeddleError {
  override get name(): string {
    return "JoinError";
  }
}

/** A future was polled, or a task spawned, where no runtime is. */
export class NoRuntimeError extends HeddleError {
  /** @param verb what was asked for: `sleep` */
  constructor(verb: string) {
    super("runtime.none", `Cannot ${verb} outside a runtime: no task is being polled on this thread`);
  }

  override get name(): string {
    return "NoRuntimeError";
  }
}

/** Ours. */
export class BugError extends HeddleError {
  constructor(message: string, options?: { cause?: unknown }) {
    super("bug", message, options);
  }

  override get name(): string {
    return "BugError";
  }
}

/**
 * Keeps the first of two errors and attaches the later one to it, on `first.suppressed`, an array
 * that is not enumerable.
 *
 * @returns `first`, or, when nothing can be attached to it, an AggregateError of both with its
 * message. Throw what is returned.
 */
export function suppress(first: unknown, later: unknown): unknown {
  if (first === later) return first;
  let message = quote(first);
  try {
    const { suppressed, message: own } = first as { suppressed?: unknown; message?: unknown };
    if (own) message = `${own}`;
    if (suppressed === undefined) {
      Object.defineProperty(first, "suppressed", {
        value: [later],
        configurable: true,
        writable: true,
      });
      return first;
    }
    // Not an array: the language's own SuppressedError, whose meaning must not change.
    if (Array.isArray(suppressed)) {
      if (!suppressed.includes(later)) suppressed.push(later);
      return first;
    }
  } catch {
    // A primitive, or frozen.
  }
  return new AggregateError([first, later], message);
}

/** Any value as it may stand in a message: short, one line, never throws. */
export function quote(value: unknown): string {
  try {
    if (typeof value === "string") return JSON.stringify(value.length > 80 ? value.slice(0, 79) + "…" : value);
    if (typeof value === "function") return `function ${value.name || "(anonymous)"}`;
    if (typeof value !== "object" || !value) return Object.is(value, -0) ? "-0" : String(value);
    if (value instanceof Error) return `${value.name} ${quote(`${value.message}`)}`;
    return `an instance of ${value.constructor?.name || "Object"}`;
  } catch {
    return "an unreadable value";
  }
}
