/**
 * What the client can do, on a server that is started for it: `node examples/dist/key-value/demo.js`.
 */
import { async, END, joinAll, main, select, sleep, spawn } from "heddle";
import { TcpListener } from "heddle/net";
import { Client } from "./client/client.js";
import { Subscriber } from "./client/subscriber.js";
import { serve } from "./server.js";

const listen = async(function* (subscriber: Subscriber) {
  for (let message; (message = yield* subscriber.next()) !== END;) {
    console.log(`${message.channel}: ${message.text}`);
    if (message.text === "goodbye") break;
  }
});

const demo = async(function* (port: number) {
  const client = yield* Client.connect({ host: "127.0.0.1", port });

  yield* client.set("greeting", "hello");
  console.log("greeting is", yield* client.get("greeting"));
  console.log("set again, if it is new:", yield* client.set("greeting", "hi", { only: "new" }));

  yield* client.set("coupon", "10 %", { expiresIn: 20 });
  console.log("coupon is", yield* client.get("coupon"));
  yield* sleep(25);
  console.log("coupon is", yield* client.get("coupon"));

  // At the same time, so with one write and one read: that is pipelining.
  const counts = yield* joinAll(Array.from({ length: 5 }, () => client.increment("visits")));
  console.log("visits:", counts.join(" "));

  try {
    yield* client.increment("greeting");
  } catch (error) {
    console.log(String(error));
  }

  using subscriber = yield* Subscriber.connect({ host: "127.0.0.1", port }, "news", "weather");
  const listening = spawn(listen(subscriber));
  for (const [channel, text] of [
    ["news", "heddle speaks Redis"],
    ["weather", "fair"],
    ["news", "goodbye"],
  ] as const)
    yield* client.publish(channel, text);
  yield* listening;
  yield* client.close();
});

const program = async(function* () {
  const listener = yield* TcpListener.bind("127.0.0.1:0");
  // When the demo is over, the server is dropped, and shuts down.
  yield* select({ demo: demo(listener.localAddress.port), server: serve(listener) });
});

main(program());
