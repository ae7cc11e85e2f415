/**
 * The tree of awaits of one future: the calls of each stack, innermost first, and what the innermost awaits, which may have branches.
 *
 *     task ──► call ──► call ──► join(…) ─┬─► call ──► mutex.lock()
 *                                         └─► sleep(…)
 */
import { quote } from "../base/errors.js";
import type { Resource } from "../base/resource.js";
import { lineText } from "../base/stacktrace.js";
import { current } from "../future/current.js";
import type { Frame } from "../future/frame.js";
import { lastInspected, levelsOf, sightOf } from "../future/inspect.js";
import type { Stack } from "../future/stack.js";

/** One await: where it stands, and what is awaited there. */
export interface DumpedAwait {
  /** `name (file:line:col)`, innermost first. */
  readonly calls: readonly string[];
  /** What the innermost call awaits: `sleep(…)`, `task "resize" (#81)`, `mutex.lock(), held by task "main" (#1)`, `a future`. */
  readonly waitsFor: string;
  /** Of a combinator: its branches. */
  readonly branches: readonly DumpedAwait[];
}

/** What has branches: the combinators. */
interface Branching {
  branches?(): readonly ((Stack & { readonly isOver: boolean }) | null)[];
}

/** The branches that are not over of what is awaited. */
export function branchesOf(awaited: object | null): Stack[] {
  const live: Stack[] = [];
  for (const branch of (awaited as Branching | null)?.branches?.() ?? [])
    if (branch !== null && !branch.isOver) live.push(branch);
  return live;
}

/** What the innermost call of a stack awaits, or what is polled in its place. Null while it waits for its turn, or runs. */
export function awaitedBy(stack: Stack): object | null {
  const { leaf, top } = stack;
  if (leaf !== null) return leaf;
  if (top === null || top.isStartable) return null;
  try {
    levelsOf(top.generator!);
  } catch {
    // As in `look`, below.
    return null;
  }
  return lastInspected();
}

/** One await as text, each line behind `indent`. */
export function awaitText(site: DumpedAwait, indent: string): string {
  const lines = [`${indent}waits for ${site.waitsFor}`];
  for (const branch of site.branches) lines.push(`${indent}- branch`, awaitText(branch, `${indent}    `));
  for (const call of site.calls) lines.push(`${indent}at ${call}`);
  return lines.join("\n");
}

/** Where the calls of one future stand. */
export function dumpStack(stack: Stack): DumpedAwait {
  const calls: string[] = [];
  let awaited: object | null = stack.leaf;
  for (let frame: Frame<any> | null = stack.top; frame !== null; frame = frame.parent) {
    if (frame.isStartable) {
      calls.push(`${frame.label}, not started`);
      continue;
    }
    const sight = look(frame);
    if (sight === null) calls.push(`${frame.label}, running`);
    else {
      calls.push(...sight.lines.map(lineText));
      awaited ??= sight.future;
    }
  }
  return { calls, waitsFor: describe(awaited), branches: branchesOf(awaited).map(dumpStack) };
}

function look(frame: Frame<any>): ReturnType<typeof sightOf> {
  try {
    return sightOf(frame.generator!);
  } catch {
    // It is the call that asks for the dump: a running generator cannot be looked at.
    return null;
  }
}

/** What is awaited, in words. */
export function describe(awaited: object | null): string {
  if (awaited === null) return "its turn";
  const { label, resource } = awaited as { label?: unknown; resource?: Resource };
  if (typeof label === "string")
    return resource === undefined ? label : label + titleOf(resource, label) + heldBy(resource);
  const name = awaited.constructor?.name;
  return name === undefined || name === "" ? "a future" : name;
}

/** What it is that is waited for, unless the label says so itself, and how full it is: `, mpsc "jobs" with 0 of 10 slots taken`. */
function titleOf({ kind, name, fullness }: Resource, label: string): string {
  const isNamed = name === undefined ? label.startsWith(kind) : label.includes(quote(name));
  const full = fullness === undefined ? "" : ` with ${fullness}`;
  if (isNamed) return full;
  if (name !== undefined) return `, ${kind} ${quote(name)}${full}`;
  return full === "" ? "" : `, ${kind}${full}`;
}

const MOST_NAMED = 8;

/** Who has to give something back before the wait can end, as far as the resource knows, and where each was given it. */
function heldBy(resource: Resource): string {
  const { holders } = resource;
  if (holders.length === 0) return "";
  const names = holders.slice(0, MOST_NAMED).map((holder) => {
    const at = current.diagnostics.takenAt(resource, holder);
    const title = `task ${JSON.stringify(holder.name)} (#${holder.id})${at === "" ? "" : ` since ${at}`}`;
    return holder.isFinished ? `${title}, which is over` : title;
  });
  if (holders.length > MOST_NAMED) names.push(`${holders.length - MOST_NAMED} more`);
  return `, held by ${names.join(", ")}`;
}
