/**
 * `network`: hosts that reach each other through simulated connections and datagrams, in virtual time.
 */
import { type Duration, toMilliseconds } from "../../base/duration.js";
import { DisconnectedError, HeddleError, NoRuntimeError, quote } from "../../base/errors.js";
import { Random } from "../../base/random.js";
import { PENDING, type Future } from "../../future/poll.js";
import { currentRuntime } from "../../runtime/run.js";
import { Side } from "../side.js";
import { TestRuntime } from "../test-runtime.js";
import { DatagramSocket } from "./datagram.js";
import { NetworkListener } from "./listener.js";
import { type Address, addressText, NetworkStream } from "./stream.js";
import { Route, Wire } from "./wire.js";

export interface NetworkOptions {
  /** How long a packet takes from host to host: always as long, or between the shortest and the longest time. 1 ms. */
  latency?: Duration | readonly [shortest: Duration, longest: Duration] | undefined;
  /** The share of packets that are lost, from 0 to 1. 0. Those of streams are sent again. */
  loss?: number | undefined;
  /** After how long a lost packet of a stream is sent again. 200 ms. */
  retransmission?: Duration | undefined;
  /** How many bytes a stream takes before the other end has read some. 65,536. */
  window?: number | undefined;
  /** Makes latencies and losses reproducible. By default they follow from the seed of the runtime. */
  seed?: number | string | undefined;
}

const KNOWN = ["latency", "loss", "retransmission", "window", "seed"];

// Where the ports begin that hosts give to connections of their own.
const FIRST_OWN_PORT = 49_152;

/** What is at work on a host, and goes when it crashes. */
interface Tenant {
  crash(): void;
}

/** Simulated hosts and what is between them. See {@link network}. */
export class Network {
  readonly #wire: Wire;
  readonly #window: number;
  readonly #listeners = new Map<string, NetworkListener>();
  readonly #sockets = new Map<string, DatagramSocket>();
  /** What is at work on each host. */
  readonly #tenants = new Map<string, Set<Tenant>>();
  #nextPort = FIRST_OWN_PORT;

