import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, ServerResponse } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import { outgoingOf } from "./outgoing.js";

type Piece = string | Uint8Array;

/** How one request is answered. */
interface Script {
  readonly headers: "none" | "head" | "length";
  readonly pieces: readonly Piece[];
  readonly last: Piece | null;
  readonly encoding: "latin1" | "utf8" | undefined;
  readonly method: "GET" | "HEAD";
  /** Whether it is answered after the next request has come. */
  readonly isLate: boolean;
}

const piece = fc.oneof(
  fc.constantFrom<Piece>("", "hello", "größe", "x".repeat(70_000), new Uint8Array(0)),
  fc.uint8Array({ maxLength: 40 }),
);
const script = fc.record<Script>({
  headers: fc.constantFrom("none", "head", "length"),
  pieces: fc.array(piece, { maxLength: 3 }),
  last: fc.option(piece),
  encoding: fc.constantFrom("latin1", "utf8", undefined),
  method: fc.constantFrom("GET", "HEAD"),
  isLate: fc.boolean(),
});

/** Answers by the script, and tells in `heard` what is called back. */
function carryOut({ headers, pieces, last, encoding }: Script, answer: ServerResponse, heard: string[]): void {
  const { req } = answer;
  answer.sendDate = false;
  for (const event of ["finish", "close"]) answer.on(event, () => heard.push(`${req.url} ${event}`));
  const all = [...pieces, ...(last === null ? [] : [last])].map((each) => Buffer.from(each as string, encoding));
  if (headers === "length") answer.setHeader("content-length", Buffer.concat(all).length);
  if (headers === "head") answer.writeHead(201, { "x-a": "b" });
  for (const each of pieces) answer.write(each, encoding as BufferEncoding, () => heard.push(`${req.url} written`));
  const onEnd = (): void => void heard.push(`${req.url} ended`);
  if (last === null) answer.end(onEnd);
  else answer.end(last, encoding as BufferEncoding, onEnd);
}

/** What a client gets that sends all requests at once, and what the server hears. */
async function talk(scripts: readonly Script[], own: boolean): Promise<{ bytes: string; heard: string[] }> {
  const heard: string[] = [];
  const options = own ? { ServerResponse: outgoingOf(ServerResponse) } : {};
  const server = createServer(options, ({ url }, answer) => {
    const asked = scripts[Number(url!.slice(1))]!;
    if (asked.isLate) setImmediate(carryOut, asked, answer, heard);
    else carryOut(asked, answer, heard);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1");
  const ends = (at: number): string => (at === scripts.length - 1 ? "Connection: close\r\n" : "");
  socket.write(scripts.map(({ method }, at) => `${method} /${at} HTTP/1.1\r\nHost: a\r\n${ends(at)}\r\n`).join(""));
  let bytes = "";
  for await (const chunk of socket.setEncoding("latin1")) bytes += chunk;
  server.close();
  await once(server, "close");
  return { bytes, heard: heard.sort() };
}

test("an answer of a server has the bytes, and calls back as often, as node:http's own", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(script, { minLength: 1, maxLength: 3 }), async (scripts) => {
      assert.deepEqual(await talk(scripts, true), await talk(scripts, false));
    }),
    { numRuns: 60 },
  );
});

test("an answer that is ended with more than its content-length says has sent what node:http sends", async () => {
  const results = [];
  for (const options of [{}, { ServerResponse: outgoingOf(ServerResponse) }]) {
    const server = createServer(options, (_request, answer) => {
      answer.strictContentLength = true;
      answer.sendDate = false;
      answer.writeHead(200, { "content-length": 3 });
      assert.throws(() => answer.end("more"), { code: "ERR_HTTP_CONTENT_LENGTH_MISMATCH" });
      answer.destroy();
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    const socket = connect((server.address() as AddressInfo).port, "127.0.0.1").on("error", () => {});
    socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let bytes = "";
    for await (const chunk of socket.setEncoding("latin1")) bytes += chunk;
    results.push(bytes);
    server.close();
  }
  assert.equal(results[1], results[0]);
});
