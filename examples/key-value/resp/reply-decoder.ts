/**
 * ReplyDecoder: the replies that a server sends, out of the bytes that have come.
 *
 * An array, a map or a push is open until all its items are there. The open ones are a stack, the outermost first, so that it can stop anywhere
 * and go on when more bytes have come.
 */
import { type ByteQueue, type Decoder, INCOMPLETE } from "heddle/io";
import { Fault, OK, Push, type Reply, Simple } from "./reply.js";

/** What has items in it, some of which are missing. */
class Open {
  readonly #sign: string;
  readonly items: Reply[] = [];
  left: number;

  constructor(sign: string, count: number) {
    this.#sign = sign;
    this.left = sign === "%" ? 2 * count : count;
  }

  whole(): Reply {
    if (this.#sign === ">") return new Push(this.items);
    if (this.#sign === "*") return this.items;
    const map = new Map<Reply, Reply>();
    for (let i = 0; i < this.items.length; i += 2) map.set(this.items[i]!, this.items[i + 1]!);
    return map;
  }
}

const LF = 10;

export class ReplyDecoder implements Decoder<Reply> {
  readonly #open: Open[] = [];

  decode(queue: ByteQueue): Reply | typeof INCOMPLETE {
    for (;;) {
      let item = decodeItem(queue);
      if (item === INCOMPLETE) return INCOMPLETE;
      if (item instanceof Open) {
        if (item.left > 0) {
          this.#open.push(item);
          continue;
        }
        item = item.whole();
      }
      const whole = this.#close(item);
      if (whole !== INCOMPLETE) return whole;
    }
  }

  /** Puts an item where it belongs, and closes what is complete with it. */
  #close(item: Reply): Reply | typeof INCOMPLETE {
    for (let within = this.#open.at(-1); within !== undefined; within = this.#open.at(-1)) {
      within.items.push(item);
      if (--within.left > 0) return INCOMPLETE;
      item = within.whole();
      this.#open.pop();
    }
    return item;
  }
}

/** The next item, or what has items in it and is open. */
function decodeItem(queue: ByteQueue): Reply | Open | typeof INCOMPLETE {
  const end = queue.indexOf(LF);
  if (end === -1) return INCOMPLETE;
  const { buffer, byteOffset, length } = queue.bytes;
  const bytes = Buffer.from(buffer, byteOffset, length);
  const sign = String.fromCharCode(bytes[0]!);
  const text = bytes.toString("latin1", 1, end - 1);
  let behind = end + 1;
  let item: Reply | Open;
  if (sign === "$") {
    const size = Number(text);
    if (size < 0) item = null;
    else {
      if (length < behind + size + 2) return INCOMPLETE;
      item = bytes.toString("latin1", behind, behind + size);
      behind += size + 2;
    }
  } else item = ofLine(sign, text);
  queue.discard(behind);
  return item;
}

function ofLine(sign: string, text: string): Reply | Open {
  switch (sign) {
    case "+":
      return text === "OK" ? OK : new Simple(text);
    case "-":
      return new Fault(text);
    case ":": {
      const number = Number(text);
      return Number.isSafeInteger(number) ? number : BigInt(text);
    }
    case "_":
      return null;
    case "*":
    case "%":
    case ">":
      return Number(text) < 0 ? null : new Open(sign, Number(text));
    default:
      throw new Error(`Cannot read a reply as it begins with "${sign}": the other side is no such server`);
  }
}
