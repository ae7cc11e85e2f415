/**
 * TLS: connections that nobody else can read (needs Node: `node:tls`).
 */
import { createRequire } from "node:module";
import type { AddressInfo, Server, Socket } from "node:net";
import type { CommonConnectionOptions, PeerCertificate, SecureContextOptions, TLSSocket } from "node:tls";
import { HeddleError } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import type { Future } from "../future/poll.js";
import { badCertificate, Unproven } from "../io/sockets.js";
import { addressOf, addressText, type SocketAddress, type ToSocketAddress, toAddress } from "./address.js";
import { connecting, listening } from "./connect.js";
import { BACKLOG, checkBacklog, SocketListener } from "./socket-listener.js";
import { SocketStream } from "./socket-stream.js";

// Loaded when it is used: it takes 5 ms and half a megabyte, which most programs would pay for nothing.
const tls = (): typeof import("node:tls") => createRequire(import.meta.url)("node:tls") as typeof import("node:tls");

/** What a TLS connection is made with: Node's own options for certificates and protocols, and the name to be proven. */
export interface TlsConnectOptions extends SecureContextOptions, Pick<CommonConnectionOptions, "ALPNProtocols"> {
  /** The name that the other side must prove. The host of the address by default. */
  serverName?: string | undefined;
  /** False takes any certificate: whoever stands in between can then read everything. True. */
  rejectUnauthorized?: boolean | undefined;
}

/** A TLS connection. */
export class TlsStream extends SocketStream {
  /** @internal */
  declare protected readonly socket: TLSSocket;

  /**
   * Connects, and is ready when both sides have proven what they must.
   *
   * **Cancel safety**: a connection that is under way is called off.
   *
   * @throws HeddleError `net.untrusted` with the reason when the certificate is not trusted or does not fit the name, `net.bad-certificate` if one of the options
   *   cannot be used; and what `TcpStream.connect` throws
   */
  static connect(address: ToSocketAddress, options: TlsConnectOptions = {}): Future<TlsStream> {
    const to = toAddress(address, "connect");
    checkOptions(options, "connect", '{ serverName: "localhost" }');
    const { serverName, ...rest } = options;
    // An IP address is no name: the protocol does not allow it as one.
    const name = serverName ?? (/^[\d.]+$|:/.test(to.host) ? undefined : to.host);
    const deed = `connect to ${addressText(to)} with TLS`;
    return connecting(
      () => usable(deed, () => tls().connect({ ...rest, ...to, ...(name === undefined ? {} : { servername: name }) })),
      (socket) => proven(socket as TLSSocket),
      deed,
      "secureConnect",
    );
  }

  /** The protocol that both sides agreed on, of those in `ALPNProtocols`; undefined if there was none. */
  get protocol(): string | undefined {
    const { alpnProtocol } = this.socket;
    return typeof alpnProtocol === "string" ? alpnProtocol : undefined;
  }

  /** The version of TLS: `TLSv1.3`. */
  get version(): string | undefined {
    return this.socket.getProtocol() ?? undefined;
  }

  /** The certificate that the other side has shown; undefined if it has shown none. */
  get peerCertificate(): PeerCertificate | undefined {
    const certificate = this.socket.getPeerCertificate();
    return Object.keys(certificate).length === 0 ? undefined : certificate;
  }

  /** This end; undefined once the connection is closed. */
  get localAddress(): SocketAddress | undefined {
    return addressOf(this.socket.localAddress, this.socket.localPort);
  }

  /** The other end; undefined once the connection is closed. */
  get peerAddress(): SocketAddress | undefined {
    return addressOf(this.socket.remoteAddress, this.socket.remotePort);
  }
}

/** What a TLS listener is made with: Node's own options for its certificate and protocols. */
export interface TlsListenOptions extends SecureContextOptions, Pick<CommonConnectionOptions, "ALPNProtocols"> {
  /** How many connections may wait to be accepted while nobody asks for one; those beyond are reset. 511. */
  backlog?: number | undefined;
  /** Ask for the other side's certificate, and refuse those whose one is not trusted. */
  requestCert?: boolean | undefined;
}

/** Takes TLS connections. One that fails to prove itself is not seen here: it never was a connection. */
export class TlsListener extends SocketListener<TlsStream> {
  readonly localAddress: SocketAddress;
  readonly #unproven: Unproven;

  /** @internal */
  constructor(server: Server, backlog: number) {
    super(server, backlog, "secureConnection");
    const { address, port } = server.address() as AddressInfo;
    this.localAddress = { host: address, port };
    this.#unproven = new Unproven(server);
    // Nobody waits for one that is not proven yet, and a connection holds the program by itself.
    server.on("connection", (socket: Socket) => socket.unref());
  }

  /**
   * Begins to listen.
   *
   * @param options must have `key` and `cert`, or `pfx`
   * **Cancel safety**: dropped before it listens, nothing is left.
   *
   * @throws HeddleError `net.no-certificate`, `net.bad-certificate`, `net.in-use`, `net.denied`, `net.unavailable`; TypeError or RangeError if the address or an
   *   option is wrong
   */
  static override bind(address: ToSocketAddress, options: TlsListenOptions): Future<TlsListener> {
    const at = toAddress(address, "listen");
    checkOptions(options, "listen", "{ key, cert }");
    const { backlog = BACKLOG, ...rest } = options ?? {};
    checkBacklog(backlog);
    if (rest.pfx === undefined && (rest.key === undefined || rest.cert === undefined))
      throw new HeddleError("net.no-certificate", "Cannot listen with TLS: there is no certificate", {
        help: "pass { key, cert } in PEM format, or { pfx }",
      });
    const deed = `listen at ${addressText(at)}`;
    const open = (): Server => {
      const server = usable(deed, () => tls().createServer({ ...rest, rejectUnauthorized: rest.requestCert === true }));
      return server.listen({ port: at.port, backlog, ...(at.host === "" ? {} : { host: at.host }) });
    };
    return listening(open, (server) => new TlsListener(server, backlog), deed);
  }

  /** @internal */
  protected override wrap(socket: TLSSocket): TlsStream {
    return proven(socket);
  }

  protected override get place(): string {
    return addressText(this.localAddress);
  }

  /** As every listener; who has not proven itself by now is closed too. */
  override close(): void {
    super.close();
    this.#unproven.close();
  }
}

/** What Node makes of certificates, keys and protocols. @throws HeddleError `net.bad-certificate` if it cannot use one of them */
function usable<T>(deed: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw badCertificate(deed, error, "{ key, cert, ca }");
  }
}

/** A connection whose sides have proven themselves: from now on each direction ends by itself. */
function proven(socket: TLSSocket): TlsStream {
  // Not before: who goes away meanwhile would leave a socket that nobody ever closes.
  socket.allowHalfOpen = true;
  return new TlsStream(socket);
}
