/**
 * `lookupHost`: the addresses of a name (needs Node: `node:dns`).
 */
import { lookup } from "node:dns";
import { fromCallback } from "../future/from-promise.js";
import type { Future } from "../future/poll.js";
import { type SocketAddress, type ToSocketAddress, toAddress } from "./address.js";
import { networkError } from "./failures.js";

/**
 * The addresses of a host, in the system's order of preference. An address is its own answer, without asking anybody.
 *
 * **Cancel safety**: nothing to lose. HOST: the system's lookup cannot be called off; it ends by itself, unheard.
 *
 * @param host `"example.org:443"` or `{ host, port }`; the port is handed through
 * @throws HeddleError `net.unknown-host`
 *
 * @example
 * ```ts
 * import { run } from "heddle";
 * import { lookupHost } from "heddle/net";
 *
 * console.log(await run(lookupHost("127.0.0.1:80")));
 * // prints: [ { host: '127.0.0.1', port: 80 } ]
 * ```
 */
export function lookupHost(host: ToSocketAddress): Future<SocketAddress[]> {
  const address = toAddress(host, "look a host up");
  return lookUp(address, `look ${address.host} up`);
}

/** @internal @param deed what the address is needed for */
export function lookUp({ host, port }: SocketAddress, deed: string): Future<SocketAddress[]> {
  return fromCallback<SocketAddress[]>((resolve, reject) => {
    lookup(host, { all: true, verbatim: true }, (error, found) => {
      if (error !== null) reject(networkError(deed, error));
      else resolve(found.map(({ address }) => ({ host: address, port })));
    });
  });
}
