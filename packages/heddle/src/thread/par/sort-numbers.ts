/**
 * Sorting numbers in shared memory on several threads: each sorts a block (radix.ts), then all merge, round by round.
 *
 *     blocks    │ sorted │ sorted │ sorted │ sorted │
 *     round 1   │     merged      │     merged      │     in segments: each thread finds by itself where its segment of the
 *     round 2   │              merged               │     outcome begins in the two runs, and needs nobody else
 *
 * Source of the segments: S. Odeh, O. Green et al., "Merge Path", 2012.
 *
 * The order is that of `TypedArray.sort()`: by size, -0 before 0, NaN last. So equal numbers cannot be told apart, and it does not matter whether it is stable.
 */
import { async } from "../../future/async.js";
import { move } from "../reference/move.js";
import { task } from "../reference/task.js";
import { isShared, type NumberArray, numbersOf, shared, sharedLike } from "./numbers.js";
import type { How } from "./options.js";
import { perform } from "./perform.js";
import type { Indexed } from "./plan.js";
import { parallelism } from "./pool.js";
import { sortAlone, sortNumbers } from "./radix.js";
import type { Callee } from "./reader.js";

/** Fewer numbers are sorted on the calling thread: that takes about a millisecond. */
const WORTH = 32_768;
/** Segments for each thread in a round: enough to balance. */
const SEGMENTS = 4;

/** Any two numbers of the same array. TypeScript has no name for arrays of either. */
type Numbers = Float64Array;

/** The items of a source in their natural order, in a list. */
export const sorted = async(function* (of: Extract<Indexed<Callee>, { kind: "list" | "numbers" }>, how: How) {
  const numbers = of.length < (how.sequentialBelow ?? WORTH) ? null : copyOf(of);
  if (numbers === null) return (yield* perform({ of, stages: [], end: { kind: "sort", fn: null } }, how)) as unknown[];
  yield* sortShared(numbers, how);
  return Array.from<unknown>(numbers as Numbers);
});

function copyOf(of: Extract<Indexed<Callee>, { kind: "list" | "numbers" }>): NumberArray | null {
  if (of.kind === "list") return numbersOf(of.items);
  return isShared(of.data) ? shared(of.data.slice()) : shared(of.data);
}

/** Sorts numbers in shared memory where they are. */
export const sortShared = async(function* (numbers: NumberArray, how: How) {
  const { length } = numbers;
  const threads = how.threads ?? parallelism();
  const isAlone = how.threads === undefined && threads === 1;
  if (isAlone || length < Math.max(2, how.sequentialBelow ?? WORTH)) {
    sortAlone(numbers);
    return;
  }
  const each = (count: number, fn: Callee) => {
    const of: Indexed<Callee> = { kind: "range", from: 0, step: 1, length: count };
    return perform({ of, stages: [], end: { kind: "each", fn } }, { threads, chunk: 1, sequentialBelow: 0 });
  };
  const blocks = 2 ** Math.ceil(Math.log2(threads));
  const size = Math.ceil(length / blocks);
  const scratch = sharedLike(numbers);
  // The last round shall end where the numbers are.
  const isOdd = Math.ceil(Math.log2(length / size)) % 2 === 1;
  let [from, to] = isOdd ? [scratch, numbers] : [numbers, scratch];
  yield* each(blocks, move({ numbers, scratch, into: from, size }, sortBlock));
  const segment = Math.ceil(length / (SEGMENTS * threads));
  for (let run = size; run < length; run *= 2) {
    const count = Math.ceil(length / (2 * run)) * Math.ceil((2 * run) / segment);
    yield* each(count, move({ from, to, run, segment }, mergeSegment));
    [from, to] = [to, from];
  }
  if (blocks > 1) orderZeros(numbers);
});

interface Block {
  readonly numbers: NumberArray;
  readonly scratch: NumberArray;
  /** One of the two: the sorted block shall stand there. */
  readonly into: NumberArray;
  readonly size: number;
}

