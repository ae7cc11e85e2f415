import assert from "node:assert/strict";
import { test } from "node:test";
import { type Holder, observeResources, Resource } from "./resource.js";

class Lock extends Resource {
  holder: Holder | null = null;
  get kind(): string {
    return "lock";
  }
  override get holders(): readonly Holder[] {
    return this.holder === null ? [] : [this.holder];
  }
}

class Plain extends Resource {
  get kind(): string {
    return "plain";
  }
}

test("observeResources() hears of each resource that is made and touched, in order, until it is undone", () => {
  const heard: string[] = [];
  const early = new Plain("early");
  const restore = observeResources({
    created: ({ kind, name }) => heard.push(`made ${kind} ${name}`),
    touched: ({ name }, write) => heard.push(`${write ? "wrote" : "read"} ${name}`),
  });
  const lock = new Lock("accounts");
  lock.touch(false);
  early.touch(true);
  lock.touch(true);
  restore();
  lock.touch(true);
  void new Lock("late");
  assert.deepEqual(heard, ["made lock accounts", "read accounts", "wrote early", "wrote accounts"]);
});

test("observeResources() stands in for the observer before it, and puts that one back", () => {
  const heard: string[] = [];
  const plain = new Plain();
  const restoreOuter = observeResources({ touched: () => heard.push("outer") });
  plain.touch(true);
  const restoreInner = observeResources({ touched: () => heard.push("inner") });
  plain.touch(true);
  restoreInner();
  plain.touch(true);
  restoreOuter();
  plain.touch(true);
  assert.deepEqual(heard, ["outer", "inner", "outer"]);
});

test("observeResources() takes an observer that listens to one of the two only", () => {
  const made: unknown[] = [];
  const restore = observeResources({ created: (resource) => made.push(resource) });
  const plain = new Plain();
  plain.touch(true);
  restore();
  const restoreDeaf = observeResources({});
  void new Plain();
  plain.touch(true);
  restoreDeaf();
  assert.deepEqual(made, [plain]);
});

test("Resource.holders is nobody unless the primitive says who", () => {
  assert.deepEqual(new Plain().holders, []);
  const lock = new Lock();
  const task: Holder = { id: 1, name: "writer", isFinished: false };
  lock.holder = task;
  assert.deepEqual(lock.holders, [task]);
});

test("Resource.name is what it was given, and nothing by default", () => {
  assert.equal(new Plain("cache").name, "cache");
  assert.equal(new Plain().name, undefined);
});
