/**
 * `encodeReply`: a reply as bytes, in the version of the protocol that the client speaks.
 */
import type { ByteQueue } from "heddle/io";
import type { Bytes } from "./bytes.js";
import { Fault, Push, type Reply, Simple } from "./reply.js";

/** A version of the protocol: a client begins with 2, and changes it with HELLO. */
export type Protocol = 2 | 3;

/** From so many characters on, one call that writes them all is quicker than a loop. */
const MANY = 32;

export function encodeReply(reply: Reply, protocol: Protocol, queue: ByteQueue): void {
  if (typeof reply === "string") {
    line(`$${reply.length}`, queue);
    line(reply, queue);
  } else if (reply instanceof Simple) queue.push(reply.line);
  else if (reply === null) line(protocol === 2 ? "$-1" : "_", queue);
  else if (typeof reply !== "object") line(`:${reply}`, queue);
  else if (reply instanceof Fault) line(`-${reply.text}`, queue);
  else if (Array.isArray(reply)) {
    line(`*${reply.length}`, queue);
    for (const item of reply) encodeReply(item, protocol, queue);
  } else if (reply instanceof Push) {
    line(`${protocol === 2 ? "*" : ">"}${reply.items.length}`, queue);
    for (const item of reply.items) encodeReply(item, protocol, queue);
  } else if (reply instanceof Map) {
    line(protocol === 2 ? `*${2 * reply.size}` : `%${reply.size}`, queue);
    for (const pair of reply) for (const item of pair) encodeReply(item, protocol, queue);
  } else for (const one of reply.replies) encodeReply(one, protocol, queue);
}

/** Puts bytes and a line break into the queue. */
export function line(bytes: Bytes, queue: ByteQueue): void {
  const { length } = bytes;
  if (length < MANY) for (let i = 0; i < length; i++) queue.pushByte(bytes.charCodeAt(i));
  else {
    const { buffer, byteOffset } = queue.room(length);
    Buffer.from(buffer, byteOffset, length).write(bytes, "latin1");
    queue.commit(length);
  }
  queue.pushByte(13);
  queue.pushByte(10);
}
