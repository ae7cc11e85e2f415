/**
 * UdpSocket: datagrams (needs Node: `node:dgram`).
 *
 * What has arrived waits here until somebody receives it, as far as `MOST_WAITING` bytes go; what comes then is lost, as it would be in the system's own
 * buffer. `lost` counts it.
 */
import { createSocket, type Socket, type SocketOptions } from "node:dgram";
import { isIPv6 } from "node:net";
import { BusyError, ClosedError, HeddleError, quote } from "../base/errors.js";
import { checkOptions } from "../base/options.js";
import { Ring } from "../base/ring.js";
import type { Context } from "../future/context.js";
import { fromCallback } from "../future/from-promise.js";
import { PENDING, type Future, type Poll } from "../future/poll.js";
import { Waiter } from "../future/wait-list.js";
import { Held } from "../reactor/held.js";
import { addressText, type SocketAddress, type ToSocketAddress, toAddress } from "./address.js";
import { networkError } from "./failures.js";

const MOST_WAITING = 262_144;

/** A datagram that arrived. */
export interface Datagram {
  readonly data: Uint8Array;
  readonly from: SocketAddress;
}

/** What a socket for datagrams is made with. */
export interface UdpBindOptions {
  /** Let other sockets of this machine bind the same address: for multicast. */
  reuseAddress?: boolean | undefined;
  /** On an IPv6 address, do not take IPv4 as well. */
  ipv6Only?: boolean | undefined;
  /** Allow sending to everybody on the network. */
  broadcast?: boolean | undefined;
  /** The system's buffers, in bytes. */
  receiveBufferSize?: number | undefined;
  sendBufferSize?: number | undefined;
}

/** Sends and receives datagrams. Made with {@link UdpSocket.bind}. */
export class UdpSocket implements Disposable {
  readonly #socket: Socket;
  /** The process is kept alive by who receives, and by nothing else here. */
  readonly #held: Held;
  /** Where it is bound, with the port that was taken if 0 was asked for. */
  readonly localAddress: SocketAddress;
  #peer: SocketAddress | undefined;
  #isConnecting = false;
  /** Called at the close, of those who wait for the host to have sent or connected. */
  readonly #asking = new Set<() => void>();
  readonly #arrived = new Ring<Datagram>();
  #waiting = 0;
  #lost = 0;
  #error: unknown = null;
  #isClosed = false;
  #recv: Recv<any> | null = null;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#held = new Held(socket);
    const { address, port } = socket.address();
    this.localAddress = { host: address, port };
    socket.on("message", (data, { address: host, port: from }) => this.#take({ data, from: { host, port: from } }));
    socket.on("error", (error) => {
      this.#error ??= error;
      this.#recv?.wake();
    });
  }

  /**
   * Binds a socket.
   *
   * **Cancel safety**: dropped before it is bound, nothing is left.
   *
   * @param address `"127.0.0.1:0"` takes a free port; `":5353"` every address of this machine
   * @throws HeddleError `net.in-use`, `net.denied`, `net.unavailable`; TypeError or RangeError if the address is wrong
   *
   * @example
   * ```ts
   * import { async, run } from "heddle";
   * import { UdpSocket } from "heddle/net";
   *
   * const main = async(function* () {
   *   using a = yield* UdpSocket.bind("127.0.0.1:0");
   *   using b = yield* UdpSocket.bind("127.0.0.1:0");
   *   yield* a.sendTo(new TextEncoder().encode("hello"), b.localAddress);
   *   const { data, from } = yield* b.recvFrom();
   *   console.log(new TextDecoder().decode(data), from.port === a.localAddress.port);
   * });
   * await run(main());
   * // prints: hello true
   * ```
   */
  static bind(address: ToSocketAddress, options: UdpBindOptions = {}): Future<UdpSocket> {
    const { host, port } = toAddress(address, "bind");
    checkOptions(options, "bind", "{ reuseAddress: true }");
    const { reuseAddress = false, ipv6Only = false, broadcast = false, receiveBufferSize, sendBufferSize } = options;
    const settings: SocketOptions = {
      type: isIPv6(host) ? "udp6" : "udp4",
      reuseAddr: reuseAddress,
      ipv6Only,
      ...(receiveBufferSize === undefined ? {} : { recvBufferSize: receiveBufferSize }),
      ...(sendBufferSize === undefined ? {} : { sendBufferSize }),
    };
    return fromCallback<UdpSocket>((resolve, reject) => {
      const socket = createSocket(settings);
      const failed = (error: unknown): void => {
        socket.close();
        reject(networkError(`bind ${addressText({ host, port })}`, error));
      };
      socket.once("error", failed);
      socket.bind({ port, ...(host === "" ? {} : { address: host }), exclusive: true }, () => {
        socket.off("error", failed);
        if (broadcast) socket.setBroadcast(true);
        resolve(new UdpSocket(socket));
      });
      return () => close(socket);
    });
  }

