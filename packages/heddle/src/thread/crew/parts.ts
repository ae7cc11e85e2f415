/**
 * What a thread loads when a call throws, or gives what is no plain data.
 */
export { AbortedError } from "../../base/errors.js";
export { pack, packError } from "../values/pack.js";
export { unpack } from "../values/unpack.js";
