/**
 * Reply: what the server says. The classes are for what JavaScript has no type for.
 *
 * | here            | means             | RESP2            | RESP3          |
 * | --------------- | ----------------- | ---------------- | -------------- |
 * | string          | bytes             | `$3\r\nabc\r\n`  | the same       |
 * | number, bigint  | an integer        | `:1\r\n`         | the same       |
 * | `null`          | nothing there     | `$-1\r\n`        | `_\r\n`        |
 * | `Simple`        | a short word      | `+OK\r\n`        | the same       |
 * | `Fault`         | an error          | `-ERR what\r\n`  | the same       |
 * | array           | several in one    | `*2\r\n…`        | the same       |
 * | `Map`           | keys and values   | `*4\r\n…`        | `%2\r\n…`      |
 * | `Push`          | nobody asked      | `*3\r\n…`        | `>3\r\n…`      |
 * | `Several`       | several, in a row | one after the other | the same    |
 */
import type { Bytes } from "./bytes.js";

export type Reply = Bytes | number | bigint | null | Simple | Fault | Push | Several | Reply[] | Map<Reply, Reply>;

/** A short word: no line breaks in it. */
export class Simple {
  readonly text: string;
  /** As it is sent: these words are few, and sent often. */
  readonly line: Uint8Array;

  constructor(text: string) {
    this.text = text;
    this.line = Buffer.from(`+${text}\r\n`, "latin1");
  }
}

/** An error that the client is told. Its first word is its kind. */
export class Fault {
  readonly text: Bytes;

  constructor(text: Bytes) {
    // One line, whatever the client has put into it.
    this.text = text.replaceAll(/[\r\n]/g, " ");
  }
}

/** What a subscriber is told without having asked. */
export class Push {
  readonly items: readonly Reply[];

  constructor(items: readonly Reply[]) {
    this.items = items;
  }
}

/** Replies one after the other: SUBSCRIBE answers once for each channel. */
export class Several {
  readonly replies: readonly Reply[];

  constructor(replies: readonly Reply[]) {
    this.replies = replies;
  }
}

export const OK = new Simple("OK");
export const PONG = new Simple("PONG");
