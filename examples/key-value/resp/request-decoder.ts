/**
 * RequestDecoder: the requests that a client sends, out of the bytes that have come.
 *
 *     *2\r\n  $3\r\n GET\r\n  $4\r\n name\r\n     ──► ["GET", "name"]     as libraries do
 *     GET name\r\n                                ──► ["GET", "name"]     as a person with telnet does
 *
 * It stops wherever the bytes do, and goes on from there when more have come: `#left` arguments are missing, and the next one has `#length` bytes,
 * or is not announced yet. Arguments that are complete have left the queue, so a request of a million of them is read once, not once for each packet.
 */
import { type ByteQueue, type Decoder, INCOMPLETE } from "heddle/io";
import type { Bytes } from "./bytes.js";

/** A command's name and its arguments. */
export type Request = Bytes[];

/** The client does not speak the protocol: it is told so, and the connection closed. */
export class ProtocolError extends Error {
  override readonly name = "ProtocolError";
}

/** What a client may send. */
export interface Limits {
  /** How many bytes one argument may have. 64 MiB. */
  maxBulk?: number;
  /** How many bytes all arguments of one request may have together. 128 MiB. */
  maxRequest?: number;
}

const CR = 13;
const LF = 10;
const DOLLAR = 36;
const ASTERISK = 42;
const MINUS = 45;
const ZERO = 48;
const MOST_ARGUMENTS = 1024 * 1024;
/** How many digits a number may have, and how many bytes a line that a person types. */
const LONGEST_NUMBER = 20;
const LONGEST_LINE = 65_536;
const UNKNOWN = -1;

export class RequestDecoder implements Decoder<Request> {
  readonly #maxBulk: number;
  readonly #maxRequest: number;
  #args: Bytes[] = [];
  #left = 0;
  #length = UNKNOWN;
  /** How many bytes the arguments so far have. */
  #size = 0;
  /** What is in the queue, and how far it was read: only during `decode`. */
  #bytes: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor({ maxBulk = 64 * 1024 * 1024, maxRequest = 128 * 1024 * 1024 }: Limits = {}) {
    this.#maxBulk = maxBulk;
    this.#maxRequest = maxRequest;
  }

  decode(queue: ByteQueue): Request | typeof INCOMPLETE {
    if (queue.length === 0) return INCOMPLETE;
    const { buffer, byteOffset, length } = queue.bytes;
    this.#bytes = Buffer.from(buffer, byteOffset, length);
    this.#at = 0;
    try {
      // A request of nothing is skipped: a person has pressed the enter key.
      for (;;) {
        const request = this.#request();
        if (request === INCOMPLETE || request.length > 0) return request;
      }
    } finally {
      queue.discard(this.#at);
    }
  }

  #request(): Request | typeof INCOMPLETE {
    if (this.#left === 0) {
      if (this.#at === this.#bytes.length) return INCOMPLETE;
      if (this.#bytes[this.#at] !== ASTERISK) return this.#inline();
      const count = this.#number(MOST_ARGUMENTS, "multibulk");
      if (count === INCOMPLETE) return INCOMPLETE;
      if (count <= 0) return [];
      this.#left = count;
      this.#size = 0;
    }
    while (this.#left > 0) {
      const argument = this.#argument();
      if (argument === INCOMPLETE) return INCOMPLETE;
      this.#args.push(argument);
      this.#left--;
    }
    const args = this.#args;
    this.#args = [];
    return args;
  }

  #argument(): Bytes | typeof INCOMPLETE {
    if (this.#length === UNKNOWN) {
      if (this.#at === this.#bytes.length) return INCOMPLETE;
      const sign = this.#bytes[this.#at]!;
      if (sign !== DOLLAR) throw new ProtocolError(`expected '$', got '${String.fromCharCode(sign)}'`);
      const length = this.#number(this.#maxBulk, "bulk");
      if (length === INCOMPLETE) return INCOMPLETE;
      if (length < 0) throw new ProtocolError("invalid bulk length");
      this.#size += length;
      if (this.#size > this.#maxRequest) throw new ProtocolError("too big request");
      this.#length = length;
    }
    const end = this.#at + this.#length;
    if (this.#bytes.length < end + 2) return INCOMPLETE;
    if (this.#bytes[end] !== CR || this.#bytes[end + 1] !== LF)
      throw new ProtocolError("expected a line break behind a bulk");
    const argument = this.#bytes.toString("latin1", this.#at, end);
    this.#at = end + 2;
    this.#length = UNKNOWN;
    return argument;
  }

  /** The number in the line that begins here, behind its sign. */
  #number(most: number, what: string): number | typeof INCOMPLETE {
    const bytes = this.#bytes;
    const isNegative = bytes[this.#at + 1] === MINUS;
    const first = this.#at + (isNegative ? 2 : 1);
    let at = first;
    let number = 0;
    // Digit by digit: to make a string and look at that takes a quarter of the time of a small request.
    for (; at < bytes.length; at++) {
      const digit = bytes[at]! - ZERO;
      if (digit < 0 || digit > 9) break;
      number = 10 * number + digit;
    }
    const isWrong = number > most || at - first > LONGEST_NUMBER || at === first;
    if (at + 1 < bytes.length && !isWrong && bytes[at] === CR && bytes[at + 1] === LF) {
      this.#at = at + 2;
      return isNegative ? -number : number;
    }
    const isCut = at === bytes.length || (at + 1 === bytes.length && bytes[at] === CR);
    if (isCut && (!isWrong || at === first)) return INCOMPLETE;
    throw new ProtocolError(`invalid ${what} length`);
  }

  #inline(): Request | typeof INCOMPLETE {
    const end = this.#bytes.indexOf(LF, this.#at);
    if (end === -1 || end - this.#at > LONGEST_LINE) {
      if (this.#bytes.length - this.#at > LONGEST_LINE) throw new ProtocolError("too big inline request");
      return INCOMPLETE;
    }
    const line = this.#bytes.toString("latin1", this.#at, end);
    this.#at = end + 1;
    return line.split(/[ \t\r]+/).filter((word) => word !== "");
  }
}
