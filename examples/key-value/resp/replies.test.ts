import assert from "node:assert/strict";
import { test } from "node:test";
import { toBytes, toText } from "./bytes.js";
import { ClientCodec, ServerCodec } from "./codecs.js";
import { Fault, OK, Push, type Reply, Several, Simple } from "./reply.js";
import { decodeAll, encodeAll, everySplit } from "./resp.kit.js";

const map = new Map<Reply, Reply>([["proto", 3]]);

/** A reply, as it goes over the wire in RESP2, and in RESP3 if that is something else. */
const wire: [Reply, string, string?][] = [
  [OK, "+OK\r\n"],
  [new Simple("PONG"), "+PONG\r\n"],
  [new Fault("ERR no\r\nsuch"), "-ERR no  such\r\n"], // one line, whatever is in it
  [-7, ":-7\r\n"],
  [2n ** 63n - 1n, ":9223372036854775807\r\n"],
  ["", "$0\r\n\r\n"],
  ["a\r\nb", "$4\r\na\r\nb\r\n"],
  ["\u00e9".repeat(100), `$100\r\n${"\u00e9".repeat(100)}\r\n`],
  [null, "$-1\r\n", "_\r\n"],
  [[], "*0\r\n"],
  [["a", [1, null]], "*2\r\n$1\r\na\r\n*2\r\n:1\r\n$-1\r\n", "*2\r\n$1\r\na\r\n*2\r\n:1\r\n_\r\n"],
  [map, "*2\r\n$5\r\nproto\r\n:3\r\n", "%1\r\n$5\r\nproto\r\n:3\r\n"],
  [
    new Push(["message", "c", "m"]),
    "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n",
    ">3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$1\r\nm\r\n",
  ],
  [new Several([1, 2]), ":1\r\n:2\r\n"],
];

test("ServerCodec writes each reply in the version that the client speaks", () => {
  const codec = new ServerCodec();
  for (const [reply, two, three = two] of wire) {
    codec.protocol = 2;
    assert.equal(encodeAll(codec, [reply]), two);
    codec.protocol = 3;
    assert.equal(encodeAll(codec, [reply]), three);
  }
});

test("ClientCodec reads what ServerCodec writes, in whatever pieces it comes", () => {
  const replies = wire.map(([reply]) => reply).filter((reply) => !(reply instanceof Several));
  const codec = new ServerCodec();
  codec.protocol = 3;
  const expected = replies.map((reply) => (reply instanceof Fault ? new Fault("ERR no  such") : reply));
  for (const pieces of everySplit(encodeAll(codec, replies)))
    assert.deepEqual(decodeAll(new ClientCodec(), pieces), expected);
});

test("ClientCodec refuses what no server says", () => {
  assert.throws(() => decodeAll(new ClientCodec(), ["HTTP/1.1 400 Bad Request\r\n"]), /begins with "H"/);
});

test("toBytes() and toText() lose nothing", () => {
  const text = "caf\u00e9 \u{1f980}";
  assert.equal(toText(toBytes(text)), text);
  assert.equal(toBytes(text).length, 10);
});
