/**
 * Member: the thread's side. It takes jobs from the board of its pool, and from its port, runs them, and says what became of them.
 *
 *     board ──takeOldest──┐                    ┌── a small value: into the slot, and the desk is told
 *                         ├──► call ──► outcome┤
 *     port ──── JOB ──────┘                    └── anything else: through the port
 *
 * A plain function runs to its end before anything else happens here. What returns a future is a task of this thread's runtime, and many of
 * those may be alive at once: between two of them the host has its turn, so that other threads come to the board as well.
 */
import { isFuture } from "../../future/definition.js";
import type { Future } from "../../future/poll.js";
import { later } from "../../reactor/host.js";
import { house } from "../../runtime/house.js";
import type { JoinHandle } from "../../task/join-handle.js";
import { receiveMessageOnPort } from "node:worker_threads";
import { here } from "../here.js";
import type { Reference } from "../reference/reference.js";
import { resolveReference } from "../reference/resolve.js";
import type { Parcel } from "../values/pack.js";
import { isPlain } from "../values/plain.js";
import { begin, takeOldest, waiting } from "./board.js";
import { GONE, Patience, ring, Sleeper } from "./door.js";
import { Board, Desk } from "./layout.js";
import type { Line } from "./line.js";
import {
  ABORT,
  type Answer,
  type Charter,
  DEFINE,
  DUMP,
  ENVELOPE,
  JOB,
  type Letter,
  type Order,
  type Outcome,
  type Report,
  STOP,
} from "./messages.js";
import { countOf, DONE, POSTED, putValue, stateOf, TASK, ticketOf, valueOf, valuesOf } from "./slot.js";

/** Jobs after which the host gets its turn. */
const TURN_JOBS = 64;

/**
 * How often it looks for work before it sleeps: some 20 µs, which is less than to be woken takes; up to 80 while looking pays, because who hands
 * out the next job may have a hundred outcomes to take first; hardly at all while it does not.
 */
const LOOKS = 3000;
const MOST_LOOKS = 4 * LOOKS;

/**
 * From how many jobs on that cannot begin yet it takes no more: as long as it loads modules others may come for them, and if it ends they are lost. Not one:
 * a module that never loads would keep it from all else.
 */
const MOST_UNREADY = 8;

type Callable = (...args: any[]) => unknown;

/** A job that can be aborted here: it is a task, or a module is loaded for it. */
interface Abortable {
  readonly ticket: number;
  /** What can be aborted; null while its module is loaded, and of native promises. */
  task: JoinHandle<unknown> | null;
  abort: { readonly reason: unknown } | null;
}

export class Member {
  readonly #desk: Desk;
  readonly #board: Board | null;
  readonly #member: number;
  readonly #line: Line<Order, Report>;
  readonly #references: Reference[];
  readonly #functions: (Callable | undefined)[] = [];
  readonly #abortables = new Map<number, Abortable>();
  readonly #sleeper: Sleeper | null;
  readonly #loadKinds: () => Promise<unknown>;
  #hasKinds = false;
  // What few threads need is null until it is loaded.
  #parts: typeof import("./parts.js") | null = null;
  #tasks: typeof import("./follow.js") | null = null;
  /** How often it is loading modules of heddle's own. */
  #ownLoads = 0;
  /** Jobs that have begun and are not over. */
  #live = 0;
  /** Those that came from the board, and wait for a module to be loaded. */
  #unready = 0;
  readonly #patience = new Patience(LOOKS, MOST_LOOKS);
  #isTurnDue = false;
  #isStopping = false;

