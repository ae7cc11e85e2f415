/**
 * Sources and destinations that stand for themselves: `empty`, `repeat`, `sink`.
 */
import { type Future } from "../future/poll.js";
import { lazy } from "../future/ready.js";
import type { AsyncRead } from "./async-read.js";
import type { AsyncWrite } from "./async-write.js";
import { checkBytes, checkInteger, closed } from "./failures.js";

/** A source that has ended. */
export function empty(): AsyncRead {
  return {
    read(into) {
      checkBytes(into, "read", "into");
      return lazy(() => 0);
    },
  };
}

/**
 * A source of one byte, again and again. It never ends.
 *
 * @param byte 0 to 255
 */
export function repeat(byte: number): AsyncRead {
  checkInteger(byte, "repeat a byte", "byte", 0, 255);
  return {
    read(into) {
      checkBytes(into, "read", "into");
      return lazy(() => into.fill(byte).length);
    },
  };
}

/** A destination that takes everything and keeps nothing. */
export function sink(): AsyncWrite {
  return new Sink();
}

class Sink implements AsyncWrite {
  #isShutDown = false;

  write(bytes: Uint8Array): Future<number> {
    checkBytes(bytes, "write", "bytes");
    return lazy(() => {
      if (this.#isShutDown) throw closed("write to the sink", "shut down");
      return bytes.length;
    });
  }

  flush(): Future<void> {
    return lazy(() => {});
  }

  shutdown(): Future<void> {
    return lazy(() => void (this.#isShutDown = true));
  }
}
