/**
 * Member: the thread's side. It takes jobs from the board of its pool, and from its port, runs them, and says what became of them.
 *
 *     board ──takeOldest──┐                    ┌── a small value: into the slot, and the desk is told
 *                         ├──► call ──► outcome┤
 *     port ──── JOB ──────┘                    └── anything else: through the port
 *
 * What comes through the port goes before what lies on the board (`door.ts`).
 *
 * A plain function runs to its end before anything else happens here. What returns a future is a task of this thread's runtime, and many of
 * those may be alive at once: between two of them the host has its turn, so that other threads come to the board as well.
 */
import { isFuture } from "../../future/definition.js";
import type { Future } from "../../future/poll.js";
import { hostTimer, later } from "../../reactor/host.js";
import { house } from "../../runtime/house.js";
import type { JoinHandle } from "../../task/join-handle.js";
import { receiveMessageOnPort } from "node:worker_threads";
import { countModules, here } from "../here.js";
import type { Reference } from "../reference/reference.js";
import { resolveReference } from "../reference/resolve.js";
import type { Parcel } from "../values/pack.js";
import { isPlain } from "../values/plain.js";
import { begin, takeOldest, waiting } from "./board.js";
import { ASKING, ASLEEP, DOZING, GONE, MAIL, Mailbox, Patience, ring, Sleeper, tellAsked } from "./door.js";
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
const LOOKS = 1500;
const MOST_LOOKS = 4 * LOOKS;

/**
 * From how many jobs on that cannot begin yet it takes no more: as long as it loads modules others may come for them, and if it ends they are lost. Not one:
 * a module that never loads would keep it from all else.
 */
