/**
 * What becomes of one object when it is sent: the run-time mirror of `Send<T>`.
 *
 * It follows structured clone, but where a clone would lose something without a word, as the class of an instance or the methods of a
 * future, it refuses.
 */
import { Buffer } from "node:buffer";
import { types } from "node:util";
import { MessagePort } from "node:worker_threads";
import { quote } from "../../base/errors.js";
import { Resource } from "../../base/resource.js";
import { isSendable } from "../sendable.js";
import { isMarked } from "./transfer.js";

/** Why something cannot be sent. */
export interface Refusal {
  /** Reads `a function`. */
  readonly is: string;
  readonly help: string;
}

/**
 * | verdict | the object | when it is sent |
 * | --- | --- | --- |
 * | fields | plain object, array | is cloned; its fields are looked at |
 * | map, set | Map, Set | the same |
 * | clone | Date, RegExp, ArrayBuffer, Blob … | is cloned as it is, or shared |
 * | view | typed array, DataView | is cloned; moved if its buffer is |
 * | move | MessagePort, streams, what `transfer` marked | is moved |
 * | rebuild | a {@link Sendable}, errors, Buffer, URL | something else crosses, of which it is made again |
 */
export type Verdict = "fields" | "map" | "set" | "clone" | "view" | "move" | "rebuild" | Refusal;

const HELP_FUNCTION = "send what it needs instead; only a function of a module can be named to another thread";

export function refusalOfPrimitive(value: symbol | Function): Refusal {
  if (typeof value === "symbol")
    return { is: "a symbol", help: "send a string; symbols are the same in one thread only" };
  const isClass = /^class\b/.test(Function.prototype.toString.call(value));
  const name = value.name === "" ? "" : ` ${quote(value.name)}`;
  return isClass ? { is: `the class${name}`, help: HELP_FUNCTION } : { is: "a function", help: HELP_FUNCTION };
}

export function judge(value: object): Verdict {
  if (types.isProxy(value)) return { is: "a Proxy", help: "send the object behind it, or a copy" };
  const isPlainHere = Object.getPrototypeOf(value) === Object.prototype;
  if (isSendable(value) || (!isPlainHere && isError(value))) return "rebuild";
  if (isMarked(value)) return isDetached(value) ? MOVED_AWAY : "move";
  if (Array.isArray(value)) return isOwnClass(value) ? refusedInstance(value) : "fields";
  if (isPlainHere) return "fields";
  if (isPlainObject(value)) return types.isModuleNamespaceObject(value) ? refusedModule : "fields";
  return judgeBuiltIn(value) ?? judgePlatform(value);
}

const MOVED_AWAY: Refusal = {
  is: "memory that was moved away already",
  help: "send it once only, or send a copy first: buffer.slice()",
};
const refusedModule: Refusal = { is: "a module", help: HELP_FUNCTION };

/** The classes of the language and their like. Undefined if it is none of them. */
function judgeBuiltIn(value: object): Verdict | undefined {
  if (ArrayBuffer.isView(value)) {
    if (isDetached(value.buffer)) return MOVED_AWAY;
    if (Buffer.isBuffer(value)) return "rebuild";
    return depthOf(value) > (types.isDataView(value) ? 2 : 3) ? refusedInstance(value) : "view";
  }
  if (types.isAnyArrayBuffer(value)) return isDetached(value) ? MOVED_AWAY : cloned(value);
  if (types.isMap(value)) return isOwnClass(value) ? refusedInstance(value) : "map";
  if (types.isSet(value)) return isOwnClass(value) ? refusedInstance(value) : "set";
  if (types.isDate(value) || types.isRegExp(value)) return cloned(value);
  if (types.isSymbolObject(value)) return refusalOfPrimitive(Symbol());
  if (types.isBoxedPrimitive(value)) return cloned(value);
  if (types.isPromise(value)) return { is: "a promise", help: "await it, and send what it gives" };
  if (types.isWeakMap(value) || types.isWeakSet(value) || value instanceof WeakRef)
    return { is: `a ${nameOf(value)}`, help: "send what it holds, in a Map or an array" };
  if (isRunning(value))
    // The future of a lock is its guard.
    if ((value as { isReleased?: boolean }).isReleased === false) return refusedInstance(value);
    else return { is: "a future or an iterator", help: "await it, or collect it, and send what it gives" };
  return undefined;
}

function cloned(value: object): Verdict {
  return isOwnClass(value) ? refusedInstance(value) : "clone";
}

