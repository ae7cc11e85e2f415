/**
 * `serve`: takes connections, one task for each, until it is dropped. That is how it is shut down:
 *
 *     dropped ──► accepts no more ──► each connection sends what it has answered ──► over
 *                                     (and has `farewell` to take it)
 *
 * The scope sees to it: its children are over before it is, and so before `serve` is.
 */
import { async, END, type Future, HeddleError, owning, retry, scope } from "heddle";
import { Semaphore } from "heddle/sync";
import type { Duration } from "heddle/time";
import { type Connection, serveConnection } from "./connection.js";
import { Db } from "./db.js";
import { ServerCodec } from "./resp/codecs.js";
import type { Limits } from "./resp/request-decoder.js";
import { Session } from "./session.js";

export interface ServerOptions extends Limits {
  /** How many connections are served at a time. Further ones wait to be accepted. 10,000. */
  maxConnections?: number;
  /** How long a client has, in the end, to take what it was answered. 5 s. */
  farewell?: Duration;
  /** What is in the store at first. Nothing. */
  db?: Db;
}

/** What gives connections: a `TcpListener`, a `UnixListener`, or what a test puts in their place. */
export interface Listener {
  next(): Future<Connection | typeof END>;
  close(): void;
}

export const serve = async(function* (listener: Listener, options: ServerOptions = {}) {
  const { maxConnections = 10_000, farewell = { seconds: 5 }, db = new Db() } = options;
  const seats = new Semaphore(maxConnections, { name: "seats" });
  try {
    yield* scope(function* serving(server) {
      const forgetting = server.spawn(db.forgetting(), { name: "forgetting" });
      for (let id = 1; ; id++) {
        // First a seat, then a guest: those for whom there is none wait in the listener's queue, unread.
        const seat = yield* seats.acquire();
        const connection = yield* accept(listener);
        if (connection === END) break;
        const session = new Session(id, db, new ServerCodec(options));
        const serving = serveConnection(connection, session, farewell);
        server.spawn(owning([seat, connection], serving), { name: `client ${id}` });
      }
      forgetting.abort();
    });
  } finally {
    listener.close();
  }
});

/** The next connection. Where the system has no descriptor left for one, it waits until others are over. */
function accept(listener: Listener): Future<Connection | typeof END> {
  return retry(() => listener.next(), {
    attempts: Infinity,
    backoff: { initial: 10, max: 1000 },
    when: (error) => error instanceof HeddleError && error.code === "net.too-many-open",
  });
}