const MOST_UNREADY = 8;
/** How long it waits for the answer of an owner, in milliseconds: one that does not compute needs some 20 µs. Nothing else goes on here meanwhile. */
const ANSWER = 0.25;
/** How long it begins nothing else while it loads a module for what it has, in milliseconds. For ever would be wrong: a module may wait for another job. */
const LOADING = 10_000;
/** After how long it looks again whether others take what it has left to them, if one of those is just sent something, in milliseconds. */
const AGAIN = 1;
/** How long it waits for a letter that its owner is just about to post. */
const POSTING = 10;

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
  readonly #mailbox: Mailbox | null;
  readonly #loadKinds: () => Promise<unknown>;
  #hasKinds = false;
  /** For how many jobs it is loading modules. */
  #loading = 0;
  /** Whether these are left the time for it. */
  #isPatient = false;
  readonly #endOfPatience = hostTimer(() => {
    this.#isPatient = false;
    this.#comesUp();
  });
  readonly #nextLook = hostTimer(() => this.#comesUp());
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
  /** Whether it will come to the board, or is there; whether it is there. */
  #isUp = false;
  #isAtBoard = false;
  /** Whether its owner did not answer when it asked, in this turn. */
  #isUnanswered = false;
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
    this.#mailbox = this.#board && new Mailbox(this.#board, member, this.#sleeper!);
    here.onLoad = (by) => this.#countLoads(by);
    line.listen((order) => this.#obey(order));
    this.#awake();
  }

  #awake(): void {
    if (this.#mailbox === null || this.#isStopping || this.#isUp || !this.#mailbox.rises()) return;
    const board = this.#board!;
    if (waiting(board) === 0) Atomics.add(board.words, board.vain, 1);
    this.#work();
  }

  readonly #turn = (): void => {
    this.#isUp = false;
    if (!this.#isStopping && this.#mailbox!.rises()) this.#work();
  };

  #work(): void {
    this.#isUp = this.#isAtBoard = true;
    this.#isUp = this.#takeAll();
    this.#isAtBoard = false;
    if (this.#isUp) later(this.#turn);
    else if (!this.#isStopping && !this.#mailbox!.isExpected) this.#sleep();
  }

  /** Takes what there is, until there is nothing, or the host must have its turn; then true. */
  #takeAll(): boolean {
    const mailbox = this.#mailbox!;
    this.#isUnanswered = false;
    for (let jobs = 0; jobs < TURN_JOBS && !this.#isStopping; jobs++) {
      const slot = this.#take();
      if (slot >= 0) this.#run(slot, this.#ticketOf(slot), this.#desk.words[this.#desk.function(slot)]!, null);
      else if (!mailbox.isExpected && !this.#look()) return false;
      // If it is not there yet the host will say so.
      if (mailbox.isExpected && !this.#openMail()) return false;
      if (this.#live > 0) break;
    }
    return true;
  }

  #take(): number {
    const board = this.#board!;
    if (waiting(board) === 0 || this.#takesNone()) return -1;
    // INVARIANT: first it is busy, then it takes. Whoever finds an entry gone must not count on it for the next one.
    this.#gains(1);
    const slot = takeOldest(board, this.#desk, this.#member, this.#ask);
    if (slot < 0) this.#gains(-1);
    return slot;
  }

  /** Whether it leaves what waits on the board, for now: each time that a module has been loaded it looks again. */
  #takesNone(): boolean {
    // What it has may block it as soon as the module is there, and then what it takes now: nobody else could begin that.
    if (this.#loading > 0 && this.#isPatient) return true;
    return this.#unready >= MOST_UNREADY || this.#leavesToOthers();
  }

  /** A letter has its turn. True if it comes. */
  readonly #ask = (slot: number): boolean => {
    if (this.#isUnanswered) tellAsked(this.#desk, slot);
    else this.#isUnanswered = !this.#mailbox!.ask(this.#desk, slot, ANSWER);
    return this.#mailbox!.isExpected;
  };

  /** Does what its owner has sent, up to the letter that is expected. False if that is not there yet. */
  #openMail(): boolean {
    const mailbox = this.#mailbox!;
    mailbox.wait(POSTING);
    while (mailbox.isExpected) {
      const it = this.#line.take();
      if (it === undefined) return false;
      this.#obey(it.message);
    }
    return true;
  }

  /** Whether idle threads can take all that waits, while this one has something to do already. They are rung: nobody else may have done so. */
  #leavesToOthers(): boolean {
    if (this.#live === 0) return false;
    const board = this.#board!;
    const { words } = board;
    let jobs = waiting(board);
    for (let member = 0; member < board.members && jobs > 0; member++) {
      // INVARIANT: first its door, then whether it is busy; it writes them the other way round.
      const door = Atomics.load(words, board.door(member));
      if (member === this.#member || door === GONE || Atomics.load(words, board.live(member)) !== 0) continue;
      // What is sent to it may block it, or be over at once: soon that shows.
      if (door === MAIL || door === ASKING) this.#looksAgain();
      ring(words, board.door(member));
      jobs--;
    }
    return jobs <= 0;
  }

  #looksAgain(): void {
    this.#nextLook.arm(AGAIN);
    this.#nextLook.release();
  }

  /** Looks for work a little longer, unless that would take a processor from somebody. */
  #look(): boolean {
    const board = this.#board!;
    if (this.#live > 0 || !this.#maySpin()) return false;
    const { words } = board;
    const mailbox = this.#mailbox!;
    const spins = board.spins(this.#member);
    Atomics.store(words, spins, 1);
    mailbox.looks();
    const head = Atomics.load(words, board.head);
    let looks = this.#patience.next();
    while (looks > 0 && Atomics.load(words, board.tail) === head && !mailbox.isThere) looks--;
    Atomics.store(words, spins, 0);
    // Letters do not count: to wait longer for those pays less than it costs, as who is packing one has more to do.
    this.#patience.heard(looks > 0 && !mailbox.isThere);
    return !mailbox.rises() || looks > 0;
  }

  #maySpin(): boolean {
    const board = this.#board!;
    for (let member = 0; member < board.members; member++)
      if (Atomics.load(board.words, board.spins(member)) !== 0) return false;
    return true;
  }

  #sleep(): void {
    this.#sleeper!.close(this.#live === 0 ? ASLEEP : DOZING);
    if (waiting(this.#board!) > 0 && !this.#takesNone()) this.#comesUp();
    else this.#sleeper!.wait();
  }

  /** It is awake, though nobody rang, and comes to the board soon. Until then nobody shall count on it: its door says that it sleeps only while it waits. */
  #comesUp(): void {
    if (this.#mailbox === null || this.#isUp || this.#isStopping) return;
    this.#isUp = true;
    this.#mailbox.rises();
    later(this.#turn);
  }

  #obey(order: Order): void {
    switch (order[0]) {
      case DEFINE:
        this.#references[order[1]] = order[2];
        return;
      case JOB:
        return this.#open(order);
      case ENVELOPE: {
        const [, slot, ticket, port] = order;
        const letter: Letter = receiveMessageOnPort(port)!.message;
        port.close();
        return this.#open([JOB, slot, ticket, ...letter]);
      }
      case ABORT:
        return this.#abort(order[1], order[2], order[3]);
      case STOP:
        return this.#stop();
      case DUMP:
        return void this.#answer(order[1], order[2]);
    }
  }

  #open(letter: Extract<Order, { 0: typeof JOB }>): void {
    // INVARIANT: first it is busy, then its door says that it is awake.
    this.#gains(1);
    this.#mailbox?.opens();
    if (begin(this.#desk, letter[1], letter[2], this.#member, POSTED)) this.#startPosted(letter);
    else this.#gains(-1);
    // At once, if it is over: who hears of that may have the next letter already, and sends it only to who looks or sleeps.
    if (this.#live > 0) this.#comesUp();
    else if (!this.#isUp && this.#mailbox !== null) this.#turn();
  }

  #startPosted([, slot, ticket, id, data, extras]: Extract<Order, { 0: typeof JOB }>): void {
    const run = (): void =>
      this.#run(slot, ticket, id, (extras === null ? data : this.#parts!.unpack(data, extras)) as unknown[]);
    if (extras !== null && !this.#hasKinds) return this.#afterLoading(slot, ticket, this.#kinds(), run);
    try {
      run();
    } catch (error) {
      this.#failed(slot, ticket, error);
    }
  }

  async #kinds(): Promise<void> {
    const [parts] = await Promise.all([import("./parts.js"), this.#loadKinds()]);
    this.#parts = parts;
    this.#hasKinds = true;
  }

  /** Goes on with a job when modules have been loaded for it, if it has not been aborted meanwhile. */
  #afterLoading<T>(slot: number, ticket: number, modules: Promise<T>, goOn: (loaded: T) => void): void {
    this.#abortable(slot, ticket);
    countModules(1);
    modules
      .finally(() => countModules(-1))
      .then(async (loaded) => {
        const { abort } = this.#abortable(slot, ticket);
        this.#comesUp();
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

  #countLoads(by: number): void {
    this.#loading += by;
    const board = this.#board;
    if (board !== null) Atomics.store(board.words, board.loads(this.#member), here.modulesLoading + this.#ownLoads);
    if (this.#loading === 0) this.#comesUp();
    if (by < 0 || this.#loading > 1) return;
    this.#isPatient = true;
    this.#endOfPatience.arm(LOADING);
    this.#endOfPatience.release();
  }

  /**
   * Loads modules of heddle's own, which does not count as loading the program's. If they do not load, that ends the thread.
   */
  async #load<T>(modules: Promise<T>): Promise<T> {
    this.#ownLoads++;
    this.#countLoads(1);
    try {
      return await modules;
    } finally {
      this.#ownLoads--;
      this.#countLoads(-1);
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
    this.#comesUp();
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
      this.#gains(1);
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

  #gains(jobs: number): void {
    this.#live += jobs;
    this.#tell();
  }

  #loses(slot: number): void {
    if (this.#abortables.size > 0) this.#abortables.delete(slot);
    this.#live--;
    this.#tell();
    if (this.#live > 0) return;
    if (this.#isStopping) return void this.#end();
    if (this.#isAtBoard || this.#mailbox === null) return;
    // INVARIANT: the door first, then the board, as when it goes to sleep.
    this.#mailbox.isFree();
    if (waiting(this.#board!) > 0) this.#comesUp();
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
