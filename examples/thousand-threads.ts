/**
 * E1: ten calls of `foo` (start, wait 1 s, end), each on a thread; then a hundred; then a thousand, which is more than this program may have:
 * the call that asks for one thread too many says so, and those that were started are joined.
 */
import { async, joinAll, JoinError } from "heddle";
import { task, thread, type ThreadHandle } from "heddle/thread";
import { example } from "./stage/example.js";
import { isTimed, print, scaled, stopwatch, text, times, within } from "./stage/stage.js";
import { foo } from "./threads/foo.js";

// Said here, as its module imports nothing. HOST: Node finds it by itself; Bun and Deno have to be told.
task(new URL("./threads/foo.js", import.meta.url).href, foo);

/** How long each waits. Where times count it is long beside what starting ten threads takes, whatever the speed. */
const wait = () => scaled(1000, isTimed() ? 1000 : 50);

/** Starting a thread is work, whatever the speed of the play: at a tenth of it there are a fifth of the threads, and never less than ten. */
const atThisSpeed = (count: number) => Math.max(10, Math.ceil(count * Math.min(1, scaled(2))));

/** Starts so many threads, or as many as it is given, and joins them all. */
const threads = async(function* (count: number) {
  const elapsed = stopwatch();
  const handles: ThreadHandle<{ start: number; end: number }>[] = [];
  let refusal: JoinError | undefined;
  try {
    for (let i = 0; i < count; i++) handles.push(thread.spawn(foo, wait()));
  } catch (error) {
    if (!(error instanceof JoinError)) throw error;
    refusal = error;
  }
  const calls = yield* joinAll(handles);
  const time = elapsed();
  print(`${count} asked for: ${calls.length} started and joined in ${text(time)}`);
  if (refusal !== undefined) print(refusal.message);
  const firstEnd = Math.min(...calls.map(({ end }) => end));
  return {
    time,
    refusal,
    joined: calls.length,
    /** How many had started before the first ended. */
    together: calls.filter(({ start }) => start < firstEnd).length,
    haveWaited: calls.every(({ start, end }) => end - start >= wait() - 1),
  };
});

export const thousandThreads = example(import.meta, {
  id: "E1",
  program: "10 × foo (start, wait 1 s, end) on threads, then 100, then 1,000",
  expected: "×1, and what starting them takes; past the limit an error that names it, and all that began is joined",
  play: async(function* () {
    const [hundred, thousand] = [atThisSpeed(100), 10 * atThisSpeed(100)];
    const ten = yield* threads(10);
    const many = yield* threads(hundred);

    // A thousand would take some 10 GB of this machine. A program may say how many are enough.
    const before = thread.limit();
    const limit = thread.limit(hundred + 10);
    let most;
    try {
      most = yield* threads(thousand);
    } finally {
      thread.limit(before);
    }
    const again = yield* threads(1);

    const message = most.refusal?.message ?? "";
    const of = ({ time }: { time: number }) => `${text(time)}, ${times(time, wait())}`;
    return {
      measured: `10: ${of(ten)}; ${hundred}: ${of(many)}; ${thousand}: ${most.joined} joined, then "${message.split("\n")[0]}"`,
      checks: {
        "each waits": ten.haveWaited && many.haveWaited && most.haveWaited,
        "ten take as long as one": ten.joined === 10 && within(ten.time, 2 * wait()),
        "all ten wait at the same time": within(10 - ten.together, 1),
        "a hundred do not take much longer": many.joined === hundred && within(many.time, 8 * wait()),
        // The limit, or one of the system's if that is lower.
        "one too many is refused, by an error that names the limit":
          most.refusal?.code === "thread.refused" && /which is the limit|\bis \d+/.test(message),
        "what was started is joined": most.joined > 0 && most.joined <= limit,
        "then there is room again": again.joined === 1,
      },
      figures: { wait: wait(), ten: ten.time, hundred: many.time, joined: most.joined, limit, thousand },
    };
  }),
});
