/**
 * BlockingConnection: a connection whose reads block the thread that calls them, as those of an operating system do.
 *
 * Node has none: its sockets speak to the event loop. So each connection has a thread of its own with an event loop and the socket, and
 * the caller really stands still (`Atomics.wait`) until that thread has something for it.
 *
 *     caller ──write──► port ──► thread ──► socket
 *        ▲                          │
 *        └── arrivals + 1, notify ──┘ a line, or an error, on the port
 */
import { connect } from "node:net";
import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker, workerData } from "node:worker_threads";

interface Given {
  readonly tcpPort: number;
  readonly port: MessagePort;
  /** How many lines and errors have come in. */
  readonly arrivals: Int32Array;
}

const ATTENDS = "examples.blocking-connection";

export class BlockingConnection {
  readonly #arrivals = new Int32Array(new SharedArrayBuffer(4));
  readonly #port: MessagePort;
  readonly #thread: Worker;
  #read = 0;

  constructor(tcpPort: number) {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const given: Given = { tcpPort, port: port2, arrivals: this.#arrivals };
    this.#thread = new Worker(fileURLToPath(import.meta.url), {
      workerData: { [ATTENDS]: given },
      transferList: [port2],
    });
  }

  write(text: string): void {
    this.#port.postMessage(text);
  }

  /** Blocks until a line has come. */
  readLine(): string {
    // Look and wait in one: if a line has come meanwhile, the number is another one, and the wait is over before it begins.
    Atomics.wait(this.#arrivals, 0, this.#read);
    this.#read++;
    const arrived: string | Error = receiveMessageOnPort(this.#port)!.message;
    if (arrived instanceof Error) throw arrived;
    return arrived;
  }

  close(): void {
    this.#port.close();
    void this.#thread.terminate();
  }
}

/** In the thread: passes on what comes from either side. */
function attend({ tcpPort, port, arrivals }: Given): void {
  const arrive = (arrived: string | Error): void => {
    // First the message, then the number: who sees the number finds the message.
    port.postMessage(arrived);
    Atomics.add(arrivals, 0, 1);
    Atomics.notify(arrivals, 0);
  };
  const socket = connect(tcpPort, "127.0.0.1");
  port.on("message", (text: string) => socket.write(text));
  let rest = "";
  socket.setEncoding("utf8").on("data", (data: string) => {
    const lines = (rest + data).split("\n");
    rest = lines.pop()!;
    for (const line of lines) arrive(line);
  });
  socket.on("error", arrive);
  socket.on("end", () => arrive(new Error("Cannot read a line: the connection has ended")));
}

// Other threads may have connections, too: only those that were started for one attend to it.
const given = (workerData as { [ATTENDS]?: Given } | null)?.[ATTENDS];
if (given !== undefined) attend(given);
