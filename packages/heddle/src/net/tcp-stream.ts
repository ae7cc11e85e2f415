/**
 * TcpStream: a TCP connection (needs Node: `node:net`).
 */
import { connect, isIP, type Socket } from "node:net";
import { quote } from "../base/errors.js";
import { type Duration, toMilliseconds } from "../base/duration.js";
import type { Future } from "../future/poll.js";
import { addressOf, addressText, type SocketAddress, type ToSocketAddress, toAddress } from "./address.js";
import { checkPort } from "../io/sockets.js";
import { connecting } from "./connect.js";
import { SocketStream } from "./socket-stream.js";

/** What a connection is made with. */
export interface TcpConnectOptions {
  /** Send small writes at once instead of gathering them (Nagle's algorithm). False, as the system has it. */
  noDelay?: boolean | undefined;
  /** Probe the connection when it has been idle for so long. Off. */
  keepAlive?: Duration | undefined;
  /** The IP address and the port of this machine to connect from. */
  local?: { host?: string | undefined; port?: number | undefined } | undefined;
}

/** A TCP connection. Made with {@link TcpStream.connect} or accepted by a `TcpListener`. */
export class TcpStream extends SocketStream {
  /**
   * Connects. A name that has several addresses is tried at each, the next one beginning before the first has failed.
   *
   * **Cancel safety**: a connection that is under way is called off; put a `timeout` around it.
   *
   * @param address `"host:port"` or `{ host, port }`
   * @throws DisconnectedError `net.refused`, `net.unreachable`, `net.timed-out`; HeddleError `net.unknown-host`, `net.unavailable`, `net.too-many-open`;
   *   TypeError or RangeError if the address or an option is wrong
   *
   * @example
   * ```ts
   * import { async, join, run } from "heddle";
   * import { TcpListener, TcpStream } from "heddle/net";
   *
   * const main = async(function* () {
   *   using listener = yield* TcpListener.bind("127.0.0.1:0");
   *   const [client, server] = yield* join(TcpStream.connect(listener.localAddress), listener.accept());
   *   yield* client.write(new TextEncoder().encode("hello"));
   *   const into = new Uint8Array(16);
   *   const length = yield* server.read(into);
   *   console.log(new TextDecoder().decode(into.subarray(0, length)));
   *   client[Symbol.dispose]();
   *   server[Symbol.dispose]();
   * });
   * await run(main());
   * // prints: hello
   * ```
   */
  static connect(address: ToSocketAddress, options: TcpConnectOptions = {}): Future<TcpStream> {
    const to = toAddress(address, "connect");
    const { noDelay = false, keepAlive, local } = options;
    if (local?.host !== undefined && isIP(local.host) === 0)
      throw new TypeError(
        `Cannot connect as 'host' of 'local' must be an IP address of this machine: received ${quote(local.host)}`,
      );
    if (local?.port !== undefined) checkPort(local.port, "connect");
    const keepAliveInitialDelay = keepAlive === undefined ? 0 : toMilliseconds(keepAlive, "connect", "keepAlive");
    const open = (): Socket =>
      connect({
        ...to,
        // What Node connects to when it is given none.
        host: to.host === "" ? "localhost" : to.host,
        allowHalfOpen: true,
        noDelay,
        keepAlive: keepAlive !== undefined,
        keepAliveInitialDelay,
        ...(local?.host === undefined ? {} : { localAddress: local.host }),
        ...(local?.port === undefined ? {} : { localPort: local.port }),
      });
    return connecting(open, (socket) => new TcpStream(socket), `connect to ${addressText(to)}`);
  }

  /** This end; undefined once the connection is closed. */
  get localAddress(): SocketAddress | undefined {
    return addressOf(this.socket.localAddress, this.socket.localPort);
  }

  /** The other end; undefined once the connection is closed. */
  get peerAddress(): SocketAddress | undefined {
    return addressOf(this.socket.remoteAddress, this.socket.remotePort);
  }

  /** Whether small writes are sent at once instead of gathered (Nagle's algorithm). */
  setNoDelay(noDelay: boolean): void {
    this.socket.setNoDelay(noDelay);
  }

  /** Probes the connection when it has been idle for so long; `false`: never. */
  setKeepAlive(idle: Duration | false): void {
    if (idle === false) this.socket.setKeepAlive(false);
    else this.socket.setKeepAlive(true, toMilliseconds(idle, "keep a connection alive", "idle"));
  }

  /** Closes the connection at once with a reset: the other side's reads and writes fail. What is `linger` with 0 elsewhere. */
  reset(): void {
    this.socket.resetAndDestroy();
    this[Symbol.dispose]();
  }
}
