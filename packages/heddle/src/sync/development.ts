/**
 * Development: importing this file has locks and channels say what to do about mistakes, what was forgotten, and where a lock was taken.
 */
import { addAdvice, addFault, addKeeper } from "../future/advice.js";
import { Guards } from "./guards.js";

const KEEP = "the value is in error.value";

addAdvice({
  unsent: `stop sending when sender.closed() is ready; ${KEEP}`,
  sentOnClosed: `give each owner a sender of its own, and close it last; ${KEEP}`,
  full: `await send(…), or do without; ${KEEP}`,
  elapsed: `receive faster, or raise the channel's capacity; ${KEEP}`,
  disconnected: "stop when the other side is gone; isClosed tells",
  closedHere: "close an end after its last use",
  busy: "let one task receive and tell the others, or use a queue, which many may receive from",
  completed: "call the function again for a new future",
  askAgain: "ask again for another guard",
  released: "release the guard when you are done, or ask for another one",
  semaphoreClosed: "acquire before close(), and catch this where closing means the end",
});

addFault({
  code: "lock.leaked",
  text: (label) => `What ${label} gave was forgotten and never released, so it stays taken for ever`,
  help: "take it with using, call release() in a finally, or use withLock(…)",
  atExit: false,
  // Not all: the film is that of all locks, and a photograph costs a hundred times what a lock does.
  photos: 1000,
});
addFault({
  code: "channel.permit-leaked",
  text: (label) => `${label} was forgotten, neither used nor given back, so its room stays taken for ever`,
  help: "take it with using, or dispose of it in a finally",
  atExit: false,
  photos: 1000,
});

addKeeper(new Guards());
