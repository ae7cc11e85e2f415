/**
 * JoinHandle across threads. One that was sent is another handle of the same task: it can be joined and aborted from there. The one here goes on.
 *
 *     task ── handle ── Agent ══ link ══ HandleAbroad ── joiners
 *               └────── Agent ══ link ══ HandleAbroad
 *
 * A handle that is sent on has an agent of its own where the task is, so no thread between needs to live.
 */
import { MessageChannel, type MessagePort } from "node:worker_threads";
import { AbortedError, JoinError, quote } from "../../base/errors.js";
import type { Context, Waker } from "../../future/context.js";
import { PENDING, type Poll } from "../../future/poll.js";
import type { JoinHandle } from "../../task/join-handle.js";
import { Task } from "../../task/task.js";
import { Job } from "../crew/job.js";
import { RemoteHandle } from "../remote-handle.js";
import { receives, type Sent } from "../sendable.js";
import { rebuildThrown } from "../values/errors.js";
import { packCopy, packError } from "../values/pack.js";
import { unpack } from "../values/unpack.js";
import { sendableAs } from "./install.js";
import { hold, Link, type Linked } from "./link.js";

const FULFILLED = 0;
const REJECTED = 1;
const ABORT = 2;
const ATTACH = 3;

interface SentHandle {
  readonly id: number;
  readonly name: string;
  readonly port: MessagePort;
}

/** Where the task is: posts its outcome, and does what is asked from abroad, until the handle there has the outcome: what is asked meanwhile may cross it. */
class Agent implements Linked {
  readonly #handle: JoinHandle<unknown>;
  readonly #link: Link;

  constructor(handle: JoinHandle<unknown>, port: MessagePort) {
    this.#handle = handle;
    this.#link = new Link(port, this);
    void handle.then(
      (value) => this.#fulfilled(value),
      (error) => this.#rejected(error),
    );
  }

  #fulfilled(value: unknown): void {
    let parcel;
    try {
      // The handle here has it too.
      parcel = packCopy(value, `the result of ${quote(this.#handle.name)}`);
    } catch (error) {
      return this.#rejected(error);
    }
    this.#link.say(FULFILLED, parcel.data, parcel.extras);
  }

  #rejected(error: unknown): void {
    this.#link.say(REJECTED, packError(error));
  }

  posted(): void {}

  plain(): void {}

  parcel(): void {}

  word(word: number, it: unknown): void {
    if (word === ABORT) this.#handle.abort(rebuildThrown(it));
    else if (word === ATTACH) void new Agent(this.#handle, it as MessagePort);
  }

  // Letting go of a handle does not stop the task.
  gone(): void {}
}

/** A handle of a task of another thread. */
class HandleAbroad<T> extends RemoteHandle<T> implements Linked {
  readonly id: number;
  readonly name: string;
  #result: PromiseSettledResult<T> | null = null;
  readonly #joiners = new Set<Waker>();
  readonly #link: Link;
  #isHolding = false;

  constructor({ id, name, port }: SentHandle) {
    super();
    this.id = id;
    this.name = name;
    this.#link = new Link(port, this);
  }

  get label(): string {
    return `task ${quote(this.name)} (#${this.id}) of another thread`;
  }

  /** Whether the outcome has arrived here. */
  get isFinished(): boolean {
    return this.#result !== null;
  }

  poll(cx: Context): Poll<T> {
    const result = this.look(cx.waker);
    if (result === null) return PENDING;
    if (result.status === "rejected") throw result.reason;
    return result.value;
  }

  /** @internal */
  look(waker: Waker): PromiseSettledResult<T> | null {
    if (this.#result === null) {
      this.#joiners.add(waker);
      this.#rehold();
    }
    return this.#result;
  }

  /** @internal */
  forget(waker: Waker): void {
    this.#joiners.delete(waker);
    this.#rehold();
  }

  #rehold(): void {
    const waits = this.#joiners.size > 0;
    if (waits === this.#isHolding) return;
    this.#isHolding = waits;
    if (waits) hold.add();
    else hold.remove();
  }

  abort(reason?: unknown): void {
    if (this.#result === null) this.#link.say(ABORT, packError(reason));
  }

  // Its errors were taken where the task is, when this handle was sent.
  detach(): void {}

  protected wasAborted(error: unknown): boolean {
    return error instanceof AbortedError;
  }

  /** @internal Has an agent of its own where the task is, or takes the outcome along. */
  attach(port: MessagePort): void {
    if (this.#result === null) this.#link.say(ATTACH, port, null, [port]);
    else void new Agent(this, port);
  }

  // ---- the link --------------------------------------------------------------------------------

  posted(): void {}

  plain(): void {}

  parcel(): void {}

  word(word: number, data: unknown, extras: unknown): void {
    if (word === FULFILLED) this.#end({ status: "fulfilled", value: unpack(data, extras) as T });
    else this.#end({ status: "rejected", reason: rebuildThrown(data) });
  }

  gone(): void {
    if (this.#result !== null) return;
    const reason = new JoinError("thread.ended", `Cannot join ${this.label}: its thread has ended`, {
      help: "join tasks before their thread ends",
    });
    this.#end({ status: "rejected", reason });
  }

  #end(result: PromiseSettledResult<T>): void {
    this.#result = result;
    this.#link.close();
    const joiners = [...this.#joiners];
    this.#joiners.clear();
    this.#rehold();
    for (const joiner of joiners) joiner.wake();
  }
}

function sendHandle(handle: JoinHandle<any>): Sent {
  const { port1, port2 } = new MessageChannel();
  if (handle instanceof HandleAbroad) handle.attach(port2);
  else void new Agent(handle, port2);
  const { id, name } = handle;
  return { kind: "join handle", data: { id, name, port: port1 } satisfies SentHandle, transfer: [port1] };
}

for (const prototype of [Task.prototype, Job.prototype, HandleAbroad.prototype] as JoinHandle<any>[])
  sendableAs(prototype, () => {}, sendHandle);
receives<SentHandle>("join handle", (sent) => new HandleAbroad<any>(sent));
