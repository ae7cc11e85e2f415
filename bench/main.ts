/**
 * heddle beside its peers: `node bench/dist/main.js [names…] [options]`, see README.md.
 *
 * What lives here: the command line and the order of things. How a question is asked is in harness.ts.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { ask, type Command } from "./harness.js";
import { allQuestions, type Filed } from "./questions.js";
import { format, header, rows, toJson, type Row } from "./report.js";
import { build } from "./tokio.js";

const USAGE = `node bench/dist/main.js [names…]

  names          questions, or the first part of their names (default: all)
  --rounds n     measured rounds a question (default 5)
  --quick        a tenth of the work: does everything run? Not for quoting
  --tokio        build and ask the Rust program too
  --peers a,b    only these peers (heddle, native, effect, …)
  --json file    write everything measured, each round included
  --list         print the questions and end`;

const peerFile = fileURLToPath(new URL("peer.js", import.meta.url));

async function chosen(names: readonly string[]): Promise<readonly Filed[]> {
  const questions = await allQuestions();
  const matches = (question: Filed, name: string) => question.name === name || question.name.startsWith(`${name}/`);
  for (const name of names) {
    if (questions.some((question) => matches(question, name))) continue;
    throw new Error(`Cannot ask "${name}": there is no such question\nhelp: --list prints their names`);
  }
  return names.length === 0 ? questions : questions.filter((q) => names.some((name) => matches(q, name)));
}

/** How to start each peer of a question. */
function commands(question: Filed, count: number, only: readonly string[] | undefined, tokio: string | undefined) {
  const peers = new Map<string, Command>();
  for (const peer of Object.keys(question.peers)) {
    if (only && !only.includes(peer)) continue;
    const args = ["--expose-gc", peerFile, question.file, question.name, peer, String(count)];
    peers.set(peer, { file: process.execPath, args });
  }
  if (tokio !== undefined) peers.set("tokio", { file: tokio, args: [question.name, String(count)] });
  return peers;
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: "string", default: "5" },
      quick: { type: "boolean", default: false },
      tokio: { type: "boolean", default: false },
      peers: { type: "string" },
      json: { type: "string" },
      list: { type: "boolean", default: false },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return console.log(USAGE);
  const selection = await chosen(positionals);
  if (values.list) return selection.forEach(({ name, about }) => console.log(`${name.padEnd(20)}${about}`));
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) {
    throw new Error(`Cannot run '--rounds' rounds as it must be an integer >= 1: received "${values.rounds}"`);
  }
  const tokio = values.tokio ? build() : undefined;

  const measured: Row[] = [];
  console.log(header());
  for (const question of selection) {
    const count = values.quick ? question.count / 10 : question.count;
    const peers = commands(question, count, values.peers?.split(","), tokio);
    const answers = await ask(peers, { rounds, warmups: values.quick ? 1 : 2, fresh: question.fresh });
    for (const row of rows(question, answers)) {
      measured.push(row);
      console.log(format(row));
    }
  }
  const judged = measured.filter((row) => row.verdict !== "");
  const met = judged.filter((row) => row.verdict === "met").length;
  if (judged.length > 0) console.log(`\ngoals met: ${met} of ${judged.length}`);
  if (values.quick) console.log("--quick: a tenth of the work, the figures are not for quoting");
  if (values.json !== undefined) writeFileSync(values.json, toJson(measured, { rounds, quick: values.quick }));
}

try {
  await main();
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
