/**
 * `answer`: from a request to its reply. Finds the command, checks what can be checked of every one, runs it.
 */
import { Fault, type Reply } from "../resp/reply.js";
import type { Request } from "../resp/request-decoder.js";
import type { Session } from "../session.js";
import { channels } from "./channels.js";
import { type Command, wrongNumber } from "./command.js";
import { greetings } from "./greetings.js";
import { keys } from "./keys.js";
import { strings } from "./strings.js";

const commands = new Map<string, Command>();
for (const command of [...strings, ...keys, ...channels, ...greetings]) {
  commands.set(command.name, command);
  // As most clients write it: saves them the conversion.
  commands.set(command.name.toUpperCase(), command);
}

/** Runs a request. It never waits, so what it does is done as one. */
export function answer(session: Session, request: Request): Reply {
  const name = request[0]!;
  const command = commands.get(name) ?? commands.get(name.toLowerCase());
  if (command === undefined) return unknown(request);
  const given = request.length - 1;
  if (given < command.least || given > (command.most ?? Infinity)) return wrongNumber(command.name);
  if (session.subscriptions.size > 0 && session.codec.protocol === 2 && command.isForSubscribers !== true)
    return new Fault(
      `ERR Can't execute '${command.name}': only SUBSCRIBE / UNSUBSCRIBE / PING / QUIT are allowed in this context`,
    );
  try {
    return command.run(session, request.slice(1));
  } catch (error) {
    if (error instanceof Fault) return error;
    throw error;
  }
}

function unknown([name, ...args]: Request): Fault {
  const shown = args.map((arg) => `'${arg.slice(0, 128)}'`).slice(0, 20);
  return new Fault(`ERR unknown command '${name!.slice(0, 128)}', with args beginning with: ${shown.join(" ")}`);
}
