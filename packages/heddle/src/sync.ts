/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/sync: channels between tasks, locks, and what else tasks wait for each other with.
 */
export {} from "./sync/development.js";

export * from "./sync-production.js";
