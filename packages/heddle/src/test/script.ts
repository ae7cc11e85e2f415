/**
 * Script: what a mock stream plays, step by step, and how far it has come.
 *
 * | step       | over when                                  | goes before |
 * | ---------- | ------------------------------------------ | ----------- |
 * | read       | all its bytes have been read               | reads       |
 * | readError  | a read has thrown it                       | reads       |
 * | write      | all its bytes have been written            | reads       |
 * | writeError | a write has thrown it                      | reads       |
 * | wait       | its time has passed since it was reached   | all         |
 *
 * A read comes to its step only when all steps before it are over: an answer does not come before the question. A write need not wait until what came
 * before it was read.
 */
import { formatDuration } from "../base/duration.js";
import { show, showBytes } from "./show.js";

/** One step. `left` and `isOver` change as the script is played. */
export type Step =
  | { readonly kind: "read"; readonly bytes: Uint8Array; left: Uint8Array; isOver: boolean }
  | { readonly kind: "write"; readonly bytes: Uint8Array; left: Uint8Array; isOver: boolean }
  | { readonly kind: "readError"; readonly error: unknown; isOver: boolean }
  | { readonly kind: "writeError"; readonly error: unknown; isOver: boolean }
  | { readonly kind: "wait"; readonly milliseconds: number; isOver: boolean };

/** The steps of one direction. */
export type StepOf<K extends Step["kind"]> = Extract<Step, { kind: K }>;

export class Script {
  readonly #steps: readonly Step[];

  constructor(steps: readonly Step[]) {
    this.#steps = steps;
  }

  /** The first step that is not over. */
  get head(): Step | undefined {
    return this.#steps.find((step) => !step.isOver);
  }

  /** The step that the next write comes to, or a wait that is before it; undefined if there is none any more. */
  get nextWrite(): StepOf<"write" | "writeError" | "wait"> | undefined {
    let wait: StepOf<"wait"> | undefined;
    for (const step of this.#steps) {
      if (step.isOver) continue;
      if (step.kind === "write" || step.kind === "writeError") return wait ?? step;
      if (step.kind === "wait") wait ??= step;
    }
    return undefined;
  }

  /** The last step for reads, if it is an error. */
  get lastReadError(): StepOf<"readError"> | undefined {
    const last = this.#steps.findLast(({ kind }) => kind === "read" || kind === "readError");
    return last?.kind === "readError" ? last : undefined;
  }

  /** How many steps are not over. */
  get left(): number {
    return this.#steps.filter(({ isOver }) => !isOver).length;
  }

  /** How many steps there are. */
  get length(): number {
    return this.#steps.length;
  }

  /** All steps, one a line, with how far each has come. */
  toString(): string {
    return this.#steps.map((step) => `    ${progress(step).padEnd(15)}${describe(step)}`).join("\n");
  }
}

function progress(step: Step): string {
  if (step.isOver) return "done";
  if (!("left" in step) || step.left.length === step.bytes.length) return "left";
  return `${step.bytes.length - step.left.length} of ${step.bytes.length} bytes`;
}

/** A step as messages call it: `write "QUIT\r\n"`. */
function describe(step: Step): string {
  if (step.kind === "wait") return `wait for ${formatDuration(step.milliseconds)}`;
  if ("error" in step) return `${step.kind === "readError" ? "read" : "write"} fails with ${show(step.error)}`;
  return `${step.kind} ${showBytes(step.bytes)}`;
}
