/**
 * Values and bytes as they stand in the message of a failed assertion. Runners have better printers, but which one there is, is not known here.
 */
import { quote } from "../base/errors.js";

const LONGEST = 400;
const MOST_ITEMS = 20;
const DEEPEST = 4;

/** Any value, on one line. Never throws. */
export function show(value: unknown): string {
  try {
    const text = showAt(value, 0);
    return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  } catch {
    return quote(value);
  }
}

function showAt(value: unknown, depth: number): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value !== "object" || value === null) return quote(value);
  if (value instanceof Error) return `${value.name}: ${value.message.split("\n", 1)[0]}`;
  if (value instanceof Uint8Array) return showBytes(value);
  if (value instanceof Date) return value.toISOString();
  if (value instanceof RegExp) return String(value);
  if (depth === DEEPEST) return "…";
  const inner = (item: unknown): string => showAt(item, depth + 1);
  if (Array.isArray(value)) return `[${list(value, inner)}]`;
  if (value instanceof Set) return `Set { ${list([...value], inner)} }`;
  if (value instanceof Map) return `Map { ${list([...value], ([key, item]) => `${inner(key)} => ${inner(item)}`)} }`;
  const { name = "" } = (value.constructor ?? {}) as { name?: string };
  const fields = list(Object.entries(value), ([key, item]) => `${key}: ${inner(item)}`);
  return `${name === "" || name === "Object" ? "" : `${name} `}${fields === "" ? "{}" : `{ ${fields} }`}`;
}

function list<T>(items: readonly T[], text: (item: T) => string): string {
  const shown = items.slice(0, MOST_ITEMS).map(text);
  if (items.length > MOST_ITEMS) shown.push(`… ${items.length - MOST_ITEMS} more`);
  return shown.join(", ");
}

/** Bytes as text if that is what they are, else in hexadecimal. */
export function showBytes(bytes: Uint8Array): string {
  const text = textOf(bytes);
  return text === undefined ? `<${[...bytes].map(hex).join(" ")}>` : JSON.stringify(text);
}

/** The text of bytes, unless they are none. */
export function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    // Control characters but tab and the ends of lines: what is in there is not meant to be read.
    return /\p{Cc}/u.test(text.replaceAll(/[\t\r\n]/g, "")) ? undefined : text;
  } catch {
    return undefined;
  }
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, "0");
}

/**
 * Two runs of bytes under each other, from shortly before the first difference on:
 *
 *     expected: "EHLO example\r\n"
 *     received: "EHLO exampel"
 *                           ^ byte 10
 */
export function showDifference(expected: Uint8Array, received: Uint8Array): string {
  const shorter = Math.min(expected.length, received.length);
  let at = 0;
  while (at < shorter && expected[at] === received[at]) at++;
  const from = Math.max(0, at - BEFORE);
  const part = (bytes: Uint8Array): Uint8Array => bytes.subarray(from, at + AFTER);
  const isText = textOf(part(expected)) !== undefined && textOf(part(received)) !== undefined;
  const text = (bytes: Uint8Array): string => (isText ? showBytes(bytes) : [...bytes].map(hex).join(" "));
  const line = (bytes: Uint8Array): string =>
    `${from > 0 ? "…" : ""}${text(part(bytes))}${bytes.length > at + AFTER ? "…" : ""}`;
  // The mark stands under the first byte that differs: as far in as what is equal before it is long.
  const equal = text(expected.subarray(from, at));
  const indent = (from > 0 ? 1 : 0) + (isText ? equal.length - 1 : equal.length + (equal === "" ? 0 : 1));
  return (
    `    expected: ${line(expected)}\n` +
    `    received: ${line(received)}\n` +
    `              ${" ".repeat(indent)}^ byte ${at}`
  );
}

const BEFORE = 24;
const AFTER = 24;
