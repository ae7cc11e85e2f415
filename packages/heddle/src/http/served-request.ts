/**
 * ServedRequest: one request of a server, from its headers to the end of its answer. Its task runs the handler.
 *
 *     node:http ──(1) new──► ServedRequest ──(2) start──► task ──(3) begin──► adaptor ──(4) handle──► the user's handler
 *                                ▲                                               ▲                            │
 *                                │                                               └────(5) Response, or give───┘
 *                                └── the socket is closed first (`connection.ts`): the task is aborted
 *
 * The adaptor is asked within the task, so that a handler that does not wait has its Response written at once. Otherwise the adaptor awaits
 * this object, as it would a promise. A request is over when its answer is complete *and* its task is finished, cleanups included.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { quote } from "../base/errors.js";
import { async } from "../future/async.js";
import { type Future, SUSPENSION } from "../future/poll.js";
import { lazy } from "../future/ready.js";
import type { Engine } from "../runtime/engine.js";
import type { JoinHandle } from "../task/join-handle.js";
import { type Adapted, type Answer, watchBody } from "./adaptor.js";
import { awaited } from "./given.js";
import type { OutgoingAnswer } from "./outgoing.js";
import type { RequestContext } from "./request-context.js";
import { converse, type Switch, switchOf } from "./upgrade.js";
import type { WebSocket } from "./websocket.js";

/** Answers a request: as a heddle future, or a promise, or at once. A generator function, an async function or a plain one can be used. */
export type Handler = (
  request: Request,
  context: RequestContext,
) => Response | PromiseLike<Response> | Future<Response>;

/** What a request needs of its server. */
export interface Host {
  readonly engine: Engine;
  readonly handler: Handler;
  readonly onError: ((error: unknown, request: Request | undefined) => Response | undefined | void) | undefined;
  /** @internal Null before there are requests. */
  readonly adapted: Adapted | null;
}

/** One request that is being answered. */
export class ServedRequest implements Answer {
  readonly host: Host;
  readonly context: RequestContext;
  /** Null until the adaptor has made it, and for good if it can make none. */
  request: Request | null = null;
  #task: JoinHandle<void> | null = null;
  #hasBegun = false;
  #switch: Switch | null = null;
  #websocket: WebSocket | null = null;
  #response: Response | null = null;
  #resolve: ((response: Response) => void) | null = null;
  /** What the first poll of the handler has come to: a response, an error, or that it waits. */
  early: Response | null = null;
  failure: { readonly error: unknown } | null = null;
  rest: Future<Response> | null = null;

  constructor(host: Host, context: RequestContext) {
    this.host = host;
    this.context = context;
    (context.outgoing as OutgoingAnswer).owner = this;
    if (context.incoming.method === "HEAD") endAfterHeaders(context.outgoing);
  }

