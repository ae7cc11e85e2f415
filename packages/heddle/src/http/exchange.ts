/**
 * Exchange: one request and its answer, as far as ending it early goes. It owns the one signal that the platform listens to.
 *
 * | ended by                                  | the platform's signal | what the caller sees |
 * | ----------------------------------------- | --------------------- | -------------------- |
 * | dropping the future that is being awaited | aborted               | nothing: it is gone  |
 * | the signal that the user passed           | aborted               | AbortedError         |
 * | the end of the time that it may take      | aborted               | ElapsedError         |
 * | `HttpResponse[Symbol.dispose]`            | aborted               | ClosedError on reads |
 * | its `HttpResponse` being collected        | aborted               | nothing: it is gone  |
 * | the end of the body, or an error          | let go                | the outcome          |
 */
import { formatDuration } from "../base/duration.js";
import { AbortedError, DisconnectedError, ElapsedError } from "../base/errors.js";
import { Alarm } from "../future/alarm.js";
import { Context } from "../future/context.js";
import { explain } from "./problems.js";

export class Exchange {
  /** The URL without credentials, for messages. */
  readonly url: string;
  readonly #controller = new AbortController();
  /** HOST: the platform's Request hears of the signal only while somebody holds it (Node 20 to 26), and nobody else does. `fetch` alone writes it. */
  request: Request | null = null;
  readonly #signals: readonly AbortSignal[];
  #alarm: Alarm | null = null;
  #elapsed: ElapsedError | null = null;
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

  /** Ends it when `limit` milliseconds have passed. Called in a task. */
  endAfter(limit: number): void {
    const elapsed = (): void => {
      this.#elapsed = new ElapsedError(
        "http.elapsed",
        `Cannot finish the request to ${this.url} in time: ${formatDuration(limit)} passed`,
      );
      this.end(this.#elapsed);
    };
    this.#alarm = new Alarm(limit);
    if (this.#alarm.poll(new Context({ wake: elapsed })) === undefined) elapsed();
  }

  /** Ends it: the connection is closed unless the answer is complete. */
  end(reason: unknown): void {
    this.letGo();
    this.#controller.abort(reason);
  }

  /** Ends it when `response` is collected before its body was read: nobody can read it any more, and it would keep the connection. */
  endWhenCollected(response: object): void {
    collected.register(response, this, this);
  }

  /** Somebody has the body, in a way that cannot be seen from here. */
  isTaken(): void {
    collected.unregister(this);
  }

  /** Ends it when `signal` is aborted: that of a future that may be dropped. */
  endWith(signal: AbortSignal): void {
    signal.addEventListener("abort", this.#abort, { once: true });
  }

  /** Nothing is left to end. */
  letGo(): void {
    collected.unregister(this);
    this.#alarm?.cancel();
    for (const signal of this.#signals) signal.removeEventListener("abort", this.#abort);
  }

  /** The platform's error in heddle's words. @param verb what was being done: `fetch` */
  failed(verb: string, error: unknown): Error {
    this.letGo();
    if (this.#elapsed !== null) return this.#elapsed;
    const aborted = this.#signals.find((signal) => signal.aborted);
    if (aborted !== undefined) return new AbortedError(aborted.reason, `the request to ${this.url}`);
    const [code, problem, help] = explain(error);
    return new DisconnectedError(code, `Cannot ${verb} ${this.url}: ${problem}`, { cause: error, help });
  }
}

const collected = /* @__PURE__ */ new FinalizationRegistry<Exchange>((exchange) => exchange.end(new AbortedError()));
