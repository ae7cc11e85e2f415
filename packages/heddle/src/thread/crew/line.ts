/**
 * Line: one end of the way on which a thread and its owner send each other messages. One hears of a message when it comes, or takes it while
 * one blocks.
 *
 * HOST: Deno takes the next message off a port that listens before it hands it over. In between nobody can take it, and who blocks would wait
 * for ever. So there nobody listens to the port itself: behind each message a bell is rung through a second one, and who hears that takes all
 * that has come.
 */
import { MessageChannel, type MessagePort, receiveMessageOnPort } from "node:worker_threads";

const isDeno = "Deno" in globalThis;

/** The ports of one end, as they are sent to a thread. */
export interface LineEnd {
  readonly port: MessagePort;
  /** HOST: on Deno. */
  readonly bell: MessagePort | null;
}

/** Both ends of a line. */
export function newLine(): [LineEnd, LineEnd] {
  const { port1, port2 } = new MessageChannel();
  if (!isDeno)
    return [
      { port: port1, bell: null },
      { port: port2, bell: null },
    ];
  const bells = new MessageChannel();
  return [
    { port: port1, bell: bells.port1 },
    { port: port2, bell: bells.port2 },
  ];
}

/** What is moved when an end is sent. */
export const portsOf = ({ port, bell }: LineEnd): MessagePort[] => (bell === null ? [port] : [port, bell]);

export class Line<Incoming, Outgoing> {
  readonly #port: MessagePort;
  readonly #bell: MessagePort | null;

  constructor({ port, bell }: LineEnd) {
    this.#port = port;
    this.#bell = bell;
  }

  /** @param onError told of a message that cannot be read */
  listen(onMessage: (message: Incoming) => void, onError?: (error: unknown) => void): void {
    if (this.#bell === null) {
      this.#port.on("message", onMessage);
      if (onError !== undefined) this.#port.on("messageerror", onError);
      return;
    }
    this.#bell.on("message", () => {
      try {
        for (let it = this.take(); it !== undefined; it = this.take()) onMessage(it.message);
      } catch (error) {
        if (onError === undefined) throw error;
        onError(error);
      }
    });
  }

  /** The oldest message that nobody has heard of; undefined if there is none. */
  take(): { readonly message: Incoming } | undefined {
    return receiveMessageOnPort(this.#port);
  }

  post(message: Outgoing, transfer: readonly object[] = []): void {
    this.#port.postMessage(message, transfer as any);
    this.#bell?.postMessage(null);
  }

  /** It does not keep its thread alive any more. */
  unref(): void {
    this.#port.unref();
    this.#bell?.unref();
  }

  close(): void {
    this.#port.close();
    this.#bell?.close();
  }
}
