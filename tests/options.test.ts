/**
 * Options that are none: the number that they would hold, a text, a callback. Each call says so at once.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { async, ready, retry, run } from "heddle";
import { watch } from "heddle/fs";
import { connect, fetch, serve } from "heddle/http";
import {
  AnyDelimiterCodec,
  BufReader,
  BufWriter,
  copyBidirectional,
  duplex,
  empty,
  LengthDelimitedCodec,
  lines,
  LinesCodec,
  sink,
} from "heddle/io";
import { TcpListener, TlsListener, TlsStream, UdpSocket } from "heddle/net";
import { interval } from "heddle/time";

const AT = "127.0.0.1:0";
const nothing = async(function* () {});

/** Calls, what they say that they cannot do, and how they are given their options. */
const CALLS: [call: string, verb: string, call: (options: any) => unknown][] = [
  ["run()", "run a future", (options) => run(nothing(), options)],
  ["retry()", "retry", (options) => retry(() => ready(1), options)],
  ["interval()", "make an interval", (options) => interval(1000, options)],
  ["watch()", "watch a file", (options) => watch(import.meta.filename, options)],
  ["serve()", "serve", (options) => serve(() => new Response(), options)],
  ["fetch()", "fetch", (options) => fetch("http://localhost/", options)],
  ["connect()", "connect", (options) => connect("ws://localhost/", options)],
  ["TlsStream.connect()", "connect", (options) => TlsStream.connect(AT, options)],
  ["TcpListener.bind()", "listen", (options) => TcpListener.bind(AT, options)],
  ["TlsListener.bind()", "listen", (options) => TlsListener.bind(AT, options)],
  ["UdpSocket.bind()", "bind", (options) => UdpSocket.bind(AT, options)],
  ["copyBidirectional()", "copy", (options) => copyBidirectional(duplex(1)[0], duplex(1)[0], options)],
  ["new LengthDelimitedCodec()", "make a codec", (options) => new LengthDelimitedCodec(options)],
  ["new LinesCodec()", "make a codec", (options) => new LinesCodec(options)],
  ["new AnyDelimiterCodec()", "make a codec", (options) => new AnyDelimiterCodec(options)],
  ["lines()", "make a codec", (options) => lines(empty(), options)],
  ["new BufReader()", "make a BufReader", (options) => new BufReader(empty(), options)],
  ["new BufWriter()", "make a BufWriter", (options) => new BufWriter(sink(), options)],
];
const WRONG: [options: unknown, received: string][] = [
  [8080, "8080"],
  ["utf8", '"utf8"'],
  [() => {}, "function (anonymous)"],
  [[1], "an instance of Array"],
];

for (const [name, verb, call] of CALLS)
  test(`${name} refuses options that are none`, () => {
    for (const [options, received] of WRONG) {
      const begins = `Cannot ${verb} as 'options' must be an object: received ${received}\nhelp: for example {`;
      const says = (error: Error) => error instanceof TypeError && error.message.startsWith(begins);
      assert.throws(() => call(options), says, `${name} with ${received}`);
    }
  });
