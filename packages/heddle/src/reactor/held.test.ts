import assert from "node:assert/strict";
import { test } from "node:test";
import { async, fromPromise, run } from "../index.js";
import { Held } from "./held.js";

/** With nothing left to run, the turn is over; the promise brings the next. */
const turnEnds = () => fromPromise(Promise.resolve());

/** What a host would be told. */
class Thing {
  readonly told: string[] = [];
  ref(): void {
    this.told.push("ref");
  }
  unref(): void {
    this.told.push("unref");
  }
  news(): string[] {
    return this.told.splice(0);
  }
}

test("Held tells the host at once of the first who waits, and outside of turns of the last who stops", () => {
  const thing = new Thing();
  const held = new Held(thing);
  assert.deepEqual(thing.news(), ["unref"]);
  held.stop();
  assert.deepEqual(thing.news(), []); // nobody waited
  held.wait();
  held.wait();
  assert.deepEqual(thing.news(), ["ref"]);
  held.stop();
  assert.deepEqual(thing.news(), ["unref"]);
});

test("Held tells the host when a turn ends that nobody waits, and nothing of waits that follow each other within one", async () => {
  const thing = new Thing();
  const held = new Held(thing);
  const trace: string[][] = [thing.news()];
  const main = async(function* () {
    held.wait();
    for (let i = 0; i < 3; i++) {
      held.stop();
      held.wait();
    }
    trace.push(thing.news());
    yield* turnEnds();
    trace.push(thing.news()); // a turn has ended while it was awaited
    held.stop();
    held.wait();
    held.stop();
    trace.push(thing.news());
    yield* turnEnds();
    trace.push(thing.news());
    held.wait();
  });
  await run(main());
  trace.push(thing.news());
  assert.deepEqual(trace, [["unref"], ["ref"], [], [], ["unref"], ["ref"]]);
});