/** @internal Sorts one block. */
export const sortBlock = task(
  import.meta,
  ({ numbers, scratch, into, size }: Block, i: number): void => {
    const block = numbers.subarray(i * size, (i + 1) * size);
    const other = scratch.subarray(i * size, (i + 1) * size);
    sortNumbers(block, other, into === numbers ? block : other);
  },
  "sortBlock",
);

interface Round {
  readonly from: NumberArray;
  readonly to: NumberArray;
  /** How long the sorted runs are. */
  readonly run: number;
  readonly segment: number;
}

/** @internal Merges one segment of what two runs come to. */
export const mergeSegment = task(
  import.meta,
  ({ from, to, run, segment }: Round, i: number): void => {
    const each = Math.ceil((2 * run) / segment);
    const start = Math.floor(i / each) * 2 * run;
    const middle = Math.min(start + run, from.length);
    const end = Math.min(start + 2 * run, from.length);
    const first = Math.min(start + (i % each) * segment, end);
    const last = Math.min(first + segment, end);
    merge(from as Numbers, { start, middle, end }, to as Numbers, first, last);
  },
  "mergeSegment",
);

/** Two runs behind each other: the second begins at `middle`. */
interface Runs {
  readonly start: number;
  readonly middle: number;
  readonly end: number;
}

/**
 * Writes to `to` what stands from `first` on and before `last` in the merger of two runs.
 *
 * The inner loop has no branch that depends on the numbers, which the processor would guess wrong every other time: 5 ns a number instead of 8.
 */
function merge(from: Numbers, { start, middle, end }: Runs, to: Numbers, first: number, last: number): void {
  // NaN stands at the end of each run, and will stand at the end of both.
  const a = start + firstThat(from.subarray(start, middle), (n) => n !== n);
  const b = middle + firstThat(from.subarray(middle, end), (n) => n !== n);
  const count = Math.min(first - start, a - start + b - middle);
  let i = start + splitOf(from.subarray(start, a), from.subarray(middle, b), count);
  let j = middle + count - (i - start);
  let k = first;
  for (;;) {
    // So many numbers can be had before one of the runs may be over.
    const safe = Math.min(a - i, b - j, last - k);
    if (safe === 0) break;
    for (let n = 0; n < safe; n++) {
      const isSecond = +(from[j]! < from[i]!);
      to[k++] = from[i + isSecond * (j - i)]!;
      i += 1 - isSecond;
      j += isSecond;
    }
  }
  while (k < last && i < a) to[k++] = from[i++]!;
  while (k < last && j < b) to[k++] = from[j++]!;
  if (k < last) to.fill(NaN, k, last);
}

/** How many of the first `count` numbers of the merger come from `a`. Of equal ones those of `a` come first. */
function splitOf(a: Numbers, b: Numbers, count: number): number {
  let least = Math.max(0, count - b.length);
  let most = Math.min(count, a.length);
  while (least < most) {
    const i = (least + most) >>> 1;
    if (b[count - i - 1]! < a[i]!) most = i;
    else least = i + 1;
  }
  return least;
}

/** Puts -0 before 0, which comparing does not tell apart. */
function orderZeros(numbers: NumberArray): void {
  if (!(numbers instanceof Float64Array || numbers instanceof Float32Array)) return;
  const start = firstThat(numbers, (n) => n >= 0 || n !== n);
  const end = firstThat(numbers, (n) => n > 0 || n !== n);
  const zeros = numbers.subarray(start, end);
  let negative = 0;
  for (const zero of zeros) if (Object.is(zero, -0)) negative++;
  zeros.fill(-0, 0, negative).fill(0, negative);
}

/** Where the first number stands that is so, as are all behind it. */
function firstThat(numbers: Float64Array | Float32Array, isSo: (n: number) => boolean): number {
  let least = 0;
  let most = numbers.length;
  while (least < most) {
    const at = (least + most) >>> 1;
    if (isSo(numbers[at]!)) most = at;
    else least = at + 1;
  }
  return least;
}
