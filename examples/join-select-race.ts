/**
 * D3: three ways to wait for several futures. `join` waits for all, `select` acts on the first and drops the rest, `race` gives the
 * first value. What is dropped runs its cleanup, and nothing else.
 */
import { async, join, race, select, sleep } from "heddle";
import { example } from "./stage/example.js";
import { isTimed, print, printed, scaled, stopwatch, text } from "./stage/stage.js";

const runner = async(function* (name: string, seconds: number) {
  let finished = false;
  try {
    yield* sleep(scaled(seconds * 1000));
    finished = true;
    print(`${name} finishes`);
    return name;
  } finally {
    if (!finished) print(`${name} is dropped, and cleans up`);
  }
});

const entrants = () => [runner("hare", 1), runner("hedgehog", 2), runner("tortoise", 3)] as const;

const DROPPED = ["hare finishes", "hedgehog is dropped, and cleans up", "tortoise is dropped, and cleans up"];

/** Whether all three are over before `act` is printed. Where the machine may be busy more than one may have finished by then. */
function isLast(act: string, lines: string[]): boolean {
  if (isTimed()) return lines.join() === [...DROPPED, `${act} hare`].join();
  const over = lines.slice(0, 3).filter((line) => /finishes$|is dropped, and cleans up$/.test(line));
  return lines.length === 4 && over.length === 3 && lines[3]!.startsWith(act);
}

export const joinSelectRace = example(import.meta, {
  id: "D3",
  program: "join, select and race of three futures",
  expected: "join: all three; select and race: the first, and the others clean up",
  play: async(function* () {
    let elapsed = stopwatch();
    const all = yield* join(...entrants());
    const joined = elapsed();

    elapsed = stopwatch();
    const [hare, hedgehog, tortoise] = entrants();
    const first = yield* select({ hare, hedgehog, tortoise });
    print(`select acts on ${first.key}`);
    const selected = elapsed();

    elapsed = stopwatch();
    const winner = yield* race(entrants());
    print(`race gives ${winner}`);
    const raced = elapsed();

    return {
      measured: `join ${text(joined)} (${all.length} values); select ${text(selected)}, race ${text(raced)} (${winner})`,
      checks: {
        "join takes as long as the slowest": joined >= scaled(3000) - 3,
        "select and race take as long as the quickest": Math.max(selected, raced) < 0.9 * joined || !isTimed(),
        "join waits for all": printed().slice(0, 3).join() === "hare finishes,hedgehog finishes,tortoise finishes",
        "what select drops cleans up before it acts": isLast("select acts on", printed().slice(3, 7)),
        "what race drops cleans up too": isLast("race gives", printed().slice(7)),
      },
      figures: { joined, selected, raced },
    };
  }),
});
