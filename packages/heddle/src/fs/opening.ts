/**
 * Opening files, for those who make something of the descriptor.
 */
import { open } from "node:fs";
import type { Warnings } from "../base/warnings.js";
import { current } from "../future/current.js";
import type { Future } from "../future/poll.js";
import { Job } from "./job.js";
import { type Path, pathOf } from "./path.js";

/** How a file is opened, as the system takes it. */
export interface How {
  readonly flags: number;
  readonly mode: number;
  /** Whether it is made if there is none. */
  readonly makes: boolean;
}

/** Makes something of a descriptor. */
export type Make<F> = (fd: number, path: string, warnings: Warnings | null) => F;

/** Opens a file. What is made of it is disposed of if nobody takes it. */
export function opening<F extends Disposable>(path: Path, { flags, mode, makes }: How, make: Make<F>): Future<F> {
  const at = pathOf(path, "open a file");
  const { warnings } = current;
  const begin = (): Promise<F> =>
    new Promise((resolve, reject) => {
      open(at, flags, mode, (error, fd) => {
        if (error === null) resolve(make(fd, at, warnings));
        else reject(error);
      });
    });
  return new Job("open(…)", { verb: "open", path: at, makes }, begin, { discard: (file) => file[Symbol.dispose]() });
}
