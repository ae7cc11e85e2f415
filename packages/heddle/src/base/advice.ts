/**
 * Advice: what to do about an error, by its code; about an argument that cannot be, by what it should have been, or what was to be done. Empty in production; each `development.ts` adds what its folder knows.
 */
export const advice: Record<string, string> = {};
