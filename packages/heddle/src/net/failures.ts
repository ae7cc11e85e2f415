/**
 * What is said when the network refuses. The system's error is the `cause`.
 */
import { DisconnectedError, HeddleError, quote } from "../base/errors.js";
import { translated } from "../io/failures.js";

interface Reason {
  readonly code: string;
  readonly text: string;
  readonly help?: string;
  /** The other side is at fault. */
  readonly isTheirs?: true;
}

const REASONS: Record<string, Reason> = {
  EADDRINUSE: {
    code: "net.in-use",
    text: "the address is in use",
    help: "choose another port (0 takes a free one), or end what listens there; a socket file that nobody listens at may be removed",
  },
  EADDRNOTAVAIL: { code: "net.unavailable", text: "this machine has no such address" },
  EACCES: { code: "net.denied", text: "it is not permitted", help: "ports below 1024 are for privileged users" },
  EPERM: { code: "net.denied", text: "it is not permitted" },
  ECONNREFUSED: { code: "net.refused", text: "nobody listens there", isTheirs: true },
  ENOENT: { code: "net.refused", text: "there is no such socket file", isTheirs: true },
  ECONNRESET: { code: "net.disconnected", text: "the other side closed the connection", isTheirs: true },
  EPIPE: { code: "net.disconnected", text: "the other side closed the connection", isTheirs: true },
  ECONNABORTED: { code: "net.disconnected", text: "the connection was aborted", isTheirs: true },
  EHOSTUNREACH: { code: "net.unreachable", text: "there is no way to the host", isTheirs: true },
  ENETUNREACH: { code: "net.unreachable", text: "there is no way to the network", isTheirs: true },
  ETIMEDOUT: { code: "net.timed-out", text: "the other side did not answer", isTheirs: true },
  ENOTFOUND: { code: "net.unknown-host", text: "no such host is known" },
  EAI_AGAIN: { code: "net.unknown-host", text: "the name could not be looked up just now" },
  EMFILE: {
    code: "net.too-many-open",
    text: "this process has as many files and sockets open as it may",
    help: "close some, or raise the limit (ulimit -n)",
  },
  ENFILE: { code: "net.too-many-open", text: "the system has as many files and sockets open as it may" },
  ERR_SSL_WRONG_VERSION_NUMBER: { code: "net.failed", text: "what it answers is no TLS", isTheirs: true },
  EMSGSIZE: { code: "net.too-long", text: "it is too long for one datagram" },
};

/** @param deed what was to be done: `connect to 127.0.0.1:80` */
export function networkError(deed: string, error: unknown): HeddleError {
  const cause = innermost(error);
  const { code, text, help, isTheirs } = REASONS[cause.code ?? ""] ?? unnamed(cause);
  const Class = isTheirs === true ? DisconnectedError : HeddleError;
  return new Class(code, `Cannot ${deed}: ${text}`, { help, cause: error });
}

/** As {@link networkError}, of a connection that was there. That the other side has gone is said as reads and writes of every stream say it. */
export function broken(deed: string, error: unknown): unknown {
  const said = translated(deed, error);
  return said === error ? networkError(deed, error) : said;
}

// What OpenSSL says of certificates has many codes, and one meaning.
const CERTIFICATE = /CERT|_CA_|ALTNAME|ISSUER|SELF_SIGNED|UNABLE_TO_/;

function unnamed({ code = "", message }: { code?: string; message: string }): Reason {
  if (!CERTIFICATE.test(code)) return { code: "net.failed", text: message };
  return {
    code: "net.untrusted",
    text: `its certificate is not trusted: ${message}`,
    help: "pass the certificate of who signed it as { ca }, and the name it is for as { serverName }",
  };
}

/** Of several addresses that were tried, the last error stands for all. */
function innermost(error: unknown): { code?: string; message: string } {
  const last = error instanceof AggregateError ? (error.errors.at(-1) as unknown) : error;
  return last instanceof Error ? last : { message: quote(last), ...(last as object) };
}
