/**
 * A server that takes its time: `GET /greeting?delay=140` is answered after 140 ms. It counts how many requests it was serving at
 * once; `GET /stats` tells, and starts the count anew.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

const ANSWERS: Record<string, unknown> = {
  "/greeting": { greeting: "hello" },
  "/users/7": { name: "Ada", email: "ada@example.org", lastLogin: "2024-05-17T08:30:00Z" },
  // Not what its readers expect: the time is a number, and the address is missing.
  "/users/8": { name: "Grace", lastLogin: 1715934600 },
};

let serving = 0;
let most = 0;

const server = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url!, "http://localhost");
  const answer = (body: unknown): void => {
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(JSON.stringify(body ?? { error: "not found" }));
  };
  if (pathname === "/stats") {
    answer({ most });
    most = 0;
    return;
  }
  most = Math.max(most, ++serving);
  setTimeout(
    () => {
      serving--;
      answer(ANSWERS[pathname]);
    },
    Number(searchParams.get("delay") ?? 0),
  );
});

server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
