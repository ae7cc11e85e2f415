/** A module none of whose functions ever runs on the thread that refers to them. */

export const unused = (n: number): number => n + 1;
