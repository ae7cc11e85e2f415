/** A thread that does nothing. */
export {};
