/**
 * EMPTY: what a channel answers that has nothing to give now. `undefined` would not do: it may be a message.
 */

/** What `tryRecv()` answers when nothing is there yet, but may come. */
export const EMPTY: unique symbol = Symbol("heddle.empty");
