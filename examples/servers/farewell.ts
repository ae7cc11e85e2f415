/**
 * A server that wants to be told goodbye: a line `hello NAME` is answered `welcome NAME`, and `goodbye NAME`, after a while,
 * `farewell NAME`. `report` is answered with all the lines that it has heard, as JSON. The first argument is the while, in milliseconds.
 */
import { type AddressInfo, createServer } from "node:net";
import { createInterface } from "node:readline";

const delay = Number(process.argv[2] ?? 0);
const heard: string[] = [];

const server = createServer((socket) => {
  socket.on("error", () => {});
  createInterface({ input: socket }).on("line", (line) => {
    if (line === "report") {
      socket.write(`${JSON.stringify(heard)}\n`);
      return;
    }
    heard.push(line);
    const [word, name] = line.split(" ");
    if (word === "hello") socket.write(`welcome ${name}\n`);
    if (word === "goodbye") setTimeout(() => socket.write(`farewell ${name}\n`), delay);
  });
});

server.listen(0, "127.0.0.1", () => process.send!({ port: (server.address() as AddressInfo).port }));
process.on("disconnect", () => process.exit());
