import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { async, type Future, type JoinHandle, run, Runtime, sleep } from "../../index.js";
import { start } from "./threads.kit.js";

const runtime = new Runtime();
after(() => runtime.shutdown());
const spawn = <T>(future: Future<T>, options?: { name: string }): JoinHandle<T> => runtime.spawn(future, options);

describe("A JoinHandle between threads", () => {
  test("is joined on another thread, and aborted from there", async () => {
    const handle = spawn(
      async(function* () {
        yield* sleep(50);
        return "here";
      })(),
    );
    assert.equal(await start("joinIt", handle), "here");
    const endless = spawn(sleep(60_000));
    assert.equal(await start("abortIt", endless), "AbortError");
    assert.equal((await run(endless.settled())).status, "rejected");
  });

  test("fails when the thread of its task has died, and outlives those that only passed it on", async () => {
    const job = start<[JoinHandle<string>]>("spawnThere", 60_000);
    const [dies] = await job;
    const joins = assert.rejects(dies.then(), { name: "JoinError", code: "thread.ended" });
    await job.worker.terminate();
    await joins;
    const [lives] = (await start("giveBack", spawn(sleep(300)))) as [JoinHandle<void>];
    assert.equal(await lives, undefined);
  });
});
