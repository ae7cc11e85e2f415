/**
 * Packing what is sent to another thread; unpack.ts makes the value of it there.
 *
 * `data` is what structured clone takes. What does not cross itself (a Sendable, an error, a Buffer) is left out of a copy of it, and
 * described in `extras`, which says by reference into `data` where it belongs:
 *
 *     value   { tx: Sender, at: [ Error ] }
 *     data    { tx: null,   at: [ null ] }                          a copy
 *     extras  sent:   [ {kind, data} of tx, {kind, data} of the error ]
 *             places: [ data, "tx", 0,   data.at, "0", 1 ]          holder, key, which
 *             fills:  [ map or set, its items as an array, … ]      its order is that of the array
 *
 * INVARIANT: both cross in one message, or the references are lost.
 */
import { Buffer } from "node:buffer";
import { types } from "node:util";
import { CHECK, isSendable, receives, SEND, type Sent } from "../sendable.js";
import { ErrorPacker, rebuildError } from "./errors.js";
import { isPlain } from "./plain.js";
import { Survey } from "./survey.js";
import { isMarked } from "./transfer.js";
import { type Extras, setField } from "./unpack.js";
import { isError } from "./verdict.js";

/** What crosses in place of a value. */
export interface Parcel {
  data: unknown;
  /** What `data` lacks; null if nothing. */
  extras: unknown;
  /** What is moved: objects of the host, on whose types its libraries do not agree. */
  transfer: any[];
}

// Shared by all parcels that move nothing.
const NOTHING: any[] = [];
Object.freeze(NOTHING);

/**
 * Packs `value`. Plain data is handed on as it is; nothing is moved, and no Sendable asked, before all of it was found fit to be sent.
 *
 * @param what begins the subject of the error, as in `argument 2 of "resize"`
 * @param whither ends it
 * @throws TypeError that names the path to what cannot be sent
 */
export function pack(value: unknown, what: string, whither = "to a thread"): Parcel {
  if (isPlain(value)) return { data: value, extras: null, transfer: NOTHING };
  return parcelOf(value, surveyed(value, what, whither), new ErrorPacker(packStill));
}

/**
 * Packs what goes to several threads, or stays here as well: of that nothing can move.
 *
 * @throws TypeError as {@link pack}, and for handles and ports
 */
export function packCopy(value: unknown, what: string): Parcel {
  if (isPlain(value)) return { data: value, extras: null, transfer: NOTHING };
  const survey = surveyed(value, what);
  if (survey.moved.length > 0 || survey.rebuilt.some(isSendable))
    throw new TypeError(
      `Cannot send ${what} to several threads: it contains what can be in one place only` +
        "\nhelp: send handles and ports each to one thread, through mpsc or oneshot",
    );
  return parcelOf(value, survey, new ErrorPacker(packStill));
}

/** Throws what {@link pack} would throw. */
export function check(value: unknown, what: string): void {
  if (!isPlain(value)) checkSendables(surveyed(value, what));
}

function surveyed(value: unknown, what: string, whither = "to a thread"): Survey {
  const survey = new Survey(value);
  if (survey.refused === null) return survey;
  const { path, refusal } = survey.refused;
  throw new TypeError(
    `Cannot send ${what} ${whither}: ${path === "" ? "it" : path} is ${refusal.is}\nhelp: ${refusal.help}`,
  );
}

function checkSendables({ rebuilt }: Survey): void {
  for (const it of rebuilt) if (isSendable(it)) it[CHECK]?.();
}

/** Packs `value` if that moves nothing, so that it may as well be thrown away; otherwise answers null. */
function packStill(value: unknown, errors: ErrorPacker): Parcel | null {
  if (isPlain(value)) return { data: value, extras: null, transfer: NOTHING };
  const survey = new Survey(value);
  if (survey.refused !== null || survey.moved.length > 0 || survey.rebuilt.some(isSendable)) return null;
  return parcelOf(value, survey, errors);
}

/** How what is thrown crosses. Never throws itself. */
export function packError(error: unknown): unknown {
  return new ErrorPacker(packStill).packThrown(error);
}

function parcelOf(value: unknown, survey: Survey, errors: ErrorPacker): Parcel {
  const { moved } = survey;
  if (survey.rebuilt.length === 0) return { data: value, extras: null, transfer: moved };
  checkSendables(survey);
  const sent = survey.rebuilt.map((it) => sentOf(it, errors));
  const transfer = [...moved, ...sent.flatMap((it) => it.transfer ?? [])];
  const index = new Map(survey.rebuilt.map((it, i) => [it as unknown, i]));
  const root = index.get(value) ?? -1;
  const extras: Extras = { sent: sent.map(({ kind, data }) => ({ kind, data })), places: [], fills: [], root };
  return { data: root < 0 ? copyOf(value, survey, index, extras) : null, extras, transfer: [...new Set(transfer)] };
}

function sentOf(value: object, errors: ErrorPacker): Sent {
  if (isSendable(value)) return value[SEND]();
  if (isError(value)) return { kind: "error", data: errors.pack(value) };
  if (Buffer.isBuffer(value)) return sentBuffer(value);
  return { kind: "url", data: (value as URL).href };
}

// A clone of a view takes the whole buffer along, and a small Buffer lies in a pool of 8 KB with others.
function sentBuffer(buffer: Buffer): Sent {
  const { buffer: memory, byteOffset, byteLength } = buffer;
  const isWhole = byteLength === memory.byteLength || memory instanceof SharedArrayBuffer;
  const data = isWhole ? new Uint8Array(memory, byteOffset, byteLength) : Uint8Array.prototype.slice.call(buffer);
  return isMarked(memory) ? { kind: "buffer", data, transfer: [memory as ArrayBuffer] } : { kind: "buffer", data };
}

receives("error", rebuildError);
receives("url", (href: string) => new URL(href));
receives("buffer", (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));

/** A copy of all containers, without what is in `index`: the places of that are noted in `extras`. */
function copyOf(value: unknown, survey: Survey, index: Map<unknown, number>, { places, fills }: Extras): unknown {
  const copies = new Map<unknown, object>();
  for (const it of survey.containers) copies.set(it, emptyLike(it));
  const place = (holder: object, key: string, field: unknown): void => {
    const at = index.get(field);
    if (at !== undefined) places.push(holder, key, at);
    setField(holder, key, at === undefined ? (copies.get(field) ?? field) : null);
  };
  for (const [it, copy] of copies) {
    const isFilled = types.isMap(it) || types.isSet(it);
    const fields = types.isMap(it) ? [...it].flat() : types.isSet(it) ? [...it] : (it as object);
    const holder = isFilled ? [] : copy;
    if (isFilled) fills.push(copy, holder);
    for (const key of Object.keys(fields)) place(holder, key, (fields as Record<string, unknown>)[key]);
  }
  return copies.get(value);
}

function emptyLike(it: object): object {
  if (Array.isArray(it)) return new Array(it.length);
  return types.isMap(it) ? new Map() : types.isSet(it) ? new Set() : {};
}
