/**
 * Addresses: how callers write them, and what is made of them.
 */
import { quote } from "../base/errors.js";
import { checkPort } from "../io/sockets.js";

/** A place on the network. IPv6 hosts stand without brackets. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/** `"127.0.0.1:8080"`, `"[::1]:80"`, `"example.org:443"`, `":8080"` (every address of this machine) or `{ host, port }`. */
export type ToSocketAddress = string | SocketAddress;

/** An address as text, which can be read again: `127.0.0.1:80`, `[::1]:80`. */
export function addressText({ host, port }: SocketAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * Reads an address.
 *
 * @param verb what is to be done with it, for the message: `connect`
 * @throws TypeError if it is none, RangeError if the port is none
 */
export function toAddress(address: ToSocketAddress, verb: string): SocketAddress {
  if (typeof address === "string") {
    const parts = /^(?:\[([^\]]*)\]|([^:]*)):(\d+)$/.exec(address);
    if (parts === null) throw notAnAddress(address, verb);
    return { host: parts[1] ?? parts[2]!, port: checkPort(Number(parts[3]), verb) };
  }
  if (typeof address !== "object" || address === null || typeof address.host !== "string")
    throw notAnAddress(address, verb);
  return { host: address.host, port: checkPort(address.port, verb) };
}

function notAnAddress(received: unknown, verb: string): TypeError {
  return new TypeError(
    `Cannot ${verb} as 'address' must be "host:port" or { host, port }: received ${quote(received)}` +
      '\nhelp: "127.0.0.1:8080", "[::1]:8080", "example.org:443", ":0"',
  );
}

/** What Node says of an end of a socket; undefined when it is not connected. */
export function addressOf(host: string | undefined, port: number | undefined): SocketAddress | undefined {
  return host === undefined || port === undefined ? undefined : { host, port };
}
