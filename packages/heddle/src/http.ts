/**
 * heddle/http: requests, servers and WebSockets.
 */
export { connect, type ConnectOptions } from "./http/connect.js";
export { fetch, type FetchOptions } from "./http/fetch.js";
export { RequestContext } from "./http/request-context.js";
export { HttpResponse } from "./http/response.js";
export { serve } from "./http/serve.js";
export type { ServeOptions, ServeTls } from "./http/serve-options.js";
export type { Handler } from "./http/served-request.js";
export { HttpServer } from "./http/server.js";
export { type Issue, ShapeError, type StandardSchema, type Validator } from "./http/shape.js";
export { type Talk, upgrade, type UpgradeOptions } from "./http/upgrade.js";
export { type Closure, type Message, WebSocket } from "./http/websocket.js";
