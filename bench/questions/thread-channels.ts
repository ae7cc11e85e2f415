/**
 * What does it cost to pass a message from thread to thread?
 *
 * The native peer is what one writes by hand: a port, a post for each message, and a count of what has arrived that is posted back, without which
 * a sender that is faster would fill the memory. In batches it posts arrays of 100: as fast as ports get, for whoever has 100 at once.
 */
import { once } from "node:events";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import type { mpsc as mpscs } from "heddle/sync";
import { expect, timed, type Question, type Setup } from "../harness.js";

const BATCH = 100;

const sumBelow = (count: number) => (count * (count - 1)) / 2;

/** A thread that sends numbers, or small objects, when it is told. */
function heddle(capacity: number, shape: "number" | "object"): Setup {
  return async (count) => {
    const { async, END, run } = await import("heddle");
    const { mpsc } = await import("heddle/sync");
    const { thread } = await import("heddle/thread");
    const { serve } = await import("../workers/channels.js");
    const [orders, taken] = mpsc.channel<[mpscs.Sender<any>, number, string]>(1);
    void thread.spawn(serve, taken);
    const main = async(function* () {
      const [tx, rx] = mpsc.channel<any>(capacity);
      yield* orders.send([tx, count, shape]);
      let total = 0;
      if (shape === "number") for (let n; (n = yield* rx.recv()) !== END;) total += n;
      else for (let it; (it = yield* rx.recv()) !== END;) total += it.n;
      expect("the sum", total, sumBelow(count));
    });
    return timed(count, () => run(main()));
  };
}

function native(capacity: number, batch: number, shape: "number" | "object"): Setup {
  return (count) => {
    const worker = new Worker(new URL("../workers/channels.js", import.meta.url), {
      env: { ...process.env, BENCH_RAW: "1" },
    });
    worker.unref();
    return timed(count, async () => {
      const { port1, port2 } = new MessageChannel();
      worker.postMessage([port2, count, capacity, batch, shape], [port2]);
      let total = 0;
      let left = count;
      let arrived = 0;
      const take = (it: any): void => {
        total += shape === "number" ? it : it.n;
      };
      await new Promise<void>((resolve) => {
        port1.on("message", (message: any) => {
          if (batch > 1) for (const it of message) take(it);
          else take(message);
          arrived += batch;
          left -= batch;
          // Half of the room at a time: one post back for each would cost as much as the messages do.
          if (arrived >= capacity / 2) {
            port1.postMessage(arrived);
            arrived = 0;
          }
          if (left <= 0) resolve();
        });
      });
      port1.close();
      expect("the sum", total, sumBelow(count));
    });
  };
}

/** One message there, one back, and so on. */
function heddleRound(): Setup {
  return async (count) => {
    const { async, run } = await import("heddle");
    const { mpsc } = await import("heddle/sync");
    const { thread } = await import("heddle/thread");
    const { echo } = await import("../workers/channels.js");
    const [there, away] = mpsc.channel<number>(1);
    const [back, here] = mpsc.channel<number>(1);
    void thread.spawn(echo, away, back);
    const main = async(function* () {
      for (let n = 0; n < count; n++) {
        yield* there.send(n);
        expect("the answer", yield* here.recv(), n);
      }
    });
    return timed(count, () => run(main()));
  };
}

function nativeRound(): Setup {
  return async (count) => {
    const worker = new Worker(new URL("../workers/channels.js", import.meta.url), {
      env: { ...process.env, BENCH_RAW: "1" },
    });
    const { port1, port2 } = new MessageChannel();
    worker.postMessage([port2], [port2]);
    const port: MessagePort = port1;
    return timed(count, async () => {
      for (let n = 0; n < count; n++) {
        port.postMessage(n);
        const [answer] = (await once(port, "message")) as [number];
        expect("the answer", answer, n);
      }
    });
  };
}

function question(capacity: number, shape: "number" | "object", native1: number, count: number): Question {
  return {
    name: `thread-channels/${shape}s/${capacity}`,
    about: `${shape}s from one thread to another through a channel of ${capacity}; a message`,
    count,
    figures: { total: { goals: { native: native1 } } },
    peers: {
      heddle: heddle(capacity, shape),
      native: native(capacity, 1, shape),
      ...(capacity > BATCH && { [`native, ${BATCH} a post`]: native(capacity, BATCH, shape) }),
    },
  };
}

export const questions: Question[] = [
  question(1024, "number", 0.5, 500_000),
  question(16, "number", 1.5, 100_000),
  question(1024, "object", 1, 200_000),
  {
    name: "thread-channels/round",
    about: "one message to another thread, and one back; a round trip",
    count: 20_000,
    figures: { total: { goals: { native: 1.5 } } },
    peers: { heddle: heddleRound(), native: nativeRound() },
  },
];