  /** Begins, in an event of the host's. */
  start(): void {
    this.host.engine.wakeInEvent(this, true);
    // After the shutdown of the runtime a task ends before it begins.
    if (!this.#hasBegun && this.#task!.isFinished) this.begin();
  }

  /** @internal Puts the task among those that are ready. */
  wake(): void {
    const { engine } = this.host;
    this.#task = engine.spawn(answer(this), { name: nameOf(this.context.incoming) });
    this.#task.detach();
  }

  /** Has the adaptor make the Request, call {@link handle} with it, and write what comes of it. */
  begin(): void {
    this.#hasBegun = true;
    void this.host.adapted!.listener(this.context.incoming, this.outgoing);
  }

  /** @internal The adaptor has made the Request. The first poll of the handler: what it gives at once is written with less ado than what is to be awaited. */
  handle(request: Request): Response | this {
    if (this.#task!.isFinished) return unavailable();
    this.request = request;
    this.#switch = switchOf(this.context.incoming, request);
    try {
      const future = awaited(this.host.handler(request, this.context));
      const first = future[Symbol.iterator]().next();
      if (first.done !== true) this.rest = future;
      else {
        this.early = this.checked(first.value);
        if (!this.isSwitching) this.give(this.early);
      }
    } catch (error) {
      this.failure = { error };
    }
    return this.#response ?? this;
  }

  get outgoing(): ServerResponse {
    return this.context.outgoing;
  }

  /** Whether its answer is complete. */
  get isAnswered(): boolean {
    return this.outgoing.writableFinished;
  }

  get isOver(): boolean {
    return this.isAnswered && this.#task!.isFinished;
  }

  /** Whether a WebSocket was made of it. */
  get isSwitching(): boolean {
    return this.#switch !== null && this.#switch.talk !== null;
  }

  /** What its task does after the handler, if so. */
  converse(): Future<void> {
    return converse(this.#switch!, this.context, (websocket) => (this.#websocket = websocket));
  }

  /** Makes sure that the handler has given one that can be sent. */
  checked(response: Response): Response {
    if (typeof (response as Partial<Response> | undefined)?.status !== "number") throw notAResponse(response, this);
    const body = this.host.adapted!.streamOf(response);
    if (body !== null) this.#sends(body);
    return response;
  }

  /** Lets the adaptor write the response. The first call counts. */
  give(response: Response): void {
    if (this.#response !== null || this.#websocket !== null) return;
    // HOST: to write to what is closed is an error event that nobody hears, which ends the process.
    if (this.outgoing.destroyed) return void response.body?.cancel().catch(() => {});
    this.#response = response;
    this.#resolve?.(response);
  }

  /** Watches the body of the answer, a stream. @throws TypeError if somebody else has it */
  #sends(body: ReadableStream): void {
    if (body.locked)
      throw new TypeError(
        `Cannot answer ${nameOf(this.context.incoming)} as the body of the Response must not have been read: it was` +
          "\nhelp: make a new Response for each request",
      );
    watchBody(body, this);
  }

  /** @internal The body of the answer came to its end while it was sent. Where it broke off it is too late for another answer. */
  bodyOver(failure: unknown): void {
    const { destroyed, errored } = this.outgoing;
    // What was no bytes is an error of the answer, not of the body.
    const error = failure ?? errored;
    // Who reads from elsewhere for a client that is gone, and was told so, ends with an error too.
    if (error != null && (!destroyed || errored === error)) this.refused(error);
  }

  /** @internal The answer could not be sent, or not to its end. */
  refused(error: unknown): void {
    const { engine, onError } = this.host;
    const report = lazy(() => {
      if (onError === undefined) throw error;
      onError(error, this.request ?? undefined);
    });
    engine.spawn(report, { name: nameOf(this.context.incoming) }).detach();
  }

  // The adaptor awaits once. It is never told when nobody is there to be answered.
  then(onFulfilled: (response: Response) => void): void {
    if (this.#response !== null) onFulfilled(this.#response);
    else this.#resolve = onFulfilled;
  }

  /** The connection is to be closed after this answer. */
  beLast(): void {
    this.outgoing.shouldKeepAlive = false;
    this.#websocket?.goAway();
  }

  abort(reason: unknown): void {
    this.#task!.abort(reason);
  }

  /** Nobody is there any more to be answered. @param onOver called when the task is finished */
  abandon(onOver: () => void): void {
    const task = this.#task!;
    if (task.isFinished) return onOver();
    // A WebSocket may still have messages to be read, and tells itself that the client is gone.
    if (!this.isAnswered && this.#websocket === null) task.abort("the client went away");
    task.then(onOver, onOver);
  }
}

// HOST: the adaptor (2.1) reads a stream to its end also where nothing of it is sent, and as fast as it can: one that never ends would stop the whole
// program. Once the answer is complete it cancels the stream.
function endAfterHeaders(outgoing: ServerResponse): void {
  outgoing.write = () => !outgoing.end();
  outgoing.flushHeaders = () => void outgoing.end();
}

/** The task. Its error is the handler's, unless the server has an `onError`. */
const answer = async(function* (served: ServedRequest) {
  served.begin();
  const { request, host, failure, rest } = served;
  // The adaptor has refused it.
  if (request === null) return;
  let response = served.early;
  try {
    if (failure !== null) throw failure.error;
    if (rest !== null) {
      // It has said so in `handle`: pass this on, and await it from then on like any other.
      yield SUSPENSION;
      response = served.checked(yield* rest);
    }
    if (served.isSwitching && response!.ok) yield* served.converse();
  } catch (error) {
    response = failed();
    if (host.onError === undefined) throw error;
    response = host.onError(error, request) ?? response;
  } finally {
    // Without one it is being dropped, and not because the client is gone, or nobody would read this.
    served.give(response ?? unavailable());
  }
});

function notAResponse(response: unknown, { context }: ServedRequest): TypeError {
  return new TypeError(
    `Cannot answer ${nameOf(context.incoming)} as a handler must give a Response: received ${quote(response)}` +
      '\nhelp: return new Response("…"), or Response.json(…)',
  );
}

const failed = (): Response => new Response("Internal Server Error", { status: 500 });

const unavailable = (): Response =>
  new Response("Service Unavailable", { status: 503, headers: { connection: "close" } });

/** `GET /users/7`, without what follows the path. */
function nameOf({ method, url = "/" }: IncomingMessage): string {
  const end = url.indexOf("?");
  return `${method} ${end < 0 ? url : url.slice(0, end)}`;
}
