/**
 * For tests: a server on a free port, while something runs beside it.
 */
import { async, type Future, select } from "heddle";
import { TcpListener } from "heddle/net";
import { serve, type ServerOptions } from "./server.js";

/** Runs `play` beside a server, and shuts that down behind it. */
export const withServer = async(function* (play: (port: number) => Future<void>, options: ServerOptions = {}) {
  const listener = yield* TcpListener.bind("127.0.0.1:0", { noDelay: true });
  yield* select({ serving: serve(listener, options), played: play(listener.localAddress.port) });
});
