import assert from "node:assert/strict";
import { test } from "node:test";
import { Context, noopWaker, PENDING, pin } from "../../lowlevel.js";
import { Channel } from "./channel.js";
import { Receiver } from "./receiver.js";

test("Channel.waiting says how many receivers somebody awaits: until the value changes, or the wait is dropped", () => {
  const channel = new Channel(0, undefined);
  channel.addSender();
  const [one, other] = [new Receiver(channel, 0), new Receiver(channel, 0)];
  const seen = [channel.waiting];
  const waits = [pin(one.changed()), pin(other.next())];
  for (const wait of waits) {
    assert.equal(wait.poll(new Context(noopWaker)), PENDING);
    seen.push(channel.waiting);
  }
  waits[0]!.drop();
  seen.push(channel.waiting);
  channel.set(1);
  seen.push(channel.waiting);
  assert.deepEqual(seen, [0, 1, 2, 1, 0]);
  one.close();
  other.close();
});
