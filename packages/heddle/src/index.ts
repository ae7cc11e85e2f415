/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle: an asynchronous runtime for TypeScript. Futures, tasks, combinators, time and the runtime, with all that helps development.
 */
export {} from "./runtime/development.js";
export * from "./production.js";
