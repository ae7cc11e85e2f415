/**
 * Plan: what a parallel iterator is to do, as data. Adaptors build it, nothing of it runs here.
 *
 *     of: zip ──► map ──► enumerate        stages: filter ──► flatMap ──► fold        end: reduce
 *     └─ items by number, on demand ─┘      └─ items pushed on, one after another ─┘   └─ what becomes of them
 *
 * The functions in it are of type `F`: those of the program on the thread that asks, and what names them on the way to another.
 */
import { BugError } from "../../base/errors.js";
import type { NumberArray } from "./numbers.js";

/** Items of which each can be had by its number. */
export type Indexed<F> = { readonly length: number } & (
  | { readonly kind: "range"; readonly from: number; readonly step: number }
  /** In shared memory, but for what has not been sent yet. */
  | { readonly kind: "numbers"; readonly data: NumberArray }
  | { readonly kind: "list"; readonly items: readonly unknown[] }
  /** Lists of `size` items each, serialised one behind the other; list `i` ends at `ends[i]`. */
  | { readonly kind: "pieces"; readonly bytes: Uint8Array; readonly ends: Float64Array; readonly size: number }
  | { readonly kind: "map"; readonly of: Indexed<F>; readonly fn: F }
  | { readonly kind: "enumerate"; readonly of: Indexed<F> }
  | { readonly kind: "zip"; readonly of: Indexed<F>; readonly others: Indexed<F> }
  | { readonly kind: "chunks"; readonly of: Indexed<F>; readonly size: number }
);

/** What is done with items that have lost their numbers. */
export type Stage<F> =
  | { readonly kind: "map" | "filter" | "flatMap"; readonly fn: F }
  | { readonly kind: "fold"; readonly initial: unknown; readonly fn: F };

/** What becomes of the items. */
export type End<F> =
  | { readonly kind: "collect" | "sum" | "product" | "count" }
  | { readonly kind: "into"; readonly target: NumberArray }
  | { readonly kind: "each" | "any" | "all" | "findFirst" | "findAny" | "findIndex"; readonly fn: F }
  | { readonly kind: "reduce"; readonly fn: F; readonly identity: unknown }
  | { readonly kind: "min" | "max" | "sort"; readonly fn: F | null };

export interface Plan<F> {
  readonly of: Indexed<F>;
  readonly stages: readonly Stage<F>[];
  readonly end: End<F>;
}

/** The ends that one item can decide. */
export const isDecidedEarly = ({ kind }: End<unknown>): boolean =>
  kind === "any" || kind === "all" || kind === "findAny" || kind === "findFirst" || kind === "findIndex";

/** The ends for which the first such item counts, not the first that was met. */
export const wantsFirst = ({ kind }: End<unknown>): boolean => kind === "findFirst" || kind === "findIndex";

/** The same plan with other functions, and other sources. */
export function mapPlan<F, G>(plan: Plan<F>, fn: (fn: F) => G, source: (of: Indexed<F>) => Indexed<G>): Plan<G> {
  const end = plan.end as Extract<End<F>, { fn: F | null }>;
  return {
    of: mapIndexed(plan.of, fn, source),
    stages: plan.stages.map((stage) => ({ ...stage, fn: fn(stage.fn) })),
    end: (end.fn == null ? end : { ...end, fn: fn(end.fn) }) as End<G>,
  };
}

function mapIndexed<F, G>(of: Indexed<F>, fn: (fn: F) => G, source: (of: Indexed<F>) => Indexed<G>): Indexed<G> {
  switch (of.kind) {
    case "map":
      return { ...of, of: mapIndexed(of.of, fn, source), fn: fn(of.fn) };
    case "zip":
      return { ...of, of: mapIndexed(of.of, fn, source), others: mapIndexed(of.others, fn, source) };
    case "enumerate":
    case "chunks":
      return { ...of, of: mapIndexed(of.of, fn, source) };
    default:
      return source(of);
  }
}

/** All functions of a plan. */
export function functionsOf<F>(plan: Plan<F>): F[] {
  const found: F[] = [];
  mapPlan(
    plan,
    (fn) => {
      found.push(fn);
      return fn;
    },
    (of) => of,
  );
  return found;
}

/** How many items of its source one item is made of. */
export function stepOf(of: Indexed<unknown>): number {
  switch (of.kind) {
    case "pieces":
      return of.size;
    case "map":
    case "enumerate":
    case "zip":
      return stepOf(of.of);
    default:
      return 1;
  }
}

export function unknownKind(kind: never): BugError {
  return new BugError(`Cannot run a plan as it has a "${String(kind)}", which nobody knows`);
}
