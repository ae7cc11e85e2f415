/**
 * How much of a server's CPU does a message of a WebSocket cost, there and back?
 *
 * Native is the package ws, which heddle stands on, with callbacks.
 */
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import type { Question } from "../harness.js";
import { askedBy } from "../server-load.js";

const CONNECTIONS = 50;

const asked = (port: number, count: number) => askedBy("websocket-load", port, count, CONNECTIONS);

export const questions: readonly Question[] = [
  {
    name: "websocket",
    about: `short texts there and back over ${CONNECTIONS} WebSockets; the server's CPU time a message`,
    count: 100_000,
    figures: { total: { goals: {} } },
    peers: {
      async heddle(count) {
        const { async, run } = await import("heddle");
        const { serve, upgrade } = await import("heddle/http");
        const echo = async(function* (socket: import("heddle/http").WebSocket) {
          for (let message; typeof (message = yield* socket.next()) !== "symbol";) yield* socket.send(message);
        });
        const server = await run(serve((request) => upgrade(request, echo), { host: "127.0.0.1", detached: true }));
        return asked(server.port, count);
      },

      async native(count) {
        const { WebSocketServer } = await import("ws");
        const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
        server.on("connection", (socket) => {
          socket.on("message", (data: Buffer, isBinary) => socket.send(isBinary ? data : data.toString()));
        });
        await once(server, "listening");
        return asked((server.address() as AddressInfo).port, count);
      },
    },
  },
];
