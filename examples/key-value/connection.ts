/**
 * `serveConnection`: one connection, from its first request to its end. Runs as a task of its own.
 *
 *     requests ──► answer() ──► fed, not sent yet ──no more requests, or 8 KiB──► sent
 *     messages ──────────────────▲
 *
 * It may be dropped wherever it waits, and is, when the server shuts down. It waits only between commands: what was asked is done and answered, or was not
 * begun. So a graceful shutdown takes nothing but the `finally` below, which sends what was fed. The connection is its task's to close.
 */
import { async, DisconnectedError, END, LaggedError, select, timeout } from "heddle";
import { type AsyncRead, type AsyncWrite, copy, Framed, INCOMPLETE, sink } from "heddle/io";
import type { Duration } from "heddle/time";
import { answer } from "./commands/answer.js";
import { Fault, type Push, type Reply } from "./resp/reply.js";
import { ProtocolError, type Request } from "./resp/request-decoder.js";
import type { Session } from "./session.js";

export type Connection = AsyncRead & AsyncWrite & Disposable;
type Line = Framed<Request, Reply>;

/** With so many bytes to send, no further request is taken before they are. */
const FULL = 8192;
const HEARD_OUT: Duration = 100;

/** @param farewell how long the other side has to take what it is still to be sent in the end */
export const serveConnection = async(function* (connection: Connection, session: Session, farewell: Duration) {
  const line: Line = new Framed<Request, Reply>(connection, session.codec);
  try {
    yield* converse(line, session);
  } catch (error) {
    if (error instanceof ProtocolError) yield* line.feed(new Fault(`ERR Protocol error: ${error.message}`));
    // It went away, or is too slow for what it has subscribed to: nothing that it could be told. Anything else is a mistake of ours, and no other client's concern.
    else if (!(error instanceof DisconnectedError || error instanceof LaggedError))
      console.error(`client ${session.id}:`, error);
  } finally {
    session.subscriptions.clear();
    yield* sayGoodbye(line, connection, farewell);
  }
});

/** Sends what was answered. It does not fail. */
const sayGoodbye = async(function* (line: Line, connection: Connection, farewell: Duration) {
  try {
    yield* timeout(line.close(), farewell);
    // Hear it out, for a moment: to close a connection on bytes that nobody has read resets it, and the client may lose answers that it has not read.
    yield* timeout(copy(connection, sink()), HEARD_OUT);
  } catch {
    // It is gone, or does not take it, or goes on talking.
  }
});

const converse = async(function* (line: Line, session: Session) {
  const { writer } = line.outgoing;
  while (!session.isOver) {
    let next: Incoming = writer.buffered < FULL ? line.tryNext() : INCOMPLETE;
    if (next === INCOMPLETE) {
      yield* line.flush();
      next = session.subscriptions.size === 0 ? yield* line.next() : yield* nextOfBoth(line, session);
    }
    if (next === END) return;
    // There is room, so this does not wait: a command that was run is a command that was answered.
    yield* line.feed(Array.isArray(next) ? answer(session, next) : next);
  }
});

type Incoming = Request | Push | typeof INCOMPLETE | typeof END;

/** The next request, or the next message for a subscriber. Whichever loses is not lost: it comes next time. */
const nextOfBoth = async(function* (line: Line, { subscriptions }: Session) {
  const first = yield* select({ request: line.next(), message: subscriptions.next() });
  return first.value;
});
