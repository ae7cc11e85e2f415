/**
 * Development: importing this file has locks and channels say what to do about mistakes, what was forgotten, and where a lock was taken.
 */
import { advice } from "../base/advice.js";
import type { Fault } from "../future/diagnostics.js";
import { words } from "../future/words.js";
import { Guards } from "./guards.js";
import "./mpsc/development.js";

Object.assign(advice, {
  "channel.busy": "let one task receive and tell the others, or use a queue, which many may receive from",
  "channel.closed":
    "give each owner an end of its own, and close it after its last use; a message that was not sent is in error.value",
  "channel.disconnected":
    "stop when the other side is gone, which isClosed tells; a message that was not sent is in error.value",
  "channel.elapsed": "receive faster, or raise the channel's capacity; the message is in error.value",
  "channel.full": "await send(…), or do without; the message is in error.value",
  "channel.lagged": "receive faster, or raise the channel's capacity",
  "create a queue": "for a queue without a limit use queue.unbounded()",
  "create an mpsc channel": "for a channel without a limit use mpsc.unbounded()",
  "lock.released": "take it with yield*, release it when you are done, and ask for another one after that",
  "reserve room for messages": "the channel has room for no more",
  "semaphore.closed": "acquire before close(), and catch this where closing means the end",
});

Object.assign(words.faults, {
  "lock.leaked": {
    text: (label) => `What ${label} gave was forgotten and never released, so it stays taken for ever`,
    help: "take it with using, call release() in a finally, or use withLock(…)",
    atExit: false,
    // Not all: the film is that of all locks, and a photograph costs a hundred times what a lock does.
    photos: 1000,
  },
  "channel.permit-leaked": {
    text: (label) => `${label} was forgotten, neither used nor given back, so its room stays taken for ever`,
    help: "take it with using, or dispose of it in a finally",
    atExit: false,
    photos: 1000,
  },
} satisfies Record<string, Fault>);

words.keeper = new Guards();
