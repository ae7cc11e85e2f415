/**
 * The package `ws`, which speaks WebSocket: an optional peer dependency that is loaded at the first connection. The one file that names it.
 */
import { HeddleError } from "../base/errors.js";

/** What is used of a socket of `ws`. */
export interface WsSocket {
  readonly protocol: string;
  /** Bytes that were given to `send` and have not left the process. */
  readonly bufferedAmount: number;
  send(message: string | Uint8Array, sent: () => void): void;
  close(code: number, reason: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "close", listener: (code: number, reason: Buffer) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}

/** How long `ws` waits for the other side to agree to a close is its own affair: 30 s. */
export async function loadWs(): Promise<typeof import("ws")> {
  try {
    return await import("ws");
  } catch (cause) {
    throw new HeddleError("http.no-ws", 'Cannot open a WebSocket without the package "ws": it cannot be loaded', {
      cause,
      help: "install it: npm install ws",
    });
  }
}
