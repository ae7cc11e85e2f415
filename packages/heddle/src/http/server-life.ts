/**
 * ServerLife: from the first connection of a server to its last. What becomes of one request is `served-request.ts`.
 *
 * | state    | begins with                       | connections                            | requests          |
 * | -------- | --------------------------------- | -------------------------------------- | ----------------- |
 * | OPEN     | being made                        | are accepted                           | run               |
 * | DRAINING | `drain`                           | idle ones are closed, the others after | run to their end  |
 * |          |                                   | their answer                           |                   |
 * | DROPPED  | `drop`, or when the time that     | are closed at once                     | tasks are aborted |
 * |          | `drain` gave is over              |                                        |                   |
 * | CLOSED   | the end of the last connection    | none                                   | none              |
 * |          | and of the last task              |                                        |                   |
 *
 * States only go down this table.
 */
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { HeddleError } from "../base/errors.js";
import { Alarm } from "../future/alarm.js";
import { Context } from "../future/context.js";
import { lazy } from "../future/ready.js";
import { WaitList } from "../future/wait-list.js";
import { Unproven } from "../io/sockets.js";
import type { Engine } from "../runtime/engine.js";
import type { Adapted } from "./adaptor.js";
import { type Closed, type Ending, tellClosed } from "./closed.js";
import { Connection } from "./connection.js";
import { RequestContext } from "./request-context.js";
import type { ServeOptions } from "./serve-options.js";
import { type Handler, type Host, ServedRequest } from "./served-request.js";

const OPEN = 0;
const DRAINING = 1;
const DROPPED = 2;
const CLOSED = 3;

export class ServerLife implements Host, Ending {
  readonly engine: Engine;
  readonly handler: Handler;
  readonly onError: ServeOptions["onError"];
  /** @internal `serve` alone writes it, before the first connection. */
  adapted: Adapted | null = null;
  readonly waiting = new WaitList<Closed>();
  readonly #signal: AbortSignal | undefined;
  readonly #onSignal = (): void => this.drop(this.#signal!.reason);
  readonly #connections = new Map<Socket, Connection>();
  /** With TLS: those that are no connection yet. */
  #unproven: Unproven | null = null;
  #http: Server | null = null;
  #isPortFree = false;
  #state = OPEN;
  #deadline: Alarm | null = null;

  constructor(engine: Engine, handler: Handler, { onError, signal }: ServeOptions) {
    this.engine = engine;
    this.handler = handler;
    this.onError = onError;
    this.#signal = signal;
  }

  get isClosed(): boolean {
    return this.#state === CLOSED;
  }

  get connections(): number {
    return this.#connections.size;
  }

  get requests(): number {
    let count = 0;
    for (const connection of this.#connections.values()) count += connection.busy;
    return count;
  }

  /**
   * Takes `http`, which does not listen yet: the first connection may come before the task hears that it does.
   *
   * @param event what it says of a connection that can be used
   */
  take(http: Server, event: "connection" | "secureConnection"): void {
    this.#http = http;
    if (event === "secureConnection") this.#unproven = new Unproven(http);
    http.on(event, (socket: Socket) => {
      const connection = new Connection(socket, () => {
        this.#connections.delete(socket);
        this.#lookIfOver();
      });
      this.#connections.set(socket, connection);
      if (this.#state !== OPEN) connection.drain();
    });
    http.on("close", () => {
      this.#isPortFree = true;
      this.#lookIfOver();
    });
  }

  /** It listens. */
  began(): void {
    this.#http!.on("error", (error) => this.#failed(error));
    if (this.#signal?.aborted === true) this.#onSignal();
    else this.#signal?.addEventListener("abort", this.#onSignal, { once: true });
  }

  /** Answers a request of node:http's. */
  answer(incoming: IncomingMessage, outgoing: ServerResponse): void {
    const served = new ServedRequest(this, new RequestContext(incoming, outgoing));
    this.#connections.get(incoming.socket)!.add(served);
    served.start();
  }

  /** Accepts nothing more, and lets what there is come to its end. @param limit milliseconds, after which the rest is dropped */
  drain(limit: number): void {
    if (this.#state === OPEN) {
      this.#state = DRAINING;
      this.#http!.close();
      this.#unproven?.close();
      for (const connection of this.#connections.values()) connection.drain();
    }
    if (limit < Infinity && this.#state === DRAINING) this.#setDeadline(limit);
  }

  // The last who asks decides.
  #setDeadline(limit: number): void {
    this.#deadline?.cancel();
    this.#deadline = new Alarm(limit);
    const isOver = this.#deadline.poll(new Context({ wake: () => this.drop("the time for the shutdown is over") }));
    if (isOver === undefined) this.drop("the time for the shutdown is over");
  }

  /** Ends everything now. What is left are the cleanups of the tasks. */
  drop(reason: unknown): void {
    this.drain(Infinity);
    if (this.#state !== DRAINING) return;
    this.#state = DROPPED;
    for (const connection of this.#connections.values()) connection.drop(reason);
  }

  #lookIfOver(): void {
    if (!this.#isPortFree || this.#connections.size > 0) return;
    this.#state = CLOSED;
    this.#deadline?.cancel();
    this.#signal?.removeEventListener("abort", this.#onSignal);
    tellClosed(this);
  }

  /** The server itself has failed, and goes on. */
  #failed(cause: Error): void {
    const error = new HeddleError("http.cannot-accept", `Cannot accept a connection: ${cause.message}`, {
      cause,
      help: "raise the limit of open files (ulimit -n), or lower 'maxConnections'",
    });
    const task = this.engine.spawn(
      lazy(() => {
        if (this.onError === undefined) throw error;
        this.onError(error, undefined);
      }),
      { name: "http server" },
    );
    task.detach();
  }
}
