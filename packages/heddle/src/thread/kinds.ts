/**
 * Everything that can be received from another thread, besides plain data: each module here says how its classes are rebuilt.
 */
import "./channels/broadcast.js";
import "./channels/cancellation-token.js";
import "./channels/join-handle.js";
import "./channels/mpsc.js";
import "./channels/oneshot.js";
import "./channels/permits.js";
import "./channels/queue.js";
import "./channels/semaphore.js";
import "./channels/watch.js";
import "./channels/weak-sender.js";
import "./memory/atomic.js";
import "./memory/byte-ring.js";
import "./memory/condvar.js";
import "./memory/record-ring.js";
import "./memory/shared-barrier.js";
import "./memory/shared-mutex.js";
import "./memory/shared-once.js";
import "./memory/shared-rw-lock.js";
import "./memory/shared-semaphore.js";
import "./memory/shared-struct.js";
import "./values/pack.js";
