/** A module of the program's that imports nothing. */
export const increment = (n: number): number => n + 1;
