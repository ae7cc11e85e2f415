/**
 * Session: what the server knows of one client. Commands read and write it.
 */
import type { Db } from "./db.js";
import type { Bytes } from "./resp/bytes.js";
import type { ServerCodec } from "./resp/codecs.js";
import { Subscriptions } from "./subscriptions.js";

export class Session {
  readonly id: number;
  readonly db: Db;
  readonly codec: ServerCodec;
  readonly subscriptions: Subscriptions;
  /** What the client calls itself. */
  name: Bytes = "";
  /** The client has said goodbye. */
  isOver = false;

  constructor(id: number, db: Db, codec: ServerCodec) {
    this.id = id;
    this.db = db;
    this.codec = codec;
    this.subscriptions = new Subscriptions(db.channels);
  }
}
