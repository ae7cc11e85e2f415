import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { run } from "../../index.js";
import { mpsc, oneshot } from "../../sync.js";
import { start } from "./threads.kit.js";

describe("A oneshot between threads", () => {
  test("carries its value to and from", async () => {
    const [tx, rx] = oneshot.channel<unknown>();
    const job = start("answer", tx, new Map([[1, [2]]]));
    assert.deepEqual(await run(rx), new Map([[1, [2]]]));
    await job;
    const [question, asked] = oneshot.channel<unknown>();
    const [steps] = mpsc.channel<string>(1);
    const asks = start("ask", asked, steps);
    question.send("well?");
    assert.equal(await asks, "well?");
  });

  test("ends with the thread of either end", async () => {
    const [tx, rx] = oneshot.channel<unknown>();
    const keeps = start("keep", tx);
    await keeps.begun;
    const value = assert.rejects(run(rx), { code: "channel.disconnected" });
    await keeps.worker.terminate();
    await value;
    const [question, asked] = oneshot.channel<unknown>();
    const [steps, came] = mpsc.channel<string>(1);
    const asks = start("ask", asked, steps);
    assert.equal(await run(came.recv()), "asks");
    const closed = run(question.closed());
    await asks.worker.terminate();
    await closed;
    assert.throws(() => question.send("late"), { code: "channel.disconnected", value: "late" });
  });
});
