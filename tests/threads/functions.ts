/** What `top-level.ts` has threads do. */
export const double = (n: number): number => 2 * n;
