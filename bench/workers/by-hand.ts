/** What one writes by hand: a thread that imports a module, calls what it exports, sends the answer, and ends. */
import { parentPort, workerData } from "node:worker_threads";

const { url, name, n } = workerData as { url: string; name: string; n: number };
const module = (await import(url)) as Record<string, (n: number) => number>;
parentPort!.postMessage(module[name]!(n));
