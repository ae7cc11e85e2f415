/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/thread: other threads, and what is shared with them.
 */
export { move } from "./thread/reference/move.js";
export { task } from "./thread/reference/task.js";
export {} from "./thread/kinds.js";
export { receives, SEND, type Sendable, type Sent } from "./thread/sendable.js";
export type { CannotSend, Send, SendArgs, SendsBack } from "./thread/values/send.js";
export { transfer } from "./thread/values/transfer.js";
