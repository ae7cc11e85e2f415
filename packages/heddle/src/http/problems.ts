/**
 * Why the network did not do it: the platform's errors in heddle's words.
 */

// HOST: Node puts the system's error into `cause`, of several attempts into an AggregateError; Deno has words for it, and no code; pages are told nothing.
/** A code, a sentence, and advice for an error of the platform's network. */
export function explain(error: unknown): [code: string, problem: string, help: string | undefined] {
  let root = error as { code?: string; message?: string; cause?: unknown; errors?: unknown[] };
  while (root.code === undefined && (root.cause ?? root.errors?.[0]) !== undefined)
    root = (root.cause ?? root.errors![0]) as typeof root;
  const message = root.message || (error as { message?: string }).message || "the host does not say why";
  const code = root.code ?? WORDS.find(([words]) => words.test(message))?.[1];
  const known = PROBLEMS[code ?? ""];
  if (known !== undefined) return [known[0], `${known[1]} (${code})`, known[2]];
  return ["http.failed", code === undefined ? message : `${message} (${code})`, undefined];
}

const WENT = [
  "http.disconnected",
  "the server closed the connection before its answer was complete",
  undefined,
] as const;

const PROBLEMS: Record<string, readonly [code: string, problem: string, help: string | undefined]> = {
  ECONNREFUSED: [
    "http.refused",
    "the connection was refused",
    "start the server, or correct the host and port of the URL",
  ],
  ENOTFOUND: ["http.unknown-host", "there is no such host", "correct the host name of the URL"],
  EAI_AGAIN: ["http.unknown-host", "the name of the host cannot be looked up now", "look at the machine's network"],
  ECONNRESET: WENT,
  EPIPE: WENT,
  UND_ERR_SOCKET: WENT,
};

/** HOST: what Deno says instead of a code. */
const WORDS: readonly (readonly [words: RegExp, code: string])[] = [
  [/\bconnection refused\b/i, "ECONNREFUSED"],
  [/\bdns error\b/, "ENOTFOUND"],
  [/\bconnection reset\b|\bconnection closed before\b|^error reading a body from connection$/i, "ECONNRESET"],
];
