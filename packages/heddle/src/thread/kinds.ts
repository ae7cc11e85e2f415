/**
 * Everything that can be received from another thread, besides plain data: each module here says how its classes are rebuilt.
 */
import "./channels/broadcast.js";
import "./channels/cancellation-token.js";
import "./channels/join-handle.js";
import "./channels/mpsc.js";
import "./channels/oneshot.js";
import "./channels/watch.js";
import "./values/pack.js";
