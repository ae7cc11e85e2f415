import assert from "node:assert/strict";
import { test } from "node:test";
import { ByteQueue, INCOMPLETE } from "heddle/io";
import { ClientCodec } from "./codecs.js";
import { ProtocolError, RequestDecoder } from "./request-decoder.js";
import { decodeAll, encodeAll, everySplit } from "./resp.kit.js";

test("RequestDecoder finds the same requests in whatever pieces they come", () => {
  const requests = [["PING"], ["SET", "key", ""], ["SET", "\r\n$3\r\n", "\u00ff\u0000*"], ["GET", "k".repeat(40)]];
  const text = encodeAll(new ClientCodec(), requests);
  for (const pieces of everySplit(text)) assert.deepEqual(decodeAll(new RequestDecoder(), pieces), requests);
});

test("RequestDecoder takes what a person types, and skips what is no request", () => {
  const text = "PING\r\n\r\n*0\r\n*-1\r\n  set  a\tb \n*1\r\n$4\r\nQUIT\r\n";
  for (const pieces of everySplit(text))
    assert.deepEqual(decodeAll(new RequestDecoder(), pieces), [["PING"], ["set", "a", "b"], ["QUIT"]]);
});

test("RequestDecoder takes arguments out of the queue as they come, so that none is read twice", () => {
  const decoder = new RequestDecoder();
  const queue = new ByteQueue();
  queue.push(Buffer.from("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nva"));
  assert.equal(decoder.decode(queue), INCOMPLETE);
  assert.equal(queue.length, "va".length);
  queue.push(Buffer.from("lue\r\n"));
  assert.deepEqual(decoder.decode(queue), ["SET", "key", "value"]);
});

test("RequestDecoder says what is wrong with what is no request", () => {
  const limits = { maxBulk: 10, maxRequest: 15 };
  const cases: Record<string, string> = {
    "*x\r\n": "invalid multibulk length",
    "*\r\n": "invalid multibulk length",
    "*1\n": "invalid multibulk length", // a line ends with both
    "*1048577\r\n": "invalid multibulk length",
    "*1\r\n:1\r\n": "expected '$', got ':'",
    "*1\r\n$-1\r\n": "invalid bulk length",
    "*1\r\n$11\r\n": "invalid bulk length", // refused before any byte of it has come
    "*2\r\n$10\r\n0123456789\r\n$6\r\n": "too big request",
    "*1\r\n$4\r\nPINGS\r\n": "expected a line break behind a bulk",
    "*1x\r\n": "invalid multibulk length",
    "*1\r1\r\n": "invalid multibulk length",
    // Endless, and refused before the end.
    [`*${"1".repeat(40)}`]: "invalid multibulk length",
    [`*1\r\n$${"0".repeat(40)}`]: "invalid bulk length",
    ["x".repeat(65_537)]: "too big inline request",
  };
  for (const [text, message] of Object.entries(cases))
    assert.throws(() => decodeAll(new RequestDecoder(limits), [text]), new ProtocolError(message), text.slice(0, 30));
});
