/**
 * TcpListener: takes TCP connections (needs Node: `node:net`).
 */
import { type AddressInfo, createServer, type ListenOptions, type Server, type Socket } from "node:net";
import { HeddleError } from "../base/errors.js";
import { async } from "../future/async.js";
import type { Future } from "../future/poll.js";
import { addressText, type SocketAddress, type ToSocketAddress, toAddress } from "./address.js";
import { listening } from "./connect.js";
import { BACKLOG, checkBacklog, SocketListener } from "./socket-listener.js";
import { TcpStream } from "./tcp-stream.js";

/** What a listener is made with. */
export interface TcpListenOptions {
  /** How many connections may wait to be accepted while nobody asks for one; those beyond are reset. 511. */
  backlog?: number | undefined;
  /** Let several processes listen at the same address; the system shares the connections out. HOST: Linux, with Node 22.12 or later. */
  reusePort?: boolean | undefined;
  /** On an IPv6 address, do not take IPv4 connections as well. */
  ipv6Only?: boolean | undefined;
  /** For every connection: send small writes at once. */
  noDelay?: boolean | undefined;
}

/** Takes TCP connections. Made with {@link TcpListener.bind}. */
export class TcpListener extends SocketListener<TcpStream> {
  /** Where it listens; with the port that was taken if 0 was asked for. */
  readonly localAddress: SocketAddress;

  /** @internal */
  constructor(server: Server, backlog: number) {
    super(server, backlog);
    const { address, port } = server.address() as AddressInfo;
    this.localAddress = { host: address, port };
  }

  /**
   * Begins to listen at the first of the addresses where that is possible.
   *
   * **Cancel safety**: dropped before it listens, nothing is left.
   *
   * @param address `"host:port"`, `{ host, port }`, or several; port 0 takes a free one, `":8080"` every address of this machine
   * @throws HeddleError `net.in-use`, `net.denied`, `net.unavailable`, of the last address tried; TypeError or RangeError if an address or an option is wrong
   */
  static override bind(
    address: ToSocketAddress | readonly ToSocketAddress[],
    options: TcpListenOptions = {},
  ): Future<TcpListener> {
    const { backlog = BACKLOG } = options;
    checkBacklog(backlog);
    const given = Array.isArray(address) ? (address as readonly ToSocketAddress[]) : [address as ToSocketAddress];
    if (given.length === 0)
      throw new TypeError("Cannot listen as 'address' must be one address or several: received none");
    return bindFirst(
      given.map((one) => toAddress(one, "listen")),
      backlog,
      options,
    );
  }

  /** @internal */
  protected override wrap(socket: Socket): TcpStream {
    return new TcpStream(socket);
  }

  protected override get place(): string {
    return addressText(this.localAddress);
  }
}

const bindFirst = async(function* bind(addresses: SocketAddress[], backlog: number, options: TcpListenOptions) {
  for (let i = 0; ; i++) {
    try {
      return yield* bindOne(addresses[i]!, backlog, options);
    } catch (error) {
      if (i === addresses.length - 1 || !(error instanceof HeddleError)) throw error;
    }
  }
});

function bindOne(
  { host, port }: SocketAddress,
  backlog: number,
  { reusePort, ipv6Only = false, noDelay = false }: TcpListenOptions,
): Future<TcpListener> {
  const where: ListenOptions & { reusePort?: boolean } = {
    port,
    backlog,
    ipv6Only,
    ...(host === "" ? {} : { host }),
    ...(reusePort === undefined ? {} : { reusePort }),
  };
  const open = (): Server => createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay }).listen(where);
  return listening(open, (server) => new TcpListener(server, backlog), `listen at ${addressText({ host, port })}`);
}
