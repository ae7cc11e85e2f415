/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/net: TCP, TLS, Unix sockets and datagrams. For Node, Bun and Deno.
 */
export type { SocketAddress, ToSocketAddress } from "./net/address.js";
export { lookupHost } from "./net/lookup-host.js";
export { ReadHalf, WriteHalf } from "./net/socket-stream.js";
export { TcpListener, type TcpListenOptions } from "./net/tcp-listener.js";
export { type TcpConnectOptions, TcpStream } from "./net/tcp-stream.js";
export { type TlsConnectOptions, TlsListener, type TlsListenOptions, TlsStream } from "./net/tls.js";
export { type Datagram, type UdpBindOptions, UdpSocket } from "./net/udp-socket.js";
export { UnixListener, UnixStream } from "./net/unix.js";
