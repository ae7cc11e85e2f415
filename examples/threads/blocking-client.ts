/**
 * What C7 has threads do: the same client in plain code that blocks. Each line waits until what it asks for is done.
 */
import type { mpsc } from "heddle/sync";
import { task, thread } from "heddle/thread";
import { BlockingConnection } from "../programs/blocking-connection.js";
import { type Report, report } from "./client.js";

export function blockingClient(n: number, port: number, second: number, listener: mpsc.UnboundedSender<Report>): void {
  listener.send(report(n, "started"));
  thread.sleep(2 * second);
  const connection = new BlockingConnection(port);
  connection.write(`message ${n}\n`);
  listener.send(report(n, "has written"));
  listener.send(report(n, `was answered: ${connection.readLine()}`));
  connection.close();
  thread.sleep(4 * second);
  listener.send(report(n, `finished on thread ${thread.id}`));
  listener.close();
}
task(import.meta, blockingClient);
