/**
 * What holds for the sockets of every server and client, whatever they speak. It stands here as `net` and `http` know `io`, and not each other.
 *
 * Pages load it along with `fetch`, so it imports nothing of Node's.
 */
import type { Server, Socket } from "node:net";
import { HeddleError, quote } from "../base/errors.js";

/** @throws RangeError if it is none */
export function checkPort(port: unknown, verb: string): number {
  if (!Number.isInteger(port) || (port as number) < 0 || (port as number) > 65_535)
    throw new RangeError(`Cannot ${verb} as 'port' must be an integer from 0 to 65535: received ${quote(port)}`);
  return port as number;
}

/**
 * HOST: of the path of a socket file Node cuts off what the system has no room for, without a word, and uses another file.
 *
 * @throws RangeError if it is longer than that
 */
export function checkSocketPath(path: string, verb: string): void {
  const { platform } = process;
  const [length, most] = [Buffer.byteLength(path), platform === "linux" ? 107 : 103];
  if (length > most && platform !== "win32")
    throw new RangeError(
      `Cannot ${verb} as 'path' must have at most ${most} bytes on this system: received one of ${length}` +
        "\nhelp: use a shorter one, such as one that is relative to the working directory",
    );
}

/**
 * What was given to prove oneself by, or to trust, cannot be used. Other mistakes in the options are as the host says.
 *
 * @param pass how it is to be passed
 */
export function badCertificate(deed: string, error: unknown, pass: string): unknown {
  const { code, message } = error as { code?: string; message?: string };
  if (code?.startsWith("ERR_OSSL") !== true) return error;
  // `error:0480006C:PEM routines::no start line`; on Bun in capitals.
  const why = message?.split(":").at(-1)!.replaceAll("_", " ").toLowerCase();
  return new HeddleError("net.bad-certificate", `Cannot ${deed}: a certificate or a key cannot be used: ${why}`, {
    cause: error,
    help: `pass ${pass} in PEM format; the key must be that of the certificate`,
  });
}

/**
 * What comes in to a server with TLS while both sides still prove themselves. It is no connection yet, so the server does not wait for it when it closes: somebody has to
 * end it.
 *
 * HOST: Node does not say which of them a TLS connection goes through. By TCP both have the same other end; on a Unix socket they cannot be told apart, and are not here.
 */
export class Unproven {
  readonly #sockets = new Map<string, Socket>();

  /** @param server which accepts nothing yet */
  constructor(server: Server) {
    server.on("connection", (socket: Socket) => {
      const end = otherEnd(socket);
      if (end === null) return;
      this.#sockets.set(end, socket);
      socket.once("close", () => {
        if (this.#sockets.get(end) === socket) this.#sockets.delete(end);
      });
    });
    server.on("secureConnection", (socket: Socket) => this.#sockets.delete(otherEnd(socket)!));
  }

  /** Breaks them off. */
  close(): void {
    for (const socket of this.#sockets.values()) socket.destroy();
  }
}

function otherEnd({ remoteAddress, remotePort }: Socket): string | null {
  return remotePort === undefined ? null : `${remoteAddress} ${remotePort}`;
}
