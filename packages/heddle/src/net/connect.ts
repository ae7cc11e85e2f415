/**
 * Connecting and listening, for every kind of socket (needs Node: `node:net`).
 */
import type { Server, Socket } from "node:net";
import { fromCallback } from "../future/from-promise.js";
import type { Future } from "../future/poll.js";
import { networkError } from "./failures.js";

/**
 * A connection that `open` begins. Dropped before it is there, the socket is closed.
 *
 * @param deed for the message if it fails: `connect to 127.0.0.1:80`
 * @param ready the event that says it is there
 */
export function connecting<S>(
  open: () => Socket,
  wrap: (socket: Socket) => S,
  deed: string,
  ready: "connect" | "secureConnect" = "connect",
): Future<S> {
  return fromCallback<S>((resolve, reject) => {
    const socket = open();
    const failed = (error: unknown): void => {
      socket.destroy();
      reject(networkError(deed, error));
    };
    const closed = (): void => failed({ code: "ECONNABORTED" });
    const opened = (): void => {
      socket.off("error", failed).off("close", closed);
      resolve(wrap(socket));
    };
    socket.once("error", failed).once("close", closed).once(ready, opened);
    return () => {
      // It may yet fail: nobody is to hear of that.
      socket.on("error", () => {}).destroy();
    };
  });
}

/** A server that `open` has begin to listen. Dropped before it does, it is closed. */
export function listening<L>(open: () => Server, wrap: (server: Server) => L, deed: string): Future<L> {
  return fromCallback<L>((resolve, reject) => {
    const server = open();
    const failed = (error: unknown): void => reject(networkError(deed, error));
    server.once("error", failed).once("listening", () => {
      server.off("error", failed);
      resolve(wrap(server));
    });
    return () => {
      server.on("error", () => {}).close();
    };
  });
}