  /**
   * @param line how it speaks with its owner
   * @param loadKinds loads what knows how that crosses which is no plain data
   */
  constructor(
    { desk, board, members, member, references }: Omit<Charter, "line">,
    line: Line<Order, Report>,
    loadKinds: () => Promise<unknown>,
  ) {
    this.#loadKinds = loadKinds;
    this.#desk = new Desk(desk);
    this.#board = board === null ? null : new Board(members, board);
    this.#member = member;
    this.#line = line;
    this.#references = [...references];
    this.#sleeper = this.#board && new Sleeper(this.#board.words, this.#board.door(member), () => this.#awake());
    line.listen((order) => this.#obey(order));
    this.#awake();
  }

  #awake(): void {
    if (this.#sleeper === null || this.#isStopping || this.#isTurnDue) return;
    this.#sleeper.answer();
    const board = this.#board!;
    if (waiting(board) === 0) Atomics.add(board.words, board.vain, 1);
    this.#turn();
  }

  readonly #turn = (): void => {
    this.#isTurnDue = false;
    if (this.#isStopping) return;
    for (let jobs = 0; jobs < TURN_JOBS; jobs++) {
      const slot = this.#take();
      if (slot < 0) {
        if (this.#look()) continue;
        return this.#sleep();
      }
      const ticket = this.#ticketOf(slot);
      this.#gains();
      this.#run(slot, ticket, this.#desk.words[this.#desk.function(slot)]!, null);
      if (this.#live > 0) break;
    }
    this.#isTurnDue = true;
    later(this.#turn);
  };

  #take(): number {
    return this.#takesNone() ? -1 : takeOldest(this.#board!, this.#desk, this.#member);
  }

  /** Whether it leaves what waits on the board, for now: each time that a module has been loaded it looks again. */
  #takesNone(): boolean {
    return this.#unready >= MOST_UNREADY || this.#leavesToOthers();
  }

  /** Whether idle threads can take all that waits, while this one has something to do already. */
  #leavesToOthers(): boolean {
    if (this.#live === 0) return false;
    const board = this.#board!;
    let jobs = waiting(board);
    for (let member = 0; member < board.members && jobs > 0; member++) {
      const door = Atomics.load(board.words, board.door(member));
      if (door !== GONE && member !== this.#member && Atomics.load(board.words, board.live(member)) === 0) jobs--;
    }
    return jobs <= 0;
  }

  /** Looks for work a little longer, unless that would take a processor from somebody. */
  #look(): boolean {
    const board = this.#board!;
    if (this.#live > 0 || !this.#maySpin()) return false;
    const { words } = board;
    const spins = board.spins(this.#member);
    Atomics.store(words, spins, 1);
    const head = Atomics.load(words, board.head);
    let looks = this.#patience.next();
    while (looks > 0 && Atomics.load(words, board.tail) === head) looks--;
    Atomics.store(words, spins, 0);
    this.#patience.heard(looks > 0);
    return looks > 0;
  }

  #maySpin(): boolean {
    const board = this.#board!;
    for (let member = 0; member < board.members; member++)
      if (Atomics.load(board.words, board.spins(member)) !== 0) return false;
    return true;
  }

  #sleep(): void {
    this.#sleeper!.close();
    if (waiting(this.#board!) > 0 && !this.#takesNone()) {
      this.#sleeper!.answer();
      this.#isTurnDue = true;
      return later(this.#turn);
    }
    this.#sleeper!.wait();
  }

  #obey(order: Order): void {
    switch (order[0]) {
      case DEFINE:
        this.#references[order[1]] = order[2];
        return;
      case JOB:
        return this.#startPosted(order);
      case ENVELOPE: {
        const [, slot, ticket, port] = order;
        const letter: Letter = receiveMessageOnPort(port)!.message;
        port.close();
        return this.#startPosted([JOB, slot, ticket, ...letter]);
      }
      case ABORT:
        return this.#abort(order[1], order[2], order[3]);
      case STOP:
        return this.#stop();
      case DUMP:
        return void this.#answer(order[1], order[2]);
    }
  }

  #startPosted([, slot, ticket, id, data, extras]: Extract<Order, { 0: typeof JOB }>): void {
    if (!begin(this.#desk, slot, ticket, this.#member, POSTED)) return;
    this.#gains();
    this.#isBusy();
    const run = (): void =>
      this.#run(slot, ticket, id, (extras === null ? data : this.#parts!.unpack(data, extras)) as unknown[]);
    if (extras !== null && !this.#hasKinds) return this.#afterLoading(slot, ticket, this.#kinds(), run);
    try {
      run();
    } catch (error) {
      this.#failed(slot, ticket, error);
    }
  }

  /** It has something to do that did not come from the board. Until that lets go of it nobody shall count on it: its door says that it sleeps only while it waits. */
  #isBusy(): void {
    if (this.#sleeper === null || this.#isTurnDue || this.#isStopping) return;
    this.#sleeper.answer();
    this.#isTurnDue = true;
    later(this.#turn);
  }

  async #kinds(): Promise<void> {
    const [parts] = await Promise.all([import("./parts.js"), this.#loadKinds()]);
    this.#parts = parts;
    this.#hasKinds = true;
  }

  /** Goes on with a job when modules have been loaded for it, if it has not been aborted meanwhile. */
  #afterLoading<T>(slot: number, ticket: number, modules: Promise<T>, goOn: (loaded: T) => void): void {
    this.#abortable(slot, ticket);
    this.#loads(1);
    modules
      .finally(() => this.#loads(-1))
      .then(async (loaded) => {
        const { abort } = this.#abortable(slot, ticket);
        this.#isBusy();
        if (abort === null) return goOn(loaded);
        const { AbortedError } = await import("../../base/errors.js");
        throw new AbortedError(abort.reason);
      })
      .catch((error) => this.#failed(slot, ticket, error));
  }

  /** @param args null if they are in the slot */
  #run(slot: number, ticket: number, id: number, args: unknown[] | null): void {
    const fn = this.#functions[id];
    if (fn !== undefined) return this.#call(slot, ticket, fn, args);
    const values = args ?? valuesOf(this.#desk, slot);
    const unready = args === null ? 1 : 0;
    this.#unready += unready;
    const loading = resolveReference(this.#referenceOf(id)).finally(() => (this.#unready -= unready));
    this.#afterLoading(slot, ticket, loading, (found) => {
      this.#functions[id] = found as Callable;
      this.#call(slot, ticket, found as Callable, values);
    });
  }

  #loads(by: number): void {
    here.modulesLoading += by;
    this.#tellLoads();
  }

  #tellLoads(): void {
    const board = this.#board;
    if (board !== null) Atomics.store(board.words, board.loads(this.#member), here.modulesLoading + this.#ownLoads);
  }

  /**
   * Loads modules of heddle's own, which does not count as loading the program's. If they do not load, that ends the thread.
   */
  async #load<T>(modules: Promise<T>): Promise<T> {
    this.#ownLoads++;
    this.#tellLoads();
    try {
      return await modules;
    } finally {
      this.#ownLoads--;
      this.#tellLoads();
    }
  }

  /** What was defined before the job was sent has come, if it has not been read yet. */
  #referenceOf(id: number): Reference {
    while (this.#references[id] === undefined) this.#obey(this.#line.take()!.message);
    return this.#references[id]!;
  }

  #call(slot: number, ticket: number, fn: Callable, args: unknown[] | null): void {
    here.jobs++;
    here.isCalling = true;
    let outcome;
    try {
      if (args !== null) outcome = fn(...args);
      else if (countOf(this.#desk, slot) === 1) outcome = fn(valueOf(this.#desk, slot, 0));
      else outcome = fn(...valuesOf(this.#desk, slot));
    } catch (error) {
      here.jobs--;
      here.isCalling = false;
      return this.#failed(slot, ticket, error);
    }
    here.jobs--;
    here.isCalling = false;
    if (typeof outcome !== "object" || outcome === null) return this.#done(slot, ticket, outcome);
    if (isFuture(outcome)) this.#follow(slot, ticket, outcome as Future<unknown>);
    else if (typeof (outcome as PromiseLike<unknown>).then === "function")
      (outcome as PromiseLike<unknown>).then(
        (value) => this.#done(slot, ticket, value),
        (error) => this.#failed(slot, ticket, error),
      );
    else this.#done(slot, ticket, outcome);
  }

  /** Runs a future as a task. */
  #follow(slot: number, ticket: number, future: Future<unknown>): void {
    here.jobs++;
    const job = this.#abortable(slot, ticket);
    Atomics.store(this.#desk.words, this.#desk.state(slot), stateOf(ticket, this.#member, TASK));
    if (this.#tasks === null) void this.#followLater(slot, ticket, job, future);
    else this.#followNow(slot, ticket, job, future);
  }

  async #followLater(slot: number, ticket: number, job: Abortable, future: Future<unknown>): Promise<void> {
    this.#unready++;
    this.#tasks = await this.#load(import("./follow.js"));
    this.#unready--;
    this.#isBusy();
    this.#followNow(slot, ticket, job, future);
  }

  #followNow(slot: number, ticket: number, job: Abortable, future: Future<unknown>): void {
    let task;
    try {
      task = this.#tasks!.follow(future);
    } catch (error) {
      here.jobs--;
      return this.#failed(slot, ticket, error);
    }
    job.task = task;
    if (job.abort !== null) task.abort(job.abort.reason);
    task.then(
      (value) => {
        here.jobs--;
        this.#done(slot, ticket, value);
      },
      (error) => {
        here.jobs--;
        this.#failed(slot, ticket, error);
      },
    );
  }

  #abort(slot: number, ticket: number, reason: unknown): void {
    const job = this.#abortables.get(slot);
    if (job?.ticket !== ticket) return;
    job.abort = { reason };
    job.task?.abort(reason);
  }

  #abortable(slot: number, ticket: number): Abortable {
    let job = this.#abortables.get(slot);
    if (job === undefined) this.#abortables.set(slot, (job = { ticket, task: null, abort: null }));
    return job;
  }

  #done(slot: number, ticket: number, value: unknown): void {
    const desk = this.#desk;
    if (!putValue(desk, slot, value)) {
      const isData = isPlain(value);
      if (!isData && !this.#hasKinds)
        return this.#afterLoading(slot, ticket, this.#kinds(), () => this.#done(slot, ticket, value));
      return this.#mail(slot, ticket, value, isData);
    }
    this.#loses(slot);
    Atomics.store(desk.words, desk.state(slot), stateOf(ticket, this.#member, DONE));
    desk.report(slot);
    ring(desk.words, desk.door);
  }

  #failed(slot: number, ticket: number, error: unknown): void {
    const parts = this.#parts;
    if (parts === null) return void this.#loadParts(() => this.#failed(slot, ticket, error));
    const packed = parts.packError(error);
    this.#loses(slot);
    this.#post([slot, ticket, true, packed, null]);
    ring(this.#desk.words, this.#desk.door);
  }

  async #loadParts(goOn: () => void): Promise<void> {
    this.#parts = await this.#load(import("./parts.js"));
    goOn();
  }

  #mail(slot: number, ticket: number, value: unknown, isData: boolean): void {
    let parcel: Parcel;
    try {
      // Plain data is sent at once, as it is now: after loading something one would find what has become of it.
      parcel = isData
        ? { data: value, extras: null, transfer: [] }
        : this.#parts!.pack(value, "the result", "from its thread");
    } catch (error) {
      return this.#failed(slot, ticket, error);
    }
    // INVARIANT: first it is not busy, then it says so. Who hears of the outcome may have the next job, and rings only those that are not busy.
    this.#loses(slot);
    try {
      this.#post([slot, ticket, false, parcel.data, parcel.extras], parcel.transfer);
    } catch (error) {
      this.#gains();
      return this.#failed(slot, ticket, error);
    }
    ring(this.#desk.words, this.#desk.door);
  }

  /** Says where its tasks stand. What can say so is loaded when somebody asks. */
  async #answer(question: number, milliseconds: number): Promise<void> {
    const { dumpHere } = await import("./thread-dump.js");
    const dump = await dumpHere(milliseconds);
    const tasks: [number, number, number][] = [];
    for (const [slot, { ticket, task }] of this.#abortables) if (task !== null) tasks.push([slot, ticket, task.id]);
    this.#line.post({ question, dump, tasks } satisfies Answer);
  }

  #post(outcome: Outcome, transfer: readonly Transferable[] = []): void {
    this.#line.post(outcome, transfer);
  }

  #ticketOf(slot: number): number {
    return ticketOf(Atomics.load(this.#desk.words, this.#desk.state(slot)));
  }

  #gains(): void {
    this.#live++;
    this.#tell();
  }

  #loses(slot: number): void {
    if (this.#abortables.size > 0) this.#abortables.delete(slot);
    this.#live--;
    this.#tell();
    if (this.#live === 0 && this.#isStopping) void this.#end();
  }

  /** Says to the others how busy this thread is. */
  #tell(): void {
    const board = this.#board;
    if (board !== null) Atomics.store(board.words, board.live(this.#member), this.#live);
  }

  #stop(): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    const board = this.#board;
    if (board !== null) Atomics.store(board.words, board.door(this.#member), GONE);
    if (this.#live === 0) void this.#end();
  }

  /** Ends what its jobs have left behind, then lets the thread end. */
  async #end(): Promise<void> {
    const ends = house.mustEnd ? (await import("./follow.js")).endHere() : null;
    // In any case not at once: whoever lost its last job may still have to say what became of it.
    await ends;
    if (this.#live > 0) return;
    this.#line.close();
  }
}