  /** @internal */
  constructor(options: NetworkOptions) {
    const unknown = Object.keys(options).find((key) => !KNOWN.includes(key));
    if (unknown !== undefined)
      throw new TypeError(
        `Cannot make a network as '${unknown}' is not an option\nhelp: the options are ${KNOWN.join(", ")}`,
      );
    const runtime = currentRuntime();
    if (runtime === null) throw new NoRuntimeError("make a network");
    const { latency = 1, loss = 0, retransmission = 200, window = 65_536, seed } = options;
    if (!(loss >= 0 && loss <= 1))
      throw new RangeError(`Cannot make a network as 'loss' must be a number from 0 to 1: received ${quote(loss)}`);
    if (!Number.isInteger(window) || window < 1)
      throw new RangeError(`Cannot make a network as 'window' must be an integer >= 1: received ${quote(window)}`);
    this.#window = window;
    this.#wire = new Wire({
      clock: runtime.clock,
      timers: runtime.timers,
      random: seed === undefined ? (runtime.random?.fork() ?? new Random()) : new Random(seed),
      latency: range(latency),
      loss,
      retransmission: toMilliseconds(retransmission, "make a network", "retransmission"),
    });
    // What is still on its way when all tasks have ended will never be received: that is no leak.
    if (runtime instanceof TestRuntime) runtime.atRest(() => this.#wire.stop());
  }

  /**
   * Takes connections at `port` of `host`.
   *
   * @throws HeddleError `io.in-use` if something listens there already
   */
  listen(host: string, port: number): NetworkListener {
    const listener: NetworkListener = new NetworkListener(address(host, port), () => {
      this.#listeners.delete(addressText(listener.local));
      this.#leave(listener.local, listener);
    });
    this.#claim(this.#listeners, listener, "listen");
    return listener;
  }

  /**
   * Sends and receives datagrams at `port` of `host`.
   *
   * @throws HeddleError `io.in-use` if another socket does there already
   */
  bind(host: string, port: number): DatagramSocket {
    const socket: DatagramSocket = new DatagramSocket(
      address(host, port),
      (bytes, to) =>
        this.#wire.carry(host, to.host, () =>
          this.#sockets.get(addressText(to))?.arrive({ bytes, from: socket.local }),
        ),
      () => {
        this.#sockets.delete(addressText(socket.local));
        this.#leave(socket.local, socket);
      },
    );
    this.#claim(this.#sockets, socket, "bind a socket");
    return socket;
  }

  #claim<T extends Tenant & { readonly local: Address }>(taken: Map<string, T>, tenant: T, verb: string): void {
    const at = addressText(tenant.local);
    if (taken.has(at))
      throw new HeddleError("io.in-use", `Cannot ${verb} at ${at}: another one is there`, {
        help: "close that one first, or take another port",
      });
    taken.set(at, tenant);
    this.#enter(tenant.local, tenant);
  }

  #enter({ host }: Address, tenant: Tenant): void {
    const tenants = this.#tenants.get(host);
    if (tenants === undefined) this.#tenants.set(host, new Set([tenant]));
    else tenants.add(tenant);
  }

  #leave({ host }: Address, tenant: Tenant): void {
    this.#tenants.get(host)?.delete(tenant);
  }

  /**
   * Connects from one host to another. It takes as long as a packet there and one back, and longer while the hosts cannot reach each other.
   *
   * **Cancel safety**: dropped before it is ready, the connection is given up, and reset at the other end if it came about there.
   *
   * @throws DisconnectedError `io.refused` if nothing listens there
   */
  connect(from: string, to: string, port: number): Future<NetworkStream> {
    const peer = address(to, port);
    let outcome: NetworkStream | HeddleError | null = null;
    let hasBegun = false;
    let isGivenUp = false;
    const side = new Side(`connect ${from} with ${addressText(peer)}`, () => {
      isGivenUp = true;
    });
    return side.wait(() => {
      if (!hasBegun) {
        hasBegun = true;
        this.#handshake({ host: from, port: this.#nextPort++ }, peer, (result) => {
          outcome = result;
          if (isGivenUp && result instanceof NetworkStream) result.abandon();
          side.wake();
        });
      }
      if (outcome instanceof HeddleError) throw outcome;
      return outcome ?? PENDING;
    });
  }

  #handshake(local: Address, peer: Address, done: (result: NetworkStream | HeddleError) => void): void {
    const back = new Route(this.#wire, peer.host, local.host);
    new Route(this.#wire, local.host, peer.host).send(() => {
      const listener = this.#listeners.get(addressText(peer));
      if (listener === undefined) return back.send(() => done(this.#refusal(local, peer)));
      const [here, there] = [this.#streamAt(local, peer), this.#streamAt(peer, local)];
      NetworkStream.connect(here, there);
      back.send(() => done(here));
      listener.push(there);
    });
  }

  #streamAt(local: Address, peer: Address): NetworkStream {
    const stream: NetworkStream = new NetworkStream(this.#wire, local, peer, this.#window, () =>
      this.#leave(local, stream),
    );
    this.#enter(local, stream);
    return stream;
  }

  #refusal(local: Address, peer: Address): HeddleError {
    const others = [...this.#listeners.keys()];
    return new DisconnectedError(
      "io.refused",
      `Cannot connect ${local.host} with ${addressText(peer)}: nothing listens there`,
      { help: `call listen first${others.length === 0 ? "" : `; there are ${others.join(", ")}`}` },
    );
  }

  /** Cuts two hosts off from each other: datagrams between them are lost, and streams stand still. */
  partition(a: string, b: string): void {
    this.#wire.cut(a, b);
  }

  /** Joins two hosts again: what streams have held back is sent again. */
  repair(a: string, b: string): void {
    this.#wire.repair(a, b);
  }

  /**
   * Ends everything at work on a host at once: its listeners, sockets and streams. The other ends are reset as soon as word of it reaches them. The host can be
   * used again, as after a restart.
   */
  crash(host: string): void {
    for (const tenant of this.#tenants.get(host) ?? []) tenant.crash();
  }
}

function address(host: string, port: number): Address {
  if (typeof host !== "string" || host === "")
    throw new TypeError(`Cannot name a host as 'host' must be a text that is not empty: received ${quote(host)}`);
  if (!Number.isInteger(port) || port < 1 || port > 65_535)
    throw new RangeError(`Cannot name a port as 'port' must be an integer from 1 to 65535: received ${quote(port)}`);
  return { host, port };
}

function range(latency: NonNullable<NetworkOptions["latency"]>): readonly [number, number] {
  const [shortest, longest] = Array.isArray(latency) ? latency : [latency, latency];
  const times = [shortest, longest].map((time) => toMilliseconds(time, "make a network", "latency"));
  if (times[0]! > times[1]!)
    throw new RangeError(
      `Cannot make a network as 'latency' must begin with the shortest: received [${times.join(", ")}]`,
    );
  return [times[0]!, times[1]!];
}

/**
 * Makes a network of simulated hosts in the current runtime: hosts are names, connections are streams, and everything takes virtual time. Latencies and losses
 * follow from a seed, so that a failure can be repeated.
 *
 * @throws NoRuntimeError outside of a runtime
 * @throws TypeError or RangeError if an option is wrong
 *
 * @example
 * ```ts
 * import { async, spawn } from "heddle";
 * import { network, testRuntime } from "heddle/test";
 *
 * const main = async(function* () {
 *   const net = network({ latency: 20 });
 *   const listener = net.listen("server", 80);
 *   const server = spawn((function* () {
 *     const stream = yield* listener.accept();
 *     yield* stream.write(new TextEncoder().encode("hello"));
 *     yield* stream.shutdown();
 *   })());
 *   const stream = yield* net.connect("client", "server", 80);
 *   const into = new Uint8Array(64);
 *   const count = yield* stream.read(into);
 *   console.log(new TextDecoder().decode(into.subarray(0, count)), yield* stream.read(into));
 *   yield* server;
 * });
 * await testRuntime().run(main());
 * // prints: hello 0
 * ```
 */
export function network(options: NetworkOptions = {}): Network {
  return new Network(options);
}
