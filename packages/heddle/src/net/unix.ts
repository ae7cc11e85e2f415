/**
 * UnixStream and UnixListener: connections between programs of one machine, through a file (needs Node: `node:net`).
 */
import { connect, createServer, type Server, type Socket } from "node:net";
import { quote } from "../base/errors.js";
import type { Future } from "../future/poll.js";
import { checkSocketPath } from "../io/sockets.js";
import { connecting, listening } from "./connect.js";
import { SocketListener } from "./socket-listener.js";
import { SocketStream } from "./socket-stream.js";

function checkPath(path: string, verb: string): void {
  if (typeof path !== "string" || path === "")
    throw new TypeError(`Cannot ${verb} as 'path' must be the path of a socket file: received ${quote(path)}`);
  checkSocketPath(path, verb);
}

/** A connection through a socket file. */
export class UnixStream extends SocketStream {
  /**
   * Connects to whoever listens at a path.
   *
   * **Cancel safety**: a connection that is under way is called off.
   *
   * @throws DisconnectedError `net.refused` if nobody listens there; HeddleError `net.denied`; RangeError if the path is longer than the system permits
   */
  static connect(path: string): Future<UnixStream> {
    checkPath(path, "connect");
    return connecting(
      () => connect({ path, allowHalfOpen: true }),
      (socket) => new UnixStream(socket),
      `connect to ${JSON.stringify(path)}`,
    );
  }
}

/** Takes connections through a socket file, which is removed when it is closed. */
export class UnixListener extends SocketListener<UnixStream> {
  readonly path: string;

  /** @internal */
  constructor(server: Server, path: string) {
    super(server, undefined);
    this.path = path;
  }

  /**
   * Begins to listen at a path, where no file may be.
   *
   * **Cancel safety**: dropped before it listens, nothing is left.
   *
   * @throws HeddleError `net.in-use` if there is a file, also one that a program left that ended badly; `net.denied`; RangeError if the path is
   *   longer than the system permits
   *
   * @example
   * ```ts
   * import { mkdtempSync, rmSync } from "node:fs";
   * import { async, join, run } from "heddle";
   * import { UnixListener, UnixStream } from "heddle/net";
   *
   * const folder = mkdtempSync("sockets-");
   * const main = async(function* () {
   *   using listener = yield* UnixListener.bind(`${folder}/socket`);
   *   const [client, server] = yield* join(UnixStream.connect(listener.path), listener.accept());
   *   yield* client.shutdown();
   *   console.log(yield* server.read(new Uint8Array(16)));
   *   client[Symbol.dispose]();
   *   server[Symbol.dispose]();
   * });
   * await run(main()).finally(() => rmSync(folder, { recursive: true }));
   * // prints: 0
   * ```
   */
  static override bind(path: string): Future<UnixListener> {
    checkPath(path, "listen");
    return listening(
      () => createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen({ path }),
      (server) => new UnixListener(server, path),
      `listen at ${JSON.stringify(path)}`,
    );
  }

  /** @internal */
  protected override wrap(socket: Socket): UnixStream {
    return new UnixStream(socket);
  }

  protected override get place(): string {
    return JSON.stringify(this.path);
  }
}
