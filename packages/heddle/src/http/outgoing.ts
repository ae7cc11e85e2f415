/**
 * OutgoingAnswer: the answer of node:http, as the adaptor needs it.
 *
 * - What node:http refuses to send (a header with a character that no header has, a status of 1000) is answered with status 500, and told to the request.
 * - The last of an answer, which mostly is all of it, and its end are one write to the socket.
 */
import type { ServerResponse } from "node:http";
import type { Answer } from "./adaptor.js";

/** What the request is to its answer. */
interface Owner {
  /** The adaptor has made a Request of it. */
  handle(request: Request): Response | Answer;
  /** The answer could not be sent. */
  refused(error: unknown): void;
}

/** An answer of a server. */
export interface OutgoingAnswer extends ServerResponse {
  /** `ServedRequest` alone writes it. */
  owner: Owner | null;
}

/**
 * HOST: Node (20 to 26) has every write of an answer pass through this method of its own. `end(body)` makes two of them, the second one of nothing, to hear when
 * both were sent; and two strings cost the socket a twentieth of a small request more than one. Where a host does it otherwise nothing is held back.
 */
interface Raw extends ServerResponse {
  _writeRaw(data: string | Uint8Array, encoding?: unknown, onSent?: unknown, size?: number): boolean;
}

const SORRY = "Internal Server Error";

/** The class of a server's answers. @param Base node:http's */
export function outgoingOf(Base: typeof ServerResponse): typeof ServerResponse {
  class Checked extends (Base as unknown as new (...args: any) => Raw) implements OutgoingAnswer {
    owner: OutgoingAnswer["owner"] = null;
    #isEnding = false;
    /** What was written while it is being ended, until it is known what follows. */
    #held: string | Uint8Array | null = null;
    #encoding: unknown = null;
    #onSent: unknown = null;

    // HOST: node:http throws at what it refuses, in the middle of the adaptor (2.1), which lets it become a rejection that nobody hears of: one such
    // answer would end the process.
    override writeHead(status: number, reason?: any, headers?: any): this {
      try {
        return super.writeHead(status, reason, headers);
      } catch (error) {
        this.owner?.refused(error);
        // Somebody has written to it already.
        if (this.headersSent) return this.destroy();
        super.writeHead(500, { "Content-Type": "text/plain", "Content-Length": SORRY.length });
        this.end(SORRY);
        takeNoMore(this);
        return this;
      }
    }

    override end(body?: any, encoding?: any, onEnd?: any): this {
      this.#isEnding = body != null && typeof body !== "function";
      try {
        return super.end(body, encoding, onEnd);
      } finally {
        this.#isEnding = false;
        this.#letGo();
      }
    }

    override _writeRaw(data: string | Uint8Array, encoding?: unknown, onSent?: unknown, size?: number): boolean {
      if (!this.#isEnding) return super._writeRaw(data, encoding, onSent, size);
      if (this.#held === null) {
        this.#held = data;
        this.#encoding = encoding;
        this.#onSent = onSent;
        return true;
      }
      if (data.length > 0) {
        this.#letGo();
        return super._writeRaw(data, encoding, onSent, size);
      }
      // Nothing but who is to hear that all was sent. Nobody was to hear of the body alone.
      this.#onSent = onSent;
      return this.#letGo();
    }

    #letGo(): boolean {
      const held = this.#held;
      if (held === null) return true;
      this.#held = null;
      return super._writeRaw(held, this.#encoding, this.#onSent);
    }
  }
  return Checked as unknown as typeof ServerResponse;
}

/** The adaptor goes on with the body. A stream waits for room, until the end of the answer cancels it. */
function takeNoMore(answer: ServerResponse): void {
  answer.write = () => false;
  answer.end = () => answer;
  answer.flushHeaders = () => {};
}
