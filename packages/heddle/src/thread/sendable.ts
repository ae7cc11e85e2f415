/**
 * The protocol by which an object crosses to another thread: it says of what it is rebuilt, and its module how.
 *
 * Plain data crosses by structured clone and needs none of this. A handle, such as the end of a channel or a shared lock, is a class; a
 * clone would lose it. So it packs itself into plain data, and is rebuilt from that under the same `kind`.
 */
/** Names the method by which a value packs itself. The same in every copy of heddle. */
export const SEND: unique symbol = Symbol.for("heddle.send") as any;

/** Names the method by which a value says that it cannot cross now. The same in every copy of heddle. */
export const CHECK: unique symbol = Symbol.for("heddle.send.check") as any;

/** What crosses in place of a {@link Sendable}. */
export interface Sent {
  /** Which of the functions given to {@link receives} rebuilds it. */
  readonly kind: string;
  /** Can be cloned; may hold shared memory and ports. */
  readonly data: unknown;
  /** The parts of `data` that are moved instead of cloned. */
  readonly transfer?: readonly object[];
}

/** A value that knows how to cross to another thread. */
export interface Sendable {
  /** Packs itself. Called once everything that is sent along has been found sendable. Throws if it cannot cross (any more). */
  [SEND](): Sent;
  /** Throws what `[SEND]` would throw. Asked of all that is sent along before the first is packed, so that nothing is moved by halves. */
  [CHECK]?(): void;
}

const receivers = new Map<string, (data: any) => unknown>();

/** Says how what was sent as `kind` is rebuilt. To be called when the module of the class is loaded; `heddle/thread` loads them all. */
export function receives<D>(kind: string, rebuild: (data: D) => unknown): void {
  receivers.set(kind, rebuild);
}

/** What rebuilds what is sent as `kind`. */
export function receiverOf(kind: string): ((data: any) => unknown) | undefined {
  return receivers.get(kind);
}

/** Whether `value` packs itself. */
export function isSendable(value: object): value is Sendable {
  return typeof (value as Partial<Sendable>)[SEND] === "function";
}
