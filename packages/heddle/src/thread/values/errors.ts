/**
 * Errors that come from another thread: nothing of them is lost but what cannot be there, such as a class that only one side knows.
 *
 * Structured clone keeps the class of seven built-in errors, and neither codes nor fields. So errors are taken apart here, and made again of name,
 * message, cause and what else hangs on them, the fields that can be sent, and the stack, to which the receiving side adds its own.
 */
import * as heddle from "../../base/errors.js";
import { ofThisDrive, userLines, withStackLimit } from "../../base/stacktrace.js";
import { isPrimitive } from "./plain.js";
import { setField, unpack } from "./unpack.js";
import { isError } from "./verdict.js";

/** What was thrown, or hangs on an error: an error, several, other data, or only the words for what cannot be sent. */
type Part =
  | { readonly error: PackedError }
  | { readonly list: readonly Part[] }
  | { readonly data: unknown; readonly extras: unknown }
  | { readonly words: string };

/** An error as plain data. One that is met twice is one object here too, so a clone keeps circles. */
interface PackedError {
  /** Where its class is known from. */
  readonly origin: "language" | "platform" | "heddle";
  /** The nearest class that the other side knows. */
  readonly base: string;
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
  readonly parts: [key: string, part: Part][];
  readonly fields: [key: string, data: unknown, extras: unknown][];
}

/** Packs what cannot move anything; null if it cannot be sent so. */
type PackStill = (value: unknown, errors: ErrorPacker) => { data: unknown; extras: unknown } | null;

// Not enumerable, as a rule, and shown by those who print errors.
const PARTS = ["cause", "errors", "suppressed", "error"];
const DEEPEST = 100;

const LANGUAGE: Record<string, ErrorConstructor | undefined> = {};
for (const name of "Error EvalError RangeError ReferenceError SyntaxError TypeError URIError AggregateError SuppressedError".split(
  " ",
))
  LANGUAGE[name] = (globalThis as unknown as Record<string, ErrorConstructor | undefined>)[name];

/** The prototypes of heddle's own errors, by the names that `error.name` gives. */
const HEDDLE = new Map<string, object>();
for (const it of Object.values(heddle)) {
  const { prototype } = it as { prototype?: { name?: unknown } };
  if (prototype instanceof heddle.HeddleError) HEDDLE.set(String(prototype.name), prototype);
}

/** Takes errors apart. One serves one message, and knows again the errors that it has met. */
export class ErrorPacker {
  readonly #met = new Map<object, PackedError>();
  readonly #packStill: PackStill;
  #level = 0;

  constructor(packStill: PackStill) {
    this.#packStill = packStill;
  }

  packThrown(value: unknown): Part {
    if (this.#level > DEEPEST) return { words: heddle.quote(value) };
    this.#level++;
    try {
      if (isError(value)) return { error: this.pack(value) };
      return this.#packStill(value, this) ?? { words: heddle.quote(value) };
    } catch {
      return { words: heddle.quote(value) };
    } finally {
      this.#level--;
    }
  }

  pack(error: Error): PackedError {
    const known = this.#met.get(error);
    if (known !== undefined) return known;
    const stack = read(error, "stack");
    const packed: PackedError = {
      ...classOf(error),
      name: String(read(error, "name")),
      message: String(read(error, "message") ?? ""),
      stack: typeof stack !== "string" ? null : error instanceof heddle.BugError ? stack : ofThisDrive(stack),
      parts: [],
      fields: [],
    };
    this.#met.set(error, packed);
    for (const key of PARTS) {
      const property = Object.getOwnPropertyDescriptor(error, key);
      if (property === undefined || (property.enumerable === true && key !== "cause")) continue;
      const part = read(error, key);
      packed.parts.push([
        key,
        Array.isArray(part) ? { list: part.map((it) => this.packThrown(it)) } : this.packThrown(part),
      ]);
    }
    for (const key of Object.keys(error)) this.#packField(packed, key, read(error, key));
    return packed;
  }

  #packField(packed: PackedError, key: string, field: unknown): void {
    if (key === "name" || key === "message" || key === "stack" || key === "cause") return;
    const part = isPrimitive(field) ? { data: field, extras: null } : this.packThrown(field);
    if ("data" in part) packed.fields.push([key, part.data, part.extras]);
    else if ("error" in part) packed.parts.push([key, part]);
  }
}

