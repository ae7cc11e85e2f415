/**
 * Heartbeat: notices that the other side of a WebSocket is gone although nothing says so, as when its machine or the network has died.
 *
 * | in the last interval | then                                        |
 * | -------------------- | ------------------------------------------- |
 * | something came       | nothing                                     |
 * | nothing              | it is asked, with a ping                    |
 * | nothing, though it   | it counts as gone                           |
 * | was asked            |                                             |
 *
 * HOST: it goes by the time of the host, whatever clock the runtime has: who is asked lives in real time. Its timer keeps nobody alive.
 */
import { type Duration, formatDuration, toMilliseconds } from "../base/duration.js";
import { hostTimer, later } from "../reactor/host.js";
import type { WsSocket } from "./ws-socket.js";

/** Unless options say otherwise, in milliseconds. */
const INTERVAL = 30_000;

/**
 * @param verb for messages: `connect`
 * @returns milliseconds; `Infinity` if it is switched off
 */
export function heartbeatOf(heartbeat: Duration | false | undefined, verb: string): number {
  if (heartbeat === undefined) return INTERVAL;
  if (heartbeat === false) return Infinity;
  const interval = toMilliseconds(heartbeat, verb, "heartbeat");
  if (interval >= 1) return interval;
  throw new RangeError(`Cannot ${verb} as 'heartbeat' must be at least 1 ms: received ${interval}`);
}

export class Heartbeat {
  readonly #ws: WsSocket;
  readonly #interval: number;
  readonly #gone: (error: Error) => void;
  #hasHeard = false;
  #hasAsked = false;
  #isOver = false;

  /** @param gone called once, when nothing is heard of the other side any more */
  constructor(ws: WsSocket, interval: number, gone: (error: Error) => void) {
    this.#ws = ws;
    this.#interval = interval;
    this.#gone = gone;
    if (interval === Infinity) return;
    const heard = (): void => this.heard();
    ws.on("ping", heard);
    ws.on("pong", heard);
    ws.on("close", () => {
      this.#isOver = true;
      // For the last time, instead of when it is due: until then it would keep all of this in memory.
      timer.arm(0);
    });
    const timer = hostTimer(() => {
      if (!this.#isOver) this.#look();
      if (!this.#isOver) wait();
    });
    const wait = (): void => {
      timer.arm(interval);
      timer.release();
    };
    wait();
  }

  /** A message came. Pings and their answers it hears itself. */
  heard(): void {
    this.#hasHeard = true;
  }

  #look(): void {
    // Who is not listened to cannot be heard.
    if (this.#hasHeard || this.#ws.isPaused) this.#hasAsked = false;
    else if (this.#hasAsked) {
      // The host looks at timers before it looks at sockets: where this process itself was held up, the answer is there and was not read yet.
      later(() => this.#judge());
      return;
    } else {
      this.#hasAsked = true;
      this.#ws.ping();
    }
    this.#hasHeard = false;
  }

  #judge(): void {
    if (this.#isOver) return;
    if (this.#hasHeard) {
      this.#hasHeard = this.#hasAsked = false;
      return;
    }
    this.#isOver = true;
    const silence = formatDuration(2 * this.#interval);
    this.#gone(new Error(`nothing was heard of the other side for ${silence}, although it was asked`));
  }
}
