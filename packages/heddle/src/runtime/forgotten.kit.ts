/**
 * What tests of forgotten things share: a task that is over, and whatever the collector finds of it.
 */
import { collectGarbage } from "../base/garbage.kit.js";
import { async, Runtime, type Warning } from "../index.js";

const macrotask = () => new Promise((resolve) => setImmediate(resolve));

/** Runs a task and collects the garbage it left. Answers the warnings. */
export async function warningsOf<A extends unknown[]>(
  body: (...args: A) => Generator<any, unknown, any>,
  ...args: A
): Promise<Warning[]> {
  const warnings: Warning[] = [];
  const runtime = new Runtime({
    startPaused: true,
    rngSeed: 1,
    blockedAfter: { minutes: 1 },
    onWarning: (warning) => warnings.push(warning),
  });
  await runtime.run(async(body)(...args)).catch(() => {});
  await runtime.shutdown();
  for (let i = 0; i < 4; i++) {
    await macrotask();
    collectGarbage();
  }
  await macrotask();
  return warnings;
}