function read(error: object, key: string): unknown {
  try {
    return (error as Record<string, unknown>)[key];
  } catch {
    return undefined;
  }
}

function classOf(error: Error): Pick<PackedError, "origin" | "base"> {
  if (error instanceof heddle.HeddleError) return { origin: "heddle", base: error.name };
  if (error instanceof DOMException) return { origin: "platform", base: "DOMException" };
  // By name: errors of another realm have other prototypes.
  for (let at: object | null = Object.getPrototypeOf(error); at !== null; at = Object.getPrototypeOf(at)) {
    const { name } = at as Error;
    if (Object.hasOwn(at, "name") && LANGUAGE[name] !== undefined && at.constructor.name === name)
      return { origin: "language", base: name };
  }
  return { origin: "language", base: "Error" };
}

// An error that is met twice in a message is made once.
const made = new WeakMap<PackedError, Error>();

/** Makes an error of what `ErrorPacker.pack` made of it. */
export function rebuildError(packed: PackedError): Error {
  const known = made.get(packed);
  if (known !== undefined) return known;
  const error = withStackLimit(0, () => emptyError(packed));
  made.set(packed, error);
  if (packed.stack !== null) hide(error, "stack", packed.stack);
  if (error.name !== packed.name) hide(error, "name", packed.name);
  for (const [key, data, extras] of packed.fields) setField(error, key, unpack(data, extras));
  for (const [key, part] of packed.parts) {
    if (PARTS.includes(key)) hide(error, key, rebuildPart(part));
    else setField(error, key, rebuildPart(part));
  }
  return error;
}

function emptyError({ origin, base, name, message }: PackedError): Error {
  if (origin === "platform") return new DOMException(message, name);
  const error = new Error(message);
  const prototype =
    origin === "heddle" ? (HEDDLE.get(base) ?? heddle.HeddleError.prototype) : (LANGUAGE[base] ?? Error).prototype;
  return Object.setPrototypeOf(error, prototype) as Error;
}

/** Makes what `packError` was given of what it gave, as {@link unpackError} does, and leaves stacks as they are. */
export function rebuildThrown(data: unknown): unknown {
  return rebuildPart(data as Part);
}

function rebuildPart(part: Part): unknown {
  if ("error" in part) return rebuildError(part.error);
  if ("list" in part) return part.list.map(rebuildPart);
  if ("data" in part) return unpack(part.data, part.extras);
  return new heddle.HeddleError(
    "thread.unsendable",
    `Cannot bring over from another thread what was thrown there: ${part.words}`,
    { help: "throw errors, or what can be sent" },
  );
}

function hide(error: Error, key: string, value: unknown): void {
  Object.defineProperty(error, key, { value, writable: true, configurable: true, enumerable: false });
}

/**
 * Makes what was thrown of what `packError` made of it. The stack of an error shows both sides, the inner one first, with `at thread "name" (#3)` between.
 *
 * @param where.thread how the thread is called in messages: `"resize" (#3)`
 * @param where.stack the stack of whoever gave the thread its work
 */
export function unpackError(data: unknown, where: { thread: string; stack?: string }): unknown {
  const thrown = rebuildPart(data as Part);
  if (!isError(thrown)) return thrown;
  const lines = [`    at thread ${where.thread}`, ...userLines(where.stack ?? "")];
  hide(thrown, "stack", [thrown.stack ?? `${thrown.name}: ${thrown.message}`, ...lines].join("\n"));
  return thrown;
}
