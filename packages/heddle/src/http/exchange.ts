/**
 * Exchange: one request and its answer, as far as ending it early goes. It owns the one signal that the platform listens to.
 *
 * | ended by                                  | the platform's signal | what the caller sees |
 * | ----------------------------------------- | --------------------- | -------------------- |
 * | dropping the future that is being awaited | aborted               | nothing: it is gone  |
 * | the signal that the user passed           | aborted               | AbortedError         |
 * | `HttpResponse[Symbol.dispose]`            | aborted               | ClosedError on reads |
 * | the end of the body, or an error          | let go                | the outcome          |
 */
import { AbortedError, DisconnectedError } from "../base/errors.js";

export class Exchange {
  /** The URL without credentials, for messages. */
  readonly url: string;
  readonly #controller = new AbortController();
  readonly #signals: readonly AbortSignal[];
  readonly #abort = (event: Event): void => this.end((event.target as AbortSignal).reason);

  /** @param signals those of the user */
  constructor(url: string, signals: readonly AbortSignal[]) {
    this.url = url;
    this.#signals = signals;
    for (const signal of signals) {
      if (signal.aborted) this.end(signal.reason);
      else signal.addEventListener("abort", this.#abort, { once: true });
    }
  }

  /** What the platform's fetch listens to. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends it: the connection is closed unless the answer is complete. */
  end(reason: unknown): void {
    this.letGo();
    this.#controller.abort(reason);
  }

  /** Ends it when `signal` is aborted: that of a future that may be dropped. */
  endWith(signal: AbortSignal): void {
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** Nothing is left to end. */
  letGo(): void {
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#abort);
  }

  /** The platform's error in heddle's words. @param verb what was being done: `fetch` */
  failed(verb: string, error: unknown): Error {
    this.letGo();
    const aborted = this.#signals.find((signal) => signal.aborted);
    if (aborted !== undefined) return new AbortedError(aborted.reason, `the request to ${this.url}`);
    const [code, problem, help] = explain(error);
    return new DisconnectedError(code, `Cannot ${verb} ${this.url}: ${problem}`, { cause: error, help });
  }
}

// HOST: Node puts the system's error into `cause`, of several attempts into an AggregateError; pages are told nothing.
function explain(error: unknown): [code: string, problem: string, help: string | undefined] {
  let root = error as { code?: string; message?: string; cause?: unknown; errors?: unknown[] };
  while (root.code === undefined && (root.cause ?? root.errors?.[0]) !== undefined)
    root = (root.cause ?? root.errors![0]) as typeof root;
  const known = PROBLEMS[root.code ?? ""];
  if (known !== undefined) return [known[0], `${known[1]} (${root.code})`, known[2]];
  const message = root.message || (error as { message?: string }).message || "the host does not say why";
  return ["http.failed", root.code === undefined ? message : `${message} (${root.code})`, undefined];
}

const WENT = [
  "http.disconnected",
  "the server closed the connection before its answer was complete",
  undefined,
] as const;

const PROBLEMS: Record<string, readonly [code: string, problem: string, help: string | undefined]> = {
  ECONNREFUSED: [
    "http.refused",
    "the connection was refused",
    "start the server, or correct the host and port of the URL",
  ],
  ENOTFOUND: ["http.unknown-host", "there is no such host", "correct the host name of the URL"],
  EAI_AGAIN: ["http.unknown-host", "the name of the host cannot be looked up now", "look at the machine's network"],
  ECONNRESET: WENT,
  EPIPE: WENT,
  UND_ERR_SOCKET: WENT,
};
