/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/sync: channels between tasks.
 */
export * as broadcast from "./sync/broadcast.js";
export { EMPTY } from "./sync/empty.js";
export type { SenderEnd } from "./sync/sender-end.js";
export type { WeakSender } from "./sync/weak-sender.js";
export * as mpsc from "./sync/mpsc.js";
export * as oneshot from "./sync/oneshot.js";
export * as queue from "./sync/queue.js";
export * as watch from "./sync/watch.js";
