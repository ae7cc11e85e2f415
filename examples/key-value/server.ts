/**
 * `serve`: takes connections, one task for each, until it is dropped. That is how it is shut down:
 *
 *     dropped ──► accepts no more ──► each connection sends what it has answered ──► over
 *                                     (and has `farewell` to take it)
 *
 * The scope sees to it: its children are over before it is, and so before `serve` is.
 */
import { async, END, type Future, HeddleError, retry, scope } from "heddle";
import { type Permit, Semaphore } from "heddle/sync";
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
  const open = new Set<Seated>();
  try {
    yield* scope(function* serving(server) {
      const forgetting = server.spawn(db.forgetting(), { name: "forgetting" });
      for (let id = 1; ; id++) {
        // First a seat, then a guest: those for whom there is none wait in the listener's queue, unread.
        const seated = new Seated(yield* seats.acquire(), open);
        const connection = yield* accept(listener);
        if (connection === END) break;
        seated.connection = connection;
        const session = new Session(id, db, new ServerCodec(options));
        server.spawn(seated.until(serveConnection(connection, session, farewell)), { name: `client ${id}` });
      }
      forgetting.abort();
    });
  } finally {
    listener.close();
    // A task that is aborted before its first step does not run its cleanup.
    for (const seated of open) seated.leave();
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

/** A seat, and who sits in it. */
class Seated {
  readonly #permit: Permit;
  readonly #open: Set<Seated>;
  connection: Connection | null = null;

  constructor(permit: Permit, open: Set<Seated>) {
    this.#permit = permit;
    this.#open = open.add(this);
  }

  /** Leaves when the future is over. */
  @async
  *until(future: Future<void>) {
    try {
      yield* future;
    } finally {
      this.leave();
    }
  }

  leave(): void {
    this.#open.delete(this);
    this.#permit.release();
    this.connection?.[Symbol.dispose]();
  }
}
