/**
 * OutgoingAnswer: the answer of node:http, with what that refuses to send: a header with a character that no header has, a status of 1000.
 *
 * HOST: node:http throws at it, in the middle of the adaptor (2.1), which lets it become a rejection that nobody hears of: one such answer would end the process. So it
 * is caught here. The client gets status 500, and the request is told.
 */
import type { ServerResponse } from "node:http";

/** An answer of a server. */
export interface OutgoingAnswer extends ServerResponse {
  /** Is told why the answer could not be sent. `ServedRequest` alone writes it. */
  owner: { refused(error: unknown): void } | null;
}

const SORRY = "Internal Server Error";

/** The class of a server's answers. @param Base node:http's */
export function outgoingOf(Base: typeof ServerResponse): typeof ServerResponse {
  class Checked extends Base implements OutgoingAnswer {
    owner: OutgoingAnswer["owner"] = null;

    override writeHead(status: number, reason?: any, headers?: any): this {
      try {
        return super.writeHead(status, reason, headers);
      } catch (error) {
        this.owner?.refused(error);
        // Somebody has written to it already.
        if (this.headersSent) return this.destroy();
        super.writeHead(500, { "Content-Type": "text/plain", "Content-Length": SORRY.length });
        super.end(SORRY);
        this.#takeNoMore();
        return this;
      }
    }

    /** The adaptor goes on with the body. A stream waits for room, until the end of the answer cancels it. */
    #takeNoMore(): void {
      this.write = () => false;
      this.end = () => this;
      this.flushHeaders = () => {};
    }
  }
  return Checked as typeof ServerResponse;
}
