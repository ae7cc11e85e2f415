import assert from "node:assert/strict";
import { test } from "node:test";
import { async, type Future, Runtime, spawn, yieldNow } from "../index.js";
import { duplex } from "../io.js";
import { Barrier, broadcast, mpsc, Notify, oneshot, queue, SetOnce, watch } from "../sync.js";

/** What a dump says of a task that awaits `future`. */
async function waitFor(future: Future<unknown>): Promise<string> {
  const runtime = new Runtime({ startPaused: true });
  const handle = runtime.spawn(future);
  handle.detach();
  await runtime.run(yieldNow());
  const { waitsFor } = runtime.dump().tasks.find(({ id }) => id === handle.id)!;
  await runtime.shutdown();
  return waitsFor;
}

test("Runtime.dump() says of which channel a task waits, and how full that is", async () => {
  const [jobs, job] = mpsc.channel<number>(3, { name: "jobs" });
  assert.equal(await waitFor(job.recv()), 'receiver.recv(), mpsc "jobs" with 0 of 3 slots taken');
  jobs.trySend(1);
  jobs.trySend(2);
  const permit = jobs.tryReserve()!;
  const full = 'mpsc "jobs" with 3 of 3 slots taken, 2 queued';
  assert.equal(await waitFor(jobs.send(4)), `sender.send(…), ${full}`);
  assert.equal(await waitFor(jobs.reserve()), `sender.reserve(), ${full}`);
  assert.equal(await waitFor(jobs.reserveMany(2)), `sender.reserveMany(2), ${full}`);
  assert.equal(await waitFor(jobs.closed()), `sender.closed(), ${full}`);
  permit[Symbol.dispose]();

  const [post, mail] = mpsc.unbounded<number>();
  assert.equal(await waitFor(mail.recv()), "receiver.recv(), mpsc with 0 queued");
  // Until here: a sender that the collector finds is closed.
  post.close();
  const [news, paper] = broadcast.channel<string>(2, { name: "news" });
  assert.equal(await waitFor(paper.recv()), 'receiver.recv(), broadcast "news" with 0 of 2 slots taken');
  news.send("unread");
  const late = news.subscribe();
  assert.equal(await waitFor(late.recv()), 'receiver.recv(), broadcast "news" with 1 of 2 slots taken');
  const [value, seer] = watch.channel(1, { name: "value" });
  assert.equal(await waitFor(seer.changed()), 'receiver.changed(), watch "value"');
  assert.equal(await waitFor(value.closed()), 'sender.closed(), watch "value"');
  const [, answer] = oneshot.channel<number>({ name: "answer" });
  assert.equal(await waitFor(answer), 'the receiver of a oneshot, oneshot "answer"');
  const [many, one] = queue.bounded<number>(1, { name: "work" });
  assert.equal(await waitFor(one.recv()), 'receiver.recv(), queue "work" with 0 of 1 slots taken');
  many.trySend(1);
  assert.equal(await waitFor(many.send(2)), 'sender.send(…), queue "work" with 1 of 1 slots taken');
});

test("Runtime.dump() says it of a pipe, a barrier and what is notified or set, too", async () => {
  const [here, there] = duplex(2);
  assert.equal(await waitFor(here.read(new Uint8Array(4))), "read(), pipe with 0 of 2 bytes");
  const fill = async(function* () {
    yield* there.write(new Uint8Array(2));
    yield* there.write(new Uint8Array(2));
  });
  assert.equal(await waitFor(fill()), "write(), pipe with 2 of 2 bytes");
  const start = new Barrier(3, { name: "start" });
  const arrive = async(function* () {
    spawn(start.wait()).detach();
    yield* start.wait();
  });
  assert.equal(await waitFor(arrive()), 'barrier "start" wait() with 2 of 3 there');
  assert.equal(await waitFor(new Notify({ name: "go" }).notified()), 'notify "go" notified()');
  assert.equal(await waitFor(new SetOnce({ name: "port" }).wait()), 'set-once "port" wait()');
});
