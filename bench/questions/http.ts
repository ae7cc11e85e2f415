/**
 * How much of a server's CPU does a small request cost?
 *
 * The figure is the CPU time of the server's process, not the time that passes: the clients, which share the machine, do not count.
 */
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { Question } from "../harness.js";
import { askedBy } from "../server-load.js";

const CONNECTIONS = 50;

const asked = (port: number, count: number) => askedBy("http-load", port, count, CONNECTIONS);

async function listening(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

export const questions: readonly Question[] = [
  {
    name: "http",
    about: `small answers over ${CONNECTIONS} connections that are kept open; the server's CPU time a request`,
    count: 100_000,
    // At least 0.9 times the requests of the adaptor that heddle stands on.
    figures: { total: { goals: { native: 1 / 0.9 } } },
    peers: {
      async heddle(count) {
        const { async, run } = await import("heddle");
        const { serve } = await import("heddle/http");
        const hello = async(function* () {
          return new Response("hello");
        });
        const server = await run(serve(hello, { host: "127.0.0.1", detached: true }));
        return asked(server.port, count);
      },

      async native(count) {
        const { getRequestListener } = await import("@hono/node-server");
        return asked(await listening(getRequestListener(async () => new Response("hello"))), count);
      },

      async fastify(count) {
        const { fastify } = await import("fastify");
        const server = fastify();
        server.get("/hello", async () => "hello");
        await server.listen({ port: 0, host: "127.0.0.1" });
        return asked((server.server.address() as AddressInfo).port, count);
      },

      async "node:http"(count) {
        return asked(await listening((_request, response) => void response.end("hello")), count);
      },
    },
  },
];
