/**
 * The host's loop. The only file that names its timers and queues.
 */

/** One timer of the host's, armed again and again. */
export interface HostTimer {
  /** Calls `fire` after `milliseconds`, instead of whenever it was armed for. Keeps the process alive until then. */
  arm(milliseconds: number): void;
  /** Lets the process end in spite of it. It may still fire. */
  release(): void;
  /** Takes a release back, if it has not fired. */
  hold(): void;
}

// HOST: longer delays overflow and would fire at once.
const LONGEST_DELAY = 2 ** 31 - 1;

const settled = /* @__PURE__ */ Promise.resolve();

interface NodeTimer {
  ref?(): void;
  unref?(): void;
}

const host = globalThis as unknown as {
  setImmediate?: (fn: () => void) => unknown;
  setTimeout(fn: () => void, milliseconds: number): number & NodeTimer;
  clearTimeout(timer: unknown): void;
};

/** Calls `fn` before the host does anything else. A `then` of a settled promise costs half of what `queueMicrotask` does. */
export function soon(fn: () => void): void {
  void settled.then(fn);
}

// Chosen at the first use, so that importing heddle touches nothing of the host.
let ask: ((fn: () => void) => void) | undefined;

/** Calls `fn` after the host has looked at timers and sockets. */
export function later(fn: () => void): void {
  ask ??= host.setImmediate === undefined ? viaMessages() : (callback) => void host.setImmediate!(callback);
  ask(fn);
}

// HOST: browsers have no `setImmediate`, and their timers wait at least 4 ms when nested.
function viaMessages(): (fn: () => void) => void {
  const { port1, port2 } = new MessageChannel();
  const waiting: (() => void)[] = [];
  port1.onmessage = () => waiting.shift()!();
  return (fn) => {
    waiting.push(fn);
    port2.postMessage(0);
  };
}

/** Makes a timer that calls `fire`. */
export function hostTimer(fire: () => void): HostTimer {
  let timer: (number & NodeTimer) | undefined;
  return {
    arm(milliseconds) {
      if (timer !== undefined) host.clearTimeout(timer);
      timer = host.setTimeout(
        () => {
          timer = undefined;
          fire();
        },
        Math.min(milliseconds, LONGEST_DELAY),
      );
    },
    release() {
      timer?.unref?.();
    },
    hold() {
      timer?.ref?.();
    },
  };
}
