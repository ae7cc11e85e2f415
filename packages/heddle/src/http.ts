/**
 * heddle/http: requests to HTTP servers.
 */
export { fetch, type FetchOptions } from "./http/fetch.js";
export { HttpResponse } from "./http/response.js";
export { type Issue, ShapeError, type StandardSchema, type Validator } from "./http/shape.js";
