/**
 * Descriptor: an open file of the host's, and the one request that is under way on it.
 *
 *     idle ──request()──► busy ──the host answers──► idle ──► whoever waits is woken
 *       └──────close(): at once when idle, else when the request is over──────► closed
 *
 * Requests go to the host's threads and cannot be called off: whoever stops waiting leaves the request to its end, and the next one waits
 * for that. INVARIANT: the number is given to the host only while it is open, so it never means another file.
 *
 * Several of them may have one number ({@link Descriptor.clone}): the last one that closes gives it back.
 */
import { close } from "node:fs";
import type { Warnings } from "../base/warnings.js";
import { type Held, unwatch } from "./collected.js";
import { type Deed, failed } from "./failures.js";
import type { FileOperation, Shared } from "./file-operation.js";
import { shown } from "./path.js";

/** How the host answers. */
export type Answer<T> = (error: unknown, value?: T) => void;

/** What the host calls an open file, and how many descriptors here have it. */
interface Number {
  readonly fd: number;
  users: number;
}

export class Descriptor implements Held, Shared {
  readonly path: string;
  readonly warnings: Warnings | null;
  /** Null once it is closed. */
  #number: Number | null;
  #isBusy = false;
  #isClosing = false;
  #closers: ((failure: Error | null) => void)[] = [];
  /** Why a write failed of which nobody has been told. */
  #failure: Error | null = null;
  /** @internal Who waits. It refers to the file, so it must be null while nobody does: the collector would never find the file. */
  holder: FileOperation<any> | null = null;

  constructor(fd: number | Number, path: string, warnings: Warnings | null) {
    this.#number = typeof fd === "number" ? { fd, users: 1 } : fd;
    this.path = path;
    this.warnings = warnings;
  }

  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** Another one for the same open file, idle. Of one that is open. */
  clone(): Descriptor {
    this.#number!.users++;
    return new Descriptor(this.#number!, this.path, this.warnings);
  }

  /** Whether it is closed, or will be as soon as it is idle. */
  get isClosed(): boolean {
    return this.#isClosing;
  }

  /**
   * Makes a request, of an idle descriptor that is open.
   *
   * @param start makes it
   * @param then takes the answer, before anybody is woken
   */
  request<T>(start: (fd: number, answer: Answer<T>) => void, then: (error: unknown, value: T) => void): void {
    this.#isBusy = true;
    start(this.#number!.fd, (error, value) => {
      then(error ?? null, value as T);
      this.#idle();
    });
  }

  #idle(): void {
    this.#isBusy = false;
    if (this.#isClosing && this.#number !== null) this.#close();
    else this.holder?.wake();
  }

  /** A write failed, and whoever wrote has gone on: the next operation says so. */
  writeFailed(deed: Deed, error: unknown): void {
    this.#failure ??= failed(deed, error);
  }

  /** What has to be said of an earlier write. It is said once. */
  takeFailure(): Error | null {
    const failure = this.#failure;
    this.#failure = null;
    return failure;
  }

  /**
   * Closes it when it is idle.
   *
   * @param done told when it is closed; given what failed and nobody knows yet
   */
  close(done: (failure: Error | null) => void): void {
    const isClosed = this.#isClosing && this.#number === null && !this.#isBusy;
    if (isClosed) return done(null);
    this.#closers.push(done);
    this.#isClosing = true;
    if (!this.#isBusy) this.#close();
  }

  #close(): void {
    const number = this.#number!;
    this.#number = null;
    this.#isBusy = true;
    unwatch(this);
    if (--number.users > 0) this.#closed(null);
    else close(number.fd, (error) => this.#closed(error));
  }

  #closed(error: unknown): void {
    const failure = this.takeFailure() ?? (error === null ? null : failed({ verb: "close", path: this.path }, error));
    const closers = this.#closers;
    this.#closers = [];
    closers.forEach((done, i) => done(i === 0 ? failure : null));
    this.#idle();
  }

  /** Closes it, with nobody there who could be told of a failure. */
  release(): void {
    this.close((failure) => this.reportUnseen(failure));
  }

  /** Says what nobody is there to be told. */
  reportUnseen(failure: Error | null): void {
    if (failure === null) return;
    this.warnings?.({
      code: "fs.unseen-failure",
      message:
        `Nobody was told that writing to ${shown(this.path)} failed: ${failure.message}` +
        "\nhelp: flush() before you let go of it, or await close()",
    });
  }
}
