/**
 * The plugin for Rolldown.
 */
export { chunksPlugin as heddle, type ChunksPlugin } from "./chunks.js";
