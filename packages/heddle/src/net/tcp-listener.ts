/**
 * TcpListener: takes TCP connections (needs Node: `node:net`).
 */
import { type AddressInfo, createServer, isIP, type ListenOptions, type Server, type Socket } from "node:net";
import { versions } from "node:process";
import { HeddleError } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import { async } from "../future/async.js";
import type { Future } from "../future/poll.js";
import { addressText, type SocketAddress, type ToSocketAddress, toAddress } from "./address.js";
import { listening } from "./connect.js";
import { lookUp } from "./lookup-host.js";
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
   * Begins to listen at the first of the addresses where that is possible; of a name, at the first of its addresses.
   *
   * **Cancel safety**: dropped before it listens, nothing is left.
   *
   * @param address `"host:port"`, `{ host, port }`, or several; port 0 takes a free one, `":8080"` every address of this machine
   * @throws HeddleError `net.in-use`, `net.denied`, `net.unavailable`, `net.unknown-host`, of the last address tried; `net.unsupported` if the host cannot share
   *   a port; TypeError or RangeError if an address or an option is wrong
   */
  static override bind(
    address: ToSocketAddress | readonly ToSocketAddress[],
    options: TcpListenOptions = {},
  ): Future<TcpListener> {
    checkOptions(options, "listen", "{ backlog: 128 }");
    const { backlog = BACKLOG } = options;
    checkBacklog(backlog);
    if (options.reusePort === true) checkReusePort();
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
  const left = [...addresses];
  for (;;) {
    const address = left.shift()!;
    try {
      if (!hasName(address)) return yield* bindOne(address, backlog, options);
      // HOST: of a name Node tries one address only.
      left.unshift(...(yield* lookUp(address, `listen at ${addressText(address)}`)));
    } catch (error) {
      if (left.length === 0 || !(error instanceof HeddleError)) throw error;
    }
  }
});

const hasName = ({ host }: SocketAddress): boolean => host !== "" && isIP(host) === 0;

/** HOST: Node ignores the option where it does not know it, before 22.12 and in 23.0. */
function checkReusePort(): void {
  const [major = 0, minor = 0] = versions.node.split(".").map(Number);
  if (major > 23 || (major === 23 && minor > 0) || (major === 22 && minor >= 12)) return;
  throw new HeddleError(
    "net.unsupported",
    `Cannot share a port as 'reusePort' needs Node 22.12: this is ${versions.node}`,
    {
      help: "use a later Node, or have one process listen and pass connections on",
    },
  );
}

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
