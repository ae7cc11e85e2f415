/** The threads that send, for thread-channels.ts. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { async, END } from "heddle";
import type { mpsc } from "heddle/sync";

const messages = { number: (n: number) => n, object: (n: number) => ({ n, name: "message", at: n / 2 }) };

/** Sends what it is ordered to, order by order. */
export const serve = async(function* (orders: mpsc.Receiver<[mpsc.Sender<any>, number, string]>) {
  for (let order; (order = yield* orders.recv()) !== END;) {
    const [tx, count, shape] = order;
    const make = messages[shape as keyof typeof messages];
    for (let n = 0; n < count; n++) yield* tx.send(make(n));
    tx.close();
  }
});

/** Sends back what comes. */
export const echo = async(function* (rx: mpsc.Receiver<number>, tx: mpsc.Sender<number>) {
  for (let n; (n = yield* rx.recv()) !== END;) yield* tx.send(n);
});

/** The same by hand. */
async function send(port: MessagePort, count: number, capacity: number, batch: number, shape: string): Promise<void> {
  const make = messages[shape as keyof typeof messages];
  let free = capacity;
  let resume: (() => void) | null = null;
  port.on("message", (arrived: number) => {
    free += arrived;
    resume?.();
    resume = null;
  });
  for (let n = 0; n < count; n += batch) {
    while (free < batch) await new Promise<void>((resolve) => (resume = resolve));
    free -= batch;
    port.postMessage(batch > 1 ? Array.from({ length: batch }, (_, i) => make(n + i)) : make(n));
  }
}

if (process.env["BENCH_RAW"] === "1") {
  parentPort!.on("message", ([port, count, capacity, batch, shape]: [MessagePort, number, number, number, string]) => {
    if (count === undefined) port.on("message", (n: number) => port.postMessage(n));
    else void send(port, count, capacity, batch, shape);
  });
}
