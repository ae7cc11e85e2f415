/** A module of the program's that imports heddle. */
import { async } from "heddle";

export const twice = async(function* (n: number) {
  return 2 * n;
});

export const increment = (n: number): number => n + 1;
