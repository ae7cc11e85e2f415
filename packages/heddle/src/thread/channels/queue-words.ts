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
/** A message that was given was taken. */
export const GOT = 5;
/** A message that was given, and nobody took. */
export const BACK = 6;
export const COUNT_SENDERS = 7;
export const COUNT_RECEIVERS = 8;
export const CLOSE = 9;
/** Another thread has an end. */
export const ATTACH = 10;
/** That the queue was closed has been heard: nothing is sent after this. */
export const HEARD = 11;

// From home.
export const ROOM = 12;
export const MESSAGE = 13;
/** There will be no room, or this message cannot be had. */
export const NONE = 14;
/** There will be no message. */
export const ENDED = 15;
/** The queue was closed. */
export const CLOSED = 16;

export type Side = "sender" | "receiver";
