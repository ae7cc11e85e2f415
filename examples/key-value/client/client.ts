/**
 * Client: commands over one connection, for as many tasks as like.
 *
 *     task ──call──► channel ──► writing ──requests──► server
 *       ▲                           │ in order             │
 *       └──oneshot──── asked ◄──────┘                      │
 *                        └───────► reading ◄──replies──────┘
 *
 * One task owns the connection. It does not wait for one reply before it sends the next request, so calls made at the same time are pipelined by themselves.
 * And a call that is dropped leaves nothing in disorder: its reply comes in its turn, and nobody wants it.
 */
import { async, DisconnectedError, END, type JoinHandle, pending, race, spawn } from "heddle";
import { Framed } from "heddle/io";
import { TcpStream, type ToSocketAddress } from "heddle/net";
import { mpsc, oneshot } from "heddle/sync";
import { toBytes, toText } from "../resp/bytes.js";
import { ClientCodec } from "../resp/codecs.js";
import { Fault, OK, type Reply } from "../resp/reply.js";
import type { Request } from "../resp/request-decoder.js";

/** A request, and who wants the reply. */
interface Call {
  readonly request: Request;
  readonly reply: oneshot.Sender<Reply>;
}

/** The server has refused a command, and says why. */
export class CommandError extends Error {
  override readonly name = "CommandError";
}

export interface SetOptions {
  /** After so many milliseconds the key is gone. */
  expiresIn?: number;
  /** Set it only if it is new, or only if it is there. */
  only?: "new" | "existing";
}

export class Client {
  readonly #calls: mpsc.Sender<Call>;
  readonly #driving: JoinHandle<void>;

  private constructor(connection: TcpStream) {
    const [sender, receiver] = mpsc.channel<Call>(64);
    this.#calls = sender;
    this.#driving = spawn(drive(connection, receiver), { name: "client" });
  }

  static connect = async(function* (address: ToSocketAddress) {
    return new Client(yield* TcpStream.connect(address, { noDelay: true }));
  });

  /** Any command: its name, and its arguments. **Cancel safety**: dropped while it waits for the reply, the command may have been done. */
  @async
  *call(...args: string[]) {
    const [tx, rx] = oneshot.channel<Reply>();
    yield* this.#calls.send({ request: args.map(toBytes), reply: tx });
    const reply = yield* rx;
    if (reply instanceof Fault) throw new CommandError(toText(reply.text));
    return reply;
  }

  @async
  *get(key: string) {
    const value = yield* this.call("GET", key);
    return value === null ? null : toText(value as string);
  }

  /** @returns whether it was set */
  @async
  *set(key: string, value: string, { expiresIn, only }: SetOptions = {}) {
    const time = expiresIn === undefined ? [] : ["PX", String(expiresIn)];
    const condition = only === undefined ? [] : [only === "new" ? "NX" : "XX"];
    return (yield* this.call("SET", key, value, ...time, ...condition)) === OK;
  }

  /** @returns how many of the keys were there */
  delete(...keys: string[]) {
    return this.#count("DEL", ...keys);
  }

  increment(key: string) {
    return this.#count("INCR", key);
  }

  /** @returns how many subscribers were reached */
  publish(channel: string, message: string) {
    return this.#count("PUBLISH", channel, message);
  }

  #count(...args: string[]) {
    return countOf(this.call(...args));
  }

  /** Waits for the replies to all calls, and closes the connection. */
  close() {
    return closing(this.#calls, this.#driving);
  }
}

const countOf = async(function* (call: Generator<any, Reply, any>) {
  return Number(yield* call);
});

const closing = async(function* (calls: mpsc.Sender<Call>, driving: JoinHandle<void>) {
  calls.close();
  yield* driving;
});

/** Owns the connection until there are no more calls, or no server. */
const drive = async(function* (connection: TcpStream, calls: mpsc.Receiver<Call>) {
  const line = new Framed<Reply, Request>(connection, new ClientCodec());
  const asked: Call[] = [];
  try {
    yield* race([reading(line, asked), writing(line, calls, asked)]);
  } catch (error) {
    // The server is gone: that is told to those who wait, below, and is nobody else's concern.
    if (!(error instanceof DisconnectedError)) throw error;
  } finally {
    // Those whose reply will not come find out by a DisconnectedError of their own.
    for (const { reply } of asked) reply.close();
    calls.close();
    for (let call; typeof (call = calls.tryRecv()) === "object";) call.reply.close();
    connection[Symbol.dispose]();
  }
});

const writing = async(function* (line: Framed<Reply, Request>, calls: mpsc.Receiver<Call>, asked: Call[]) {
  for (let call; (call = yield* calls.recv()) !== END;) {
    asked.push(call);
    yield* line.feed(call.request);
    if (calls.isEmpty) yield* line.flush();
  }
  yield* line.close();
  yield* pending(); // the server sends the last replies, and then closes too
});

const reading = async(function* (line: Framed<Reply, Request>, asked: Call[]) {
  for (let reply; (reply = yield* line.next()) !== END;) {
    const { reply: tx } = asked.shift()!;
    if (!tx.isClosed) tx.send(reply);
  }
});