/** Classes of the host. */
function judgePlatform(value: object): Verdict {
  if (value instanceof MessagePort) return "move";
  if (value instanceof URL) return "rebuild";
  if (isStream(value))
    return isLocked(value)
      ? { is: "a stream that somebody reads or writes", help: "release the lock of its reader or writer first" }
      : "move";
  return isClonedWhole(value) ? "clone" : refusedInstance(value);
}

function refusedInstance(value: object): Refusal {
  // Its own, or what its guard holds.
  const resource = value instanceof Resource ? value : (value as { resource?: unknown }).resource;
  if (resource instanceof Resource) {
    const name = resource.name === undefined ? "" : ` ${quote(resource.name)}`;
    return {
      is: `${resource === value ? "the" : "a guard of the"} ${resource.kind}${name}, which is for the tasks of one thread`,
      help: `use ${BETWEEN_THREADS[resource.kind] ?? "a channel of heddle/sync"} between threads`,
    };
  }
  const name = nameOf(value);
  const help = isOf(value, name)
    ? (INSTEAD[name] ?? "it belongs to this thread: send what is needed of it")
    : undefined;
  return {
    is: `an instance of ${name}, which a copy would not be`,
    help: help ?? "send its plain fields; or give the class a [SEND] method, by which it says what it is made of",
  };
}

/** Whether it is of that class of the host. */
function isOf(value: object, name: string): boolean {
  const Class = (globalThis as Record<string, unknown>)[name];
  return typeof Class === "function" && value instanceof Class;
}

const SIGNAL = "send a CancellationToken: CancellationToken.from(signal)";
const ENTRIES = "send its entries: [...it]";

/** What to send instead of an object of the host. */
const INSTEAD: Record<string, string | undefined> = {
  AbortController: SIGNAL,
  AbortSignal: SIGNAL,
  FormData: ENTRIES,
  Headers: ENTRIES,
  URLSearchParams: ENTRIES,
  Request: "send its url, its method, its headers as entries, and its body, which is a stream",
  Response: "send its status, its headers as entries, and its body, which is a stream",
};

/** What does the same for several threads, by the kind of the resource. */
const BETWEEN_THREADS: Record<string, string> = {
  mutex: "SharedMutex of heddle/thread",
  rwlock: "SharedRwLock of heddle/thread",
  barrier: "SharedBarrier of heddle/thread",
  "once-cell": "SharedOnce of heddle/thread",
  "set-once": "SharedOnce of heddle/thread, or a watch channel",
  notify: "a watch channel, or Condvar of heddle/thread",
};

const clonedWhole = new WeakMap<object, boolean>();

/** Whether the host clones this class and keeps it. Tried once for each class: there is no list, and hosts differ. */
function isClonedWhole(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object;
  let known = clonedWhole.get(prototype);
  if (known === undefined) {
    try {
      known = Object.getPrototypeOf(structuredClone(value)) === prototype;
    } catch {
      known = false;
    }
    clonedWhole.set(prototype, known);
  }
  return known;
}

export function isError(value: unknown): value is Error {
  return value instanceof Error || types.isNativeError(value) || value instanceof DOMException;
}

// Other realms have other prototypes: those at the root of a chain count as plain too.
function isPlainObject(value: object): boolean {
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, "isPrototypeOf");
}

/** How many prototypes a value has: 1 for a plain object, 2 for an array. */
function depthOf(value: object): number {
  let depth = 0;
  for (let at: object | null = Object.getPrototypeOf(value); at !== null; at = Object.getPrototypeOf(at)) depth++;
  return depth;
}

function isOwnClass(value: object): boolean {
  return depthOf(value) > 2;
}

function isDetached(buffer: object): boolean {
  if (!types.isArrayBuffer(buffer) || (buffer as ArrayBuffer).byteLength > 0) return false;
  // HOST: `detached` is there since Node 21.
  try {
    void new Uint8Array(buffer as ArrayBuffer);
    return false;
  } catch {
    return true;
  }
}

function isRunning(value: object): boolean {
  const { next } = value as { next?: unknown };
  return typeof next === "function" && (Symbol.iterator in value || Symbol.asyncIterator in value);
}

function isStream(value: object): value is ReadableStream | WritableStream | TransformStream {
  return value instanceof ReadableStream || value instanceof WritableStream || value instanceof TransformStream;
}

function isLocked(stream: ReadableStream | WritableStream | TransformStream): boolean {
  return stream instanceof TransformStream ? stream.readable.locked || stream.writable.locked : stream.locked;
}

function nameOf(value: object): string {
  const { constructor } = value as { constructor?: unknown };
  return typeof constructor === "function" && constructor.name !== "" ? constructor.name : "a class without a name";
}
