/**
 * RequestContext: what a handler is told of a request besides the request.
 */
import type { IncomingMessage, ServerResponse } from "node:http";

/** Who asks. Frameworks find in it what they expect of a server on Node: `incoming` and `outgoing`. */
export class RequestContext {
  /** The message of node:http, for what is not here. */
  readonly incoming: IncomingMessage;
  /** The answer of node:http. The adaptor writes to it what the handler gives. */
  readonly outgoing: ServerResponse;

  /** @internal */
  constructor(incoming: IncomingMessage, outgoing: ServerResponse) {
    this.incoming = incoming;
    this.outgoing = outgoing;
  }

  /** The client's address, or a proxy's. Undefined on a Unix socket. */
  get remoteAddress(): string | undefined {
    return this.incoming.socket.remoteAddress;
  }

  get remotePort(): number | undefined {
    return this.incoming.socket.remotePort;
  }
}
