/**
 * For tests of what opens a socket: it is dropped at every point, after each of its polls, and no socket is left, nor a wait.
 */
import assert from "node:assert/strict";
import { PENDING, type Future } from "../future/poll.js";
import { Runtime } from "../runtime/runtime.js";
import { spawnMock } from "../test.js";

/** What was opened after all. */
type Opened = Partial<Disposable> & { close?(): unknown };

const pause = (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 1));

async function settled(what: string, holds: () => boolean): Promise<void> {
  for (let n = 0; !holds(); n++) {
    assert.ok(n < 5000, what);
    await pause();
  }
}

/** HOST: Bun and Deno do not tell what their loops have. */
export const tellsSockets: boolean = !("Bun" in globalThis || "Deno" in globalThis);

/** How many sockets the event loop has, those included that listen. */
function sockets(): number {
  // Not in Node's types of 20: to look at the network takes long.
  (process.report as { excludeNetwork?: boolean }).excludeNetwork = true;
  const { libuv } = process.report.getReport() as unknown as { libuv: { type: string }[] };
  return libuv.filter(({ type }) => ["tcp", "udp", "pipe"].includes(type)).length;
}

/** Polls it `polls` times, whenever it was woken, and drops it then. Whether it was over before. */
async function droppedAfter(polls: number, future: Future<Opened>): Promise<boolean> {
  const runtime = new Runtime();
  const mock = spawnMock(future, { runtime });
  let isOver = false;
  for (let n = 0; n < polls && !isOver; n++) {
    const opened = mock.poll();
    if (opened === PENDING) await settled("it was woken", () => mock.isWoken);
    else {
      isOver = true;
      if (Symbol.dispose in opened) opened[Symbol.dispose]!();
      else opened.close?.();
    }
  }
  if (!isOver) mock.drop();
  // Its cleanups may await.
  while (!isOver && !mock.dropped) {
    try {
      mock.poll();
    } catch (error) {
      assert.equal((error as Error).name, "AbortError");
      break;
    }
    await pause();
  }
  assert.equal(runtime.metrics().timers, 0);
  await runtime.shutdown();
  return isOver;
}

/** Drops what `open` makes at every point. Answers how many polls it took. */
export async function leavesNothing(open: () => Future<Opened>): Promise<number> {
  const before = sockets();
  for (let polls = 0; ; polls++) {
    assert.ok(polls < 100);
    const isOver = await droppedAfter(polls, open());
    await settled("every socket is closed", () => sockets() <= before);
    if (isOver) return polls;
  }
}
