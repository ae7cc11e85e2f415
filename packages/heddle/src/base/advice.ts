/**
 * Advice: what to do about an error, by its code. Empty in production; each `development.ts` adds what its folder knows.
 */
export const advice: Record<string, string> = {};
