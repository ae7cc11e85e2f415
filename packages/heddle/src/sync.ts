/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/sync: channels between tasks.
 */
export { EMPTY } from "./sync/empty.js";
export * as mpsc from "./sync/mpsc.js";
export * as oneshot from "./sync/oneshot.js";
