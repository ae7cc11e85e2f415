/**
 * Clients for an echo server of WebSockets: `node websocket-load.js <port> <messages> <connections>`.
 *
 * Each connection has one message under way; every answer is checked. Ends with 1 if one is wrong.
 */
import { WebSocket } from "ws";

const [port, messages, connections] = process.argv.slice(2).map(Number);

let sent = 0;
for (let n = 0; n < connections; n++) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  let message = "";
  const send = (): void => {
    if (sent === messages) return socket.close();
    sent++;
    message = `message ${sent}`;
    socket.send(message);
  };
  socket.on("open", send);
  socket.on("message", (answer: Buffer) => {
    if (answer.toString() !== message) throw new Error(`Cannot trust this server: it answered ${answer.toString()}`);
    send();
  });
}
