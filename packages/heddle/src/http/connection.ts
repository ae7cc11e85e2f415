/**
 * Connection: one socket of a server, and the requests that came by it. It is where the client is seen to go.
 *
 * As a rule there is one request at a time, and nothing is done when it ends: the next one takes its place. (A listener for the end of each
 * would cost a twentieth of a small request.) A client that does not wait for answers has several; they end in order.
 */
import type { Socket } from "node:net";
import type { ServedRequest } from "./served-request.js";

export class Connection {
  readonly #socket: Socket;
  #requests: ServedRequest[] = [];
  #isDraining = false;

  /** @param onOver called once: the socket is closed, and the tasks of its requests are finished */
  constructor(socket: Socket, onOver: () => void) {
    this.#socket = socket;
    socket.once("close", () => {
      let left = 1;
      const oneIsOver = (): void => {
        if (--left === 0) onOver();
      };
      for (const request of this.#requests) {
        left++;
        request.abandon(oneIsOver);
      }
      this.#requests = [];
      oneIsOver();
    });
  }

  /** How many requests have no complete answer. */
  get busy(): number {
    let count = 0;
    for (const request of this.#requests) if (!request.isAnswered) count++;
    return count;
  }

  add(request: ServedRequest): void {
    const requests = this.#requests;
    if (requests.length === 1 && requests[0]!.isOver) requests[0] = request;
    else {
      if (requests.length > 0) this.#requests = requests.filter(({ isOver }) => !isOver);
      this.#requests.push(request);
    }
    if (this.#isDraining) this.#endAfter(request);
  }

  /** Closes it, now if it is idle, or after the answers that are under way. */
  drain(): void {
    this.#isDraining = true;
    // HOST: node:http closes idle connections itself, but not those that have never made a request.
    if (this.busy === 0) this.#socket.destroy();
    else for (const request of this.#requests) this.#endAfter(request);
  }

  #endAfter(request: ServedRequest): void {
    request.beLast();
    // One whose headers were sent could not say any more that the connection will be closed.
    request.outgoing.once("close", () => {
      if (this.busy === 0) this.#socket.destroySoon();
    });
  }

  /** Closes it now, and aborts the tasks of its requests. */
  drop(reason: unknown): void {
    for (const request of this.#requests) request.abort(reason);
    this.#socket.destroy();
  }
}
