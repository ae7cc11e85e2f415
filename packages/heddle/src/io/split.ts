/**
 * `split`, `unsplit` and `combine`: the two directions of one object as two objects, and the other way round.
 *
 * The directions are independent anyway: one task may read while another writes. Halves are for handing out the right to one of them only.
 */
import type { Future } from "../future/poll.js";
import { HeddleError } from "../base/errors.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { TwoWay } from "./two-way.js";

/** The half of an object that is read from. Made with {@link split}. */
export class ReadHalf<S extends AsyncRead & AsyncWrite> implements AsyncRead {
  /** @internal */
  readonly whole: S;

  /** @internal */
  constructor(whole: S) {
    this.whole = whole;
  }

  read(into: Uint8Array): Future<number> {
    return this.whole.read(into);
  }
}

/** The half of an object that is written to. Made with {@link split}. */
export class WriteHalf<S extends AsyncRead & AsyncWrite> implements AsyncWrite {
  /** @internal */
  readonly whole: S;

  /** @internal */
  constructor(whole: S) {
    this.whole = whole;
  }

  write(bytes: Uint8Array): Future<number> {
    return this.whole.write(bytes);
  }

  flush(): Future<void> {
    return this.whole.flush();
  }

  shutdown(): Future<void> {
    return this.whole.shutdown();
  }
}

/** The two directions of an object, each by itself. */
export function split<S extends AsyncRead & AsyncWrite>(whole: S): [ReadHalf<S>, WriteHalf<S>] {
  return [new ReadHalf(whole), new WriteHalf(whole)];
}

/**
 * The object whose halves these are.
 *
 * @throws HeddleError `io.wrong-halves` if they are halves of two
 */
export function unsplit<S extends AsyncRead & AsyncWrite>(reader: ReadHalf<S>, writer: WriteHalf<S>): S {
  if (reader.whole === writer.whole) return reader.whole;
  throw new HeddleError("io.wrong-halves", "Cannot put two halves together: they are of two different objects", {
    help: "for a source and a destination of their own, use combine(reader, writer)",
  });
}

/** One object of a source and a destination, such as the output and the input of a child process. */
export function combine(reader: AsyncRead, writer: AsyncWrite): AsyncRead & AsyncWrite {
  return new TwoWay(reader, writer);
}
