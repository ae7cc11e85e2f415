/**
 * Clients for a server under test: `node http-load.js <port> <requests> <connections>`.
 *
 * They are a process of their own, so that the server's CPU time is the server's alone. Each connection is kept open and has one request
 * under way; every answer is checked. Ends with 1 if one is wrong.
 */
import { connect } from "node:net";

const [port, requests, connections] = process.argv.slice(2).map(Number);
const REQUEST = "GET /hello HTTP/1.1\r\nHost: localhost\r\nAccept: */*\r\n\r\n";
const ANSWER = /^HTTP\/1\.1 200 OK\r\n[^]*?\r\n\r\nhello$/;

let asked = 0;
for (let n = 0; n < connections; n++) {
  const socket = connect(port, "127.0.0.1").setNoDelay(true).setEncoding("latin1");
  let answer = "";
  const ask = (): void => {
    if (asked === requests) return void socket.end();
    asked++;
    socket.write(REQUEST);
  };
  socket.on("connect", ask);
  socket.on("data", (text) => {
    answer += text;
    if (!answer.endsWith("hello")) return;
    if (!ANSWER.test(answer)) throw new Error(`Cannot trust this server: it answered ${JSON.stringify(answer)}`);
    answer = "";
    ask();
  });
}
