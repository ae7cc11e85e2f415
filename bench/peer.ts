/**
 * The process of one peer: `node --expose-gc peer.js <file> <question> <peer> <count>`.
 *
 * Each line on its input is a turn: it does one round, collects its garbage and answers with one line of JSON.
 */
import { createInterface } from "node:readline";
import { questionsIn } from "./questions.js";

const [file, name, peer, count] = process.argv.slice(2);
const question = (await questionsIn(file)).find((candidate) => candidate.name === name);
const setup = question?.peers[peer];
if (!setup) throw new Error(`Cannot answer "${name}" as "${peer}": there is no such pair`);
const round = await setup(Number(count));

for await (const _turn of createInterface({ input: process.stdin })) {
  const readings = await round();
  globalThis.gc?.();
  process.stdout.write(`${JSON.stringify(readings)}\n`);
}
// A peer that serves would go on for ever.
process.exit();
