// Preloaded into snippets: to them, running takes no time. Their clock moves when a timer of the host fires, to the moment it was set for, and by
// a microsecond when it is read. So the order of sleeps is that of their lengths, however slow the machine is, and a loop that waits for
// a moment comes to it.

const { setTimeout: set } = globalThis;
const MICROSECOND = 0.001;
let now = performance.now();

performance.now = () => (now += MICROSECOND);

globalThis.setTimeout = Object.defineProperties((fn, milliseconds, ...args) => {
  const due = now + Math.max(milliseconds || 0, 1);
  const fire = () => {
    now = Math.max(now, due);
    fn(...args);
  };
  return set(fire, milliseconds);
}, Object.getOwnPropertyDescriptors(set));
