/**
 * The plugin for Vite.
 */
export { chunksPlugin as heddle, type ChunksPlugin } from "./chunks.js";
