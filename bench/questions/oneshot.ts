/**
 * What does it cost to ask another task and to have its answer? Two tasks; each message carries the oneshot for the answer, and the answer the
 * oneshot for the next message. So a round trip makes, sends and awaits two.
 */
import type { oneshot as oneshots } from "heddle/sync";
import { expect, timed, type Question } from "../harness.js";

export const questions: Question[] = [
  {
    name: "oneshot",
    about: "ping-pong over oneshots; a round trip of two",
    count: 500_000,
    figures: { total: { goals: { native: 0.9, effect: 0.2, tokio: 1 } } },
    peers: {
      async heddle(count) {
        const { async, run, spawn } = await import("heddle");
        const { oneshot } = await import("heddle/sync");
        interface Ping {
          readonly n: number;
          readonly reply: oneshots.Sender<Pong>;
        }
        interface Pong {
          readonly n: number;
          readonly next: oneshots.Sender<Ping>;
        }
        const answer = async(function* (first: oneshots.Receiver<Ping>) {
          let ping = yield* first;
          for (let i = 1; i < count; i++) {
            const [next, rx] = oneshot.channel<Ping>();
            ping.reply.send({ n: ping.n + 1, next });
            ping = yield* rx;
          }
          ping.reply.send({ n: ping.n + 1, next: oneshot.channel<Ping>()[0] });
        });
        const main = async(function* () {
          const [tx, rx] = oneshot.channel<Ping>();
          spawn(answer(rx));
          let to = tx;
          let n = 0;
          for (let i = 0; i < count; i++) {
            const [reply, pong] = oneshot.channel<Pong>();
            to.send({ n, reply });
            ({ n, next: to } = yield* pong);
          }
          expect("the count", n, count);
        });
        return timed(count, () => run(main()));
      },

      native(count) {
        interface Ping {
          readonly n: number;
          readonly reply: (pong: Pong) => void;
        }
        interface Pong {
          readonly n: number;
          readonly next: (ping: Ping) => void;
        }
        const channel = <T>() => {
          let send!: (value: T) => void;
          const promise = new Promise<T>((resolve) => (send = resolve));
          return { send, promise };
        };
        const answer = async (first: Promise<Ping>) => {
          let ping = await first;
          for (let i = 1; i < count; i++) {
            const { send: next, promise } = channel<Ping>();
            ping.reply({ n: ping.n + 1, next });
            ping = await promise;
          }
          ping.reply({ n: ping.n + 1, next: channel<Ping>().send });
        };
        return timed(count, async () => {
          const { send, promise } = channel<Ping>();
          void answer(promise);
          let to = send;
          let n = 0;
          for (let i = 0; i < count; i++) {
            const { send: reply, promise: pong } = channel<Pong>();
            to({ n, reply });
            ({ n, next: to } = await pong);
          }
          expect("the count", n, count);
        });
      },

      async effect(count) {
        const { Deferred, Effect } = await import("effect");
        interface Ping {
          readonly n: number;
          readonly reply: import("effect").Deferred.Deferred<Pong>;
        }
        interface Pong {
          readonly n: number;
          readonly next: import("effect").Deferred.Deferred<Ping>;
        }
        const main = Effect.gen(function* () {
          const first = yield* Deferred.make<Ping>();
          const answer = Effect.gen(function* () {
            let ping = yield* Deferred.await(first);
            for (let i = 1; i < count; i++) {
              const next = yield* Deferred.make<Ping>();
              yield* Deferred.succeed(ping.reply, { n: ping.n + 1, next });
              ping = yield* Deferred.await(next);
            }
            yield* Deferred.succeed(ping.reply, { n: ping.n + 1, next: first });
          });
          yield* Effect.forkChild(answer);
          let to = first;
          let n = 0;
          for (let i = 0; i < count; i++) {
            const reply = yield* Deferred.make<Pong>();
            yield* Deferred.succeed(to, { n, reply });
            ({ n, next: to } = yield* Deferred.await(reply));
          }
          expect("the count", n, count);
        });
        return timed(count, () => Effect.runPromise(main));
      },
    },
  },
];
