/**
 * What C7 has threads do: the same client in plain code that blocks. Each line waits until what it asks for is done.
 */
import { task, thread } from "heddle/thread";
import { BlockingConnection } from "../programs/blocking-connection.js";
import { type Report, report } from "./client.js";

/** Who it is, where the server is, and how long a second takes. */
export interface Order {
  readonly n: number;
  readonly port: number;
  readonly second: number;
}

/** One client. Gives what it has to say when it has finished. */
export function blockingClient({ n, port, second }: Order): Report[] {
  const reports = [report(n, "started")];
  thread.sleep(2 * second);
  const connection = new BlockingConnection(port);
  connection.write(`message ${n}\n`);
  reports.push(report(n, "has written"));
  reports.push(report(n, `was answered: ${connection.readLine()}`));
  connection.close();
  thread.sleep(4 * second);
  reports.push(report(n, `finished on thread ${thread.id}`));
  return reports;
}
task(import.meta, blockingClient);
