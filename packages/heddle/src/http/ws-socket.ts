/**
 * WsSocket: what is used of a socket of the package `ws`, which is named in `ws.ts`.
 */

export interface WsSocket {
  readonly protocol: string;
  /** Bytes that were given to `send` and have not left the process. */
  readonly bufferedAmount: number;
  /** Whether {@link pause} was called last. */
  readonly isPaused: boolean;
  ping(): void;
  send(message: string | Uint8Array, sent?: () => void): void;
  close(code: number, reason: string): void;
  terminate(): void;
  pause(): void;
  resume(): void;
  on(event: "message", listener: (data: Buffer, isBinary: boolean) => void): void;
  on(event: "ping" | "pong", listener: () => void): void;
  on(event: "close", listener: (code: number, reason: Buffer) => void): void;
  on(event: "error", listener: (error: Error) => void): void;
}
