/**
 * C2's program: three tasks, one after another, in plain code that blocks. No runtime, no promise, no callback: each line waits until what it
 * asks for is done. The arguments are the port of the server, and how many milliseconds a second is to take.
 */
import { BlockingConnection } from "./blocking-connection.js";
import { compute } from "../stage/compute.js";

const port = Number(process.argv[2]);
const second = Number(process.argv[3]);

function sleep(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function client(n: number): void {
  console.log(`task ${n} started`);
  sleep(2 * second);
  const connection = new BlockingConnection(port);
  connection.write(`message ${n}\n`);
  console.log(`task ${n} has written`);
  console.log(`task ${n} was answered: ${connection.readLine()}`);
  connection.close();
  compute(4 * second);
  console.log(`task ${n} finished`);
}

for (const n of [1, 2, 3]) client(n);