  /**
   * From now on it sends to this address alone, and hears only what comes from there. Connected before, it changes over.
   *
   * **Cancel safety**: what was begun is done.
   *
   * @throws HeddleError `net.unknown-host` and others; it is then connected to nobody. ClosedError `net.closed`; BusyError `net.busy` while another one is under way
   */
  connect(address: ToSocketAddress): Future<void> {
    const { host, port } = toAddress(address, "connect");
    return this.#asked<void>((resolve, reject) => {
      if (this.#isConnecting)
        throw new BusyError("net.busy", "Cannot connect a socket to two addresses at once: another one is under way", {
          help: "connect in one task, and let that tell others",
        });
      if (this.#peer !== undefined) this.#socket.disconnect();
      this.#peer = undefined;
      this.#isConnecting = true;
      this.#socket.connect(port, host, ((error?: Error) => {
        this.#isConnecting = false;
        if (error != null) return reject(networkError(`connect to ${addressText({ host, port })}`, error));
        const { address: peer, port: at } = this.#socket.remoteAddress();
        this.#peer = { host: peer, port: at };
        resolve();
      }) as () => void);
    });
  }

  /** Something that the host calls back for. HOST: when the socket is closed meanwhile, Node may never do so. */
  #asked<T>(begin: (resolve: (value: T) => void, reject: (error: unknown) => void) => void): Future<T> {
    return fromCallback<T>((resolve, reject) => {
      this.#mustBeOpen();
      const gone = (): void => reject(closed());
      this.#asking.add(gone);
      const settled = (error: unknown): void => {
        this.#asking.delete(gone);
        reject(error);
      };
      try {
        begin((value) => {
          this.#asking.delete(gone);
          resolve(value);
        }, settled);
      } catch (error) {
        settled(error);
      }
    });
  }

  /** The address it is connected to. */
  get peerAddress(): SocketAddress | undefined {
    return this.#peer;
  }

  /**
   * Sends one datagram to the address it is connected to. Ready when the system has taken it; nobody says whether it arrives.
   *
   * **Cancel safety**: a send that was polled is sent.
   *
   * @returns how many bytes were sent: all of them
   * @throws HeddleError `net.not-connected`; `net.too-long` for more than a datagram holds; DisconnectedError `net.refused` when an earlier one found nobody
   */
  send(bytes: Uint8Array): Future<number> {
    return this.#send(bytes, undefined);
  }

  /**
   * As {@link send}, to an address, on a socket that is not connected.
   *
   * @throws HeddleError `net.connected` on one that is
   */
  sendTo(bytes: Uint8Array, address: ToSocketAddress): Future<number> {
    return this.#send(bytes, toAddress(address, "send"));
  }

  #send(bytes: Uint8Array, to: SocketAddress | undefined): Future<number> {
    if (!(bytes instanceof Uint8Array))
      throw new TypeError(`Cannot send a datagram as 'bytes' must be a Uint8Array: received ${quote(bytes)}`);
    return this.#asked<number>((resolve, reject) => {
      const sent = (error: Error | null, length: number): void => {
        if (error === null) resolve(length);
        else reject(networkError(to === undefined ? "send a datagram" : `send to ${addressText(to)}`, error));
      };
      if (to === undefined && this.#peer === undefined)
        throw new HeddleError(
          "net.not-connected",
          "Cannot send a datagram: the socket is not connected to an address",
          {
            help: "sendTo(bytes, address), or connect(address) first",
          },
        );
      if (to !== undefined && this.#peer !== undefined)
        throw new HeddleError(
          "net.connected",
          `Cannot send to ${addressText(to)}: the socket is connected to ${addressText(this.#peer)}`,
          {
            help: "send(bytes) goes there; for other addresses, bind another socket",
          },
        );
      if (to === undefined) this.#socket.send(bytes, sent);
      else this.#socket.send(bytes, to.port, to.host, sent);
    });
  }

  /**
   * Waits for the next datagram. One receiver at a time.
   *
   * **Cancel safety**: no datagram is lost.
   *
   * @throws ClosedError `net.closed` after `close`; BusyError `net.busy`; DisconnectedError `net.refused` when a datagram that was sent found nobody
   */
  recv(): Future<Uint8Array> {
    return new Recv(this, ({ data }) => data, "recv()");
  }

  /** As {@link recv}, and tells from where it came. */
  recvFrom(): Future<Datagram> {
    return new Recv(this, (datagram) => datagram, "recvFrom()");
  }

  /**
   * Waits for the next datagram and leaves it there: the next receive gives the same bytes. One receiver at a time, be it one that looks or one that takes.
   *
   * **Cancel safety**: nothing to lose.
   *
   * @throws as {@link recv}
   */
  peek(): Future<Uint8Array> {
    return new Recv(this, ({ data }) => data, "peek()");
  }

  /** As {@link peek}, and tells from where it came. */
  peekFrom(): Future<Datagram> {
    return new Recv(this, (datagram) => datagram, "peekFrom()");
  }

  #take(datagram: Datagram): void {
    // Receiving may cost nothing: a datagram of nothing is one as well.
    const size = datagram.data.length + 1;
    if (this.#waiting + size > MOST_WAITING) {
      this.#lost++;
      return;
    }
    this.#waiting += size;
    this.#arrived.push(datagram);
    this.#recv?.wake();
  }

  /** @internal */
  pollRecv(recv: Recv<any>, cx: Context): Poll<Datagram> {
    if (this.#recv !== null && this.#recv !== recv)
      throw new BusyError("net.busy", "Cannot receive a datagram from two places: another one receives", {
        help: "receive in one task, and let that tell others",
      });
    this.#end();
    const datagram = this.#arrived.first;
    if (datagram !== undefined) {
      if (recv.takes) {
        this.#arrived.shift();
        this.#waiting -= datagram.data.length + 1;
      }
      return datagram;
    }
    if (this.#error !== null) {
      const error = networkError("receive a datagram", this.#error);
      this.#error = null;
      throw error;
    }
    this.#mustBeOpen();
    recv.waker = cx.waker;
    this.#recv = recv;
    this.#held.wait();
    return PENDING;
  }

  /** Nobody waits any more. */
  #end(): void {
    this.#recv = null;
    this.#held.stop();
  }

  /** @internal */
  dropRecv(recv: Recv<any>): void {
    if (this.#recv === recv) this.#end();
  }

  /** How many datagrams were lost because too many waited here. */
  get lost(): number {
    return this.#lost;
  }

  /** Hears what is sent to a multicast group. `on`: the address of this machine whose network is meant. */
  joinMulticast(group: string, on?: string): void {
    this.#attempt(`join ${group}`, () => this.#socket.addMembership(group, on));
  }

  /** Hears a group no more. `on` as it joined. */
  leaveMulticast(group: string, on?: string): void {
    this.#attempt(`leave ${group}`, () => this.#socket.dropMembership(group, on));
  }

  /** Over how many routers what is sent to a group goes. The system's default is 1. */
  setMulticastTtl(ttl: number): void {
    this.#attempt("set the TTL", () => this.#socket.setMulticastTTL(ttl));
  }

  /** Whether this machine hears what it sends to a group itself. */
  setMulticastLoopback(isOn: boolean): void {
    this.#attempt("set the loopback", () => this.#socket.setMulticastLoopback(isOn));
  }

  /** Over how many routers what is sent to one address goes. */
  setTtl(ttl: number): void {
    this.#attempt("set the TTL", () => this.#socket.setTTL(ttl));
  }

  /** Whether it may send to all of a network. Off by default. */
  setBroadcast(isOn: boolean): void {
    this.#attempt("set broadcasting", () => this.#socket.setBroadcast(isOn));
  }

  #attempt(deed: string, work: () => void): void {
    this.#mustBeOpen();
    try {
      work();
    } catch (error) {
      throw networkError(deed, error);
    }
  }

  #mustBeOpen(): void {
    if (this.#isClosed) throw closed();
  }

  /** Closes it. Whoever waits gets a ClosedError. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    close(this.#socket);
    this.#recv?.wake();
    for (const gone of this.#asking) gone();
    this.#asking.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}

function closed(): ClosedError {
  return new ClosedError("net.closed", "Cannot use the socket: it was closed", {
    help: "keep it until nobody needs it any more",
  });
}

function close(socket: Socket): void {
  socket.on("error", () => {});
  try {
    socket.close();
  } catch {
    // It was closed already, by an error.
  }
}

class Recv<T> extends Waiter<T> {
  readonly #socket: UdpSocket;
  readonly #pick: (datagram: Datagram) => T;
  readonly label: string;

  constructor(socket: UdpSocket, pick: (datagram: Datagram) => T, label: string) {
    super();
    this.#socket = socket;
    this.#pick = pick;
    this.label = label;
  }

  /** Whether the datagram is gone then. */
  get takes(): boolean {
    return !this.label.startsWith("peek");
  }

  poll(cx: Context): Poll<T> {
    const datagram = this.#socket.pollRecv(this, cx);
    return datagram === PENDING ? PENDING : this.#pick(datagram);
  }

  override drop(): void {
    this.waker = null;
    this.#socket.dropRecv(this);
  }
}
