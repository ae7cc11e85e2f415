/**
 * TCP clients in a process of their own, so that they do not use the time and the memory of the server that is asked about.
 *
 * This file is both: `Clients` is for the process of the server; started as a program, it connects, and does what it is told.
 */
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { fileURLToPath } from "node:url";

type Order =
  | { readonly connect: number; readonly port: number }
  /** On each connection at once: writes `size` bytes, waits until as many have come back, and so on, `rounds` times. */
  | { readonly rounds: number; readonly size: number }
  | { readonly close: true };

const FILE = fileURLToPath(import.meta.url);

export class Clients {
  readonly #child: ChildProcess;
  /** Fails when the clients are gone. */
  readonly #gone: Promise<never>;

  constructor() {
    this.#child = fork(FILE);
    this.#gone = once(this.#child, "exit").then(() =>
      Promise.reject(new Error("Cannot go on: the clients have ended")),
    );
    this.#gone.catch(() => {}); // In the end they are.
    // It ends with this process, which ends with its input.
    process.stdin.once("end", () => this.#child.disconnect());
  }

  /** Tells them what to do, and resolves when it is done. */
  async tell(order: Order): Promise<void> {
    const done = once(this.#child, "message");
    this.#child.send(order);
    await Promise.race([done, this.#gone]);
  }
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  return socket;
}

function echoed(socket: Socket, rounds: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    let [left, missing] = [rounds, bytes.length];
    const onData = (chunk: Buffer): void => {
      missing -= chunk.length;
      if (missing > 0) return;
      if (--left === 0) {
        socket.off("data", onData);
        resolve();
        return;
      }
      missing = bytes.length;
      socket.write(bytes);
    };
    socket.on("data", onData).once("error", reject);
    socket.write(bytes);
  });
}

function obey(): void {
  const sockets: Socket[] = [];
  const carryOut = async (order: Order): Promise<void> => {
    if ("port" in order) while (sockets.length < order.connect) sockets.push(await connected(order.port));
    else if ("rounds" in order)
      await Promise.all(sockets.map((socket) => echoed(socket, order.rounds, Buffer.alloc(order.size, 7))));
    else for (const socket of sockets.splice(0)) socket.destroy();
  };
  process.on("message", (order: Order) => void carryOut(order).then(() => process.send!("done")));
  process.on("disconnect", () => process.exit());
}

if (process.argv[1] === FILE) obey();
