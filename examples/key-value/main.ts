/**
 * The program: `node examples/dist/key-value/main.js [--port 6379] [--host 127.0.0.1] [--max-connections n]`. Ends at SIGINT or SIGTERM.
 */
import { argv } from "node:process";
import { parseArgs } from "node:util";
import { async, main, race, select } from "heddle";
import { TcpListener } from "heddle/net";
import { signal } from "heddle/signal";
import { serve } from "./server.js";

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "6379" },
    "max-connections": { type: "string", default: "10000" },
  },
});

const program = async(function* () {
  const listener = yield* TcpListener.bind(
    { host: values.host, port: Number(values.port) },
    { noDelay: true, backlog: 1024 },
  );
  const { host, port } = listener.localAddress;
  console.log(`ready at ${host}:${port}`);
  const stop = race([signal("SIGINT").recv(), signal("SIGTERM").recv()]);
  // When the signal comes first, the server is dropped. The program ends when the server's cleanup has.
  const { key } = yield* select({
    serving: serve(listener, { maxConnections: Number(values["max-connections"]) }),
    stop,
  });
  console.log(key === "stop" ? "stopping" : "the listener was closed");
});

main(program());
