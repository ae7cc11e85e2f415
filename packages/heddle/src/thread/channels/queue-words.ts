/**
 * What the two sides of a queue that is on several threads say to each other.
 */

// From abroad.
export const ASK_ROOM = 0;
export const ASK_MESSAGE = 1;
/** Of what was asked for. */
export const CANCEL = 2;
/** Room that was granted, and not used. */
export const GIVE_ROOM = 3;
export const PUSH = 4;
/** A message that was given, and nobody took. */
export const BACK = 5;
export const COUNT_SENDERS = 6;
export const COUNT_RECEIVERS = 7;
export const CLOSE = 8;
/** Another thread has an end. */
export const ATTACH = 9;

// From home.
export const ROOM = 10;
export const MESSAGE = 11;
/** There will be no room, or this message cannot be had. */
export const NONE = 12;
/** There will be no message. */
export const ENDED = 13;
/** The queue was closed. */
export const CLOSED = 14;

export type Side = "sender" | "receiver";
