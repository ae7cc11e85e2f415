/**
 * FileChannel: the watch channel of a file, which the file sends into.
 *
 *     an event in the folder ──► settling ──time──► looking ──content is another──► set: receivers are woken
 *                                   ▲    more events   │
 *                                   └──────────────────┘
 *
 * It is the folder that is watched, for its events outlive the file: replaced, removed and made again, it keeps its name. An event only
 * says where to look; what counts is what is found. So whatever events the host leaves out, doubles or renames, a change is given once.
 */
import { type FSWatcher, watch } from "node:fs";
import { stat } from "node:fs/promises";
import { basename, dirname, resolve } from "node:path";
import type { TimerEntry } from "../base/wheel.js";
import type { Services } from "../future/current.js";
import type { Waiter } from "../future/wait-list.js";
import { Channel } from "../sync/watch/channel.js";
import { Receiver } from "../sync/watch/receiver.js";
import { FileVersion, versionOf } from "./file-version.js";

/** How many settling times a file that never settles may have. */
const PATIENCE = 10;

export class FileChannel extends Channel<FileVersion | undefined> implements TimerEntry {
  readonly #path: string;
  readonly #folder: string;
  readonly #name: string;
  readonly #services: Services;
  /** Milliseconds without an event after which it is looked at. */
  readonly #settling: number;
  #watcher: FSWatcher | null = null;
  /** The number of the folder that is watched. */
  #inode = 0;
  /** When the first event came that nobody has looked after yet. */
  #since: number | null = null;
  /** Whether one of them was of the file itself. */
  #isTold = false;
  #isLooking = false;
  /** Whether it has to be looked at again. */
  #isMissed = false;

  /** @internal When it will be looked at. The timers write the other two. */
  when = 0;
  /** @internal */
  after: TimerEntry | null = null;
  /** @internal */
  before: TimerEntry | null = null;

  constructor(path: string, settling: number, services: Services) {
    super(undefined, path);
    this.#path = path;
    this.#folder = dirname(resolve(path));
    this.#name = basename(path);
    this.#settling = settling;
    this.#services = services;
  }

  /** Watches, looks, and gives the first receiver, which has seen what is there. @throws the system's error */
  async open(): Promise<Receiver<FileVersion | undefined>> {
    this.#inode = (await stat(this.#folder)).ino;
    this.#watch();
    this.addSender();
    const receiver = new Receiver<FileVersion | undefined>(this, 1);
    // Watched before it is looked at: what changes in between is an event.
    this.set(await versionOf(this.#path, undefined, true));
    return receiver;
  }

  #watch(): void {
    this.#watcher?.close();
    this.#watcher = watch(this.#folder, { persistent: false }, (_event, name) => this.#event(name));
    this.#watcher.on("error", (error) => this.#fail(error));
    this.#holdHost();
  }

  #event(name: string | null): void {
    // Of other files it is looked at as well, though not again and again: it may be a link that leads there.
    const isIts = name === null || name === this.#name;
    if (this.#since !== null && !isIts) return;
    this.#isTold ||= isIts;
    const { clock, timers } = this.#services;
    const now = clock.now();
    this.#since ??= now;
    const when = Math.ceil(Math.min(now + this.#settling, this.#since + PATIENCE * this.#settling));
    if (this.after !== null) timers.remove(this);
    this.when = when;
    if (when <= timers.now) this.fire();
    else timers.insert(this);
  }

  /** @internal The events have ceased. */
  fire(): void {
    this.#since = null;
    this.#look();
  }

  #look(): void {
    if (this.#isLooking) {
      this.#isMissed = true;
      return;
    }
    void this.#lookOnce();
  }

  // Neither of the two it awaits ever fails.
  async #lookOnce(): Promise<void> {
    const { value: before } = this;
    const isTold = this.#isTold;
    this.#isLooking = true;
    this.#isTold = this.#isMissed = false;
    const now = await versionOf(this.#path, before, isTold);
    const inode = await stat(this.#folder).then(
      (stats) => stats.ino,
      () => null,
    );
    this.#isLooking = false;
    if (this.#watcher === null) return;
    if (inode === null) {
      // Whatever was found there is gone by now.
      if (before !== undefined) this.set(undefined);
      return this.#end();
    }
    if (now !== before) this.set(now);
    // Another folder has its name: what came into it before it was watched was no event.
    if (inode !== this.#inode) {
      this.#inode = inode;
      try {
        this.#watch();
      } catch (error) {
        return this.#fail(error);
      }
      this.#isTold = this.#isMissed = true;
    }
    if (this.#isMissed) this.#look();
  }

  /** It cannot be watched any more. */
  #fail(failure: unknown): void {
    if (this.#watcher === null) return;
    this.set(new FileVersion(this.#path, { failure }));
    this.#end();
  }

  /** Nothing can come any more. */
  #end(): void {
    if (this.#watcher === null) return;
    this.#close();
    this.removeSender();
  }

  #close(): void {
    this.#watcher?.close();
    this.#watcher = null;
    if (this.after !== null) this.#services.timers.remove(this);
  }

  override removeReceiver(): void {
    super.removeReceiver();
    if (this.receivers === 0) this.#close();
  }

  // The process stays alive while somebody waits, and only then.
  #holdHost(): void {
    if (this.waiting > 0) this.#watcher?.ref();
    else this.#watcher?.unref();
  }

  override wait(waiter: Waiter<any>): void {
    super.wait(waiter);
    this.#holdHost();
  }

  override stop(waiter: Waiter<any>): void {
    super.stop(waiter);
    this.#holdHost();
  }

  override set(value: FileVersion | undefined): void {
    super.set(value);
    this.#holdHost();
  }
}
