/**
 * The plugin for Rollup.
 */
export { chunksPlugin as heddle, type ChunksPlugin } from "./chunks.js";
