import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, test } from "node:test";
import { commandOf } from "../../base/program.kit.js";
import { CancellationToken, run } from "../../index.js";
import { mpsc } from "../../sync.js";
import { start } from "./threads.kit.js";

describe("A CancellationToken between threads", () => {
  test("stops a computation that lets nothing else run there", async () => {
    const token = new CancellationToken();
    const [steps, came] = mpsc.channel<string>(1);
    const job = start("compute", token, steps);
    await run(came.recv());
    token.cancel("enough");
    assert.equal(await job, "enough");
  });

  test("cancelled by a thread wakes those who wait here, and goes on to others when that thread is gone", async () => {
    const token = new CancellationToken();
    const [first, second] = [start("cancelAt", token, 30), start("untilCancelled", token)];
    await run(token.cancelled());
    await first;
    assert.equal(await second, "from a thread");
    assert.equal(token.reason, "from a thread");
  });

  test("keeps the process while somebody waits for it, and not because its signal was read", () => {
    const program = (text: string) => {
      const imports = `
        import { run, CancellationToken } from ${JSON.stringify(new URL("../../index.js", import.meta.url).href)};
        import { start } from ${JSON.stringify(new URL("./threads.kit.js", import.meta.url).href)};
        const token = new CancellationToken();
        const job = start("cancelAt", token, 200);
        job.unref();
      `;
      const { stdout, status } = spawnSync(...commandOf(imports + text), { encoding: "utf8", timeout: 20_000 });
      return [stdout, status];
    };
    assert.deepEqual(program(`run(token.cancelled()).then(() => console.log(token.reason));`), ["from a thread\n", 0]);
    assert.deepEqual(program(`token.signal; console.log("end");`), ["end\n", 0]);
  });
});
