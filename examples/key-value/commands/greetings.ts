/**
 * PING, HELLO, QUIT, and what clients ask before they begin: CLIENT, COMMAND, CONFIG, INFO, SELECT. Of those, as much as redis-cli, redis-benchmark and
 * the usual libraries need.
 */
import type { Bytes } from "../resp/bytes.js";
import { Fault, OK, PONG, type Reply } from "../resp/reply.js";
import type { Session } from "../session.js";
import { type Command, SYNTAX } from "./command.js";

/** What it says it is: the version whose answers it gives. */
const VERSION = "7.0.0";

function ping({ codec, subscriptions }: Session, [message]: readonly Bytes[]): Reply {
  if (codec.protocol === 2 && subscriptions.size > 0) return ["pong", message ?? ""];
  return message ?? PONG;
}

function hello(session: Session, args: readonly Bytes[]): Reply {
  const [version] = args;
  if (version !== undefined && version !== "2" && version !== "3")
    throw new Fault("NOPROTO unsupported protocol version");
  let { name } = session;
  for (let i = 1; i < args.length; i += 2) {
    const option = args[i]!.toUpperCase();
    if (option === "AUTH") throw new Fault("ERR AUTH called without any password configured for the default user");
    if (option !== "SETNAME" || i + 1 >= args.length) throw SYNTAX;
    name = args[i + 1]!;
  }
  session.name = name;
  if (version !== undefined) session.codec.protocol = version === "2" ? 2 : 3;
  return new Map<Reply, Reply>([
    ["server", "redis"],
    ["version", VERSION],
    ["proto", session.codec.protocol],
    ["id", session.id],
    ["mode", "standalone"],
    ["role", "master"],
    ["modules", []],
  ]);
}

function quit(session: Session): Reply {
  session.isOver = true;
  return OK;
}

function client(session: Session, [what, value]: readonly Bytes[]): Reply {
  switch (what!.toUpperCase()) {
    case "ID":
      return session.id;
    case "GETNAME":
      return session.name === "" ? null : session.name;
    case "SETNAME":
      session.name = value ?? "";
      return OK;
    case "SETINFO":
      return OK;
    default:
      throw new Fault(`ERR unknown subcommand '${what}'. Try CLIENT ID, GETNAME, SETNAME or SETINFO.`);
  }
}

/** No setting has a value here, but redis-benchmark insists on an answer. */
function config(_session: Session, [what, ...names]: readonly Bytes[]): Reply {
  if (what!.toUpperCase() !== "GET") throw new Fault("ERR only CONFIG GET is supported");
  return new Map<Reply, Reply>(names.map((name) => [name, ""]));
}

function info({ db }: Session): Reply {
  return `# Server\r\nredis_version:${VERSION}\r\n# Persistence\r\nloading:0\r\n# Keyspace\r\ndb0:keys=${db.size}\r\n`;
}

export const greetings: readonly Command[] = [
  { name: "ping", least: 0, most: 1, isForSubscribers: true, run: ping },
  { name: "hello", least: 0, run: hello },
  { name: "quit", least: 0, isForSubscribers: true, run: quit },
  { name: "client", least: 1, run: client },
  { name: "command", least: 0, run: () => [] },
  { name: "config", least: 1, run: config },
  { name: "info", least: 0, run: info },
  {
    name: "select",
    least: 1,
    most: 1,
    run: (_session, [index]) => (index === "0" ? OK : new Fault("ERR DB index is out of range")),
  },
];
