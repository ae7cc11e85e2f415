/**
 * WaitGraph: which tasks can never go on, because they wait for each other.
 *
 * It begins by taking all that wait for lost, and takes back, until nothing changes, whatever may still go on: a leaf that anybody may wake, or
 * one of whose needs may be met. What is left can only be helped from outside: by an abort, or by a guard that somebody else releases.
 *
 * | a stack is | when it                                             | and then                           |
 * | ---------- | --------------------------------------------------- | ---------------------------------- |
 * | stuck      | cannot end: of a join one branch, of a race all are | who joins it waits for ever        |
 * | frozen     | cannot move: all of its leaves wait for ever        | it will not release what it took   |
 *
 * So a branch that sleeps beside one that is stuck does not count as stuck, and one that sleeps with a lock is not taken for a deadlock of those
 * that wait for it, in the same task or not. The cycles are then found by a walk, depth first, from leaf to leaf:
 *
 *     leaf ──needs──► [ need, need ] ──of a task, or of the calls that took a lock──► its leaves
 */
import type { Need, Needing, Needs } from "../base/needs.js";
import type { Stack } from "../future/stack.js";
import { isIdle, type Task } from "../task/task.js";
import { awaitedBy, branchesOf } from "./await-tree.js";

/** One stack of a task, and what it awaits. */
export interface Site {
  readonly task: Task<any>;
  readonly stack: Stack;
  /** The one that it is a branch of. */
  readonly parent: Site | null;
  /** What is awaited. */
  readonly awaited: object | null;
  /** Of a leaf. */
  readonly needs: Needs | null;
  readonly branches: readonly Site[];
  readonly needsEach: boolean;
  readonly isOpen: boolean;
  isStuck: boolean;
  isFrozen: boolean;
}

/** One wait of a cycle. The next one, or the first after the last, has to do what it needs. */
export interface Link {
  readonly site: Site;
  /** The calls that hold what it needs, if nobody polls them: they cannot even be told. */
  readonly asleep: Stack | null;
}

/** From a wait to one that the next step has to end. */
interface Edge {
  readonly to: Site;
  readonly need: Need;
}

/** Part of the way from where a walk began. */
interface Pace {
  readonly site: Site;
  readonly edges: readonly Edge[];
  /** The edges that were taken. */
  taken: number;
}

class WaitGraph {
  readonly #roots = new Map<object, Site>();
  /** By mark, of each stack that its task would poll. */
  readonly #sites = new Map<number, Site>();
  /** By mark, those that were pinned, and may be polled again. */
  readonly #pinned = new Map<number, Stack>();
  /** In one round: whether none of these can be met. */
  readonly #hopeless = new Map<Iterable<Need>, boolean>();

  /** @param tasks oldest first */
  constructor(tasks: readonly Task<any>[]) {
    for (const task of tasks) if (isIdle(task)) this.#add(task);
    // Who is waited for was mostly spawned later: looked at first, one round does for whole chains.
    let left = [...this.#roots.values()].reverse();
    for (let hasChanged = true; hasChanged;) {
      hasChanged = false;
      this.#hopeless.clear();
      for (const root of left) if (this.#relieve(root)) hasChanged = true;
      left = left.filter(hasLost);
    }
  }

  #add(task: Task<any>): void {
    const awaited = awaitedBy(task);
    const dropped = [...(task.cleanups?.live ?? [])];
    // Most tasks of most programs: nobody needs to be told of them.
    if (dropped.length === 0 && branchesOf(awaited).length === 0 && needsOf(awaited) === null) return;
    const calls = awaited === null ? [] : [this.#site(task, task, null, awaited)];
    // What it dropped, and what goes on cleaning up, is its own to finish too.
    const branches = [...calls, ...dropped.map((branch) => this.#site(task, branch, null, awaitedBy(branch)))];
    this.#roots.set(task, siteOf(task, task, null, null, null, branches, true, false));
    for (const pinned of task.cleanups?.kept ?? []) this.#pin(pinned);
  }

  #pin(awaited: object | null): void {
    for (const branch of branchesOf(awaited)) {
      if (branch.mark !== 0) this.#pinned.set(branch.mark, branch);
      this.#pin(awaitedBy(branch));
    }
  }

  #site(task: Task<any>, stack: Stack, parent: Site | null, awaited: object | null): Site {
    const branches: Site[] = [];
    const { needsEach = false, isOpen = false } = (awaited ?? {}) as { needsEach?: boolean; isOpen?: boolean };
    const site = siteOf(task, stack, parent, awaited, needsOf(awaited), branches, needsEach, isOpen);
    if (stack.mark !== 0) this.#sites.set(stack.mark, site);
    for (const branch of branchesOf(awaited)) branches.push(this.#site(task, branch, site, awaitedBy(branch)));
    return site;
  }

  /** Takes back what may go on after all. Answers whether something did. */
  #relieve(site: Site): boolean {
    const { branches, isStuck, isFrozen, isOpen } = site;
    if (branches.length === 0) {
      if (!isStuck) return false;
      if (site.needs !== null && this.#isHopeless(site.needs)) return false;
      site.isStuck = site.isFrozen = false;
      return true;
    }
    let hasChanged = false;
    let stuck = 0;
    let frozen = 0;
    for (const branch of branches) {
      if (this.#relieve(branch)) hasChanged = true;
      if (branch.isStuck) stuck++;
      if (branch.isFrozen) frozen++;
    }
    site.isStuck = site.needsEach ? stuck > 0 : !isOpen && stuck === branches.length;
    site.isFrozen = !isOpen && frozen === branches.length;
    return hasChanged || site.isStuck !== isStuck || site.isFrozen !== isFrozen;
  }

  #isHopeless({ each, of, or }: Needs): boolean {
    if (or !== undefined && !this.#isVain(or)) return false;
    const known = this.#hopeless.get(of);
    if (known !== undefined) return known;
    let isHopeless = !each;
    for (const need of of)
      if (this.#isVain(need) === each) {
        isHopeless = each;
        break;
      }
    this.#hopeless.set(of, isHopeless);
    return isHopeless;
  }

  /** Whether what is needed will never be done. */
  #isVain(need: Need): boolean {
    const target = this.#target(need);
    if (target === undefined) return false;
    return need.until === "end" ? target.isStuck : target.isFrozen && !mayBeDropped(target);
  }

  /** Who has to do it. Undefined if it is none of the tasks that wait. */
  #target({ task, by }: Need): Site | undefined {
    const root = task === null ? undefined : this.#roots.get(task);
    if (root === undefined) return undefined;
    // The calls that took it may be over, and have passed it on; or nobody polls them. Either way the whole task has to go on.
    return this.#sites.get(by) ?? root;
  }

  /** One for each knot at least; none of them shares a wait with another. */
  cycles(): Link[][] {
    const found: Link[][] = [];
    const walked = new Set<Site>();
    for (const root of this.#roots.values())
      for (const leaf of lostLeaves(root, "isStuck")) if (!walked.has(leaf)) this.#walk(leaf, walked, found);
    // Of several who hold parts of one thing each waits for itself as well: say rather that they wait for each other.
    found.sort((a, b) => Number(a.length === 1) - Number(b.length === 1));
    const told = new Set<Site>();
    return found.filter((cycle) => {
      if (cycle.some(({ site }) => told.has(site))) return false;
      for (const { site } of cycle) told.add(site);
      return true;
    });
  }

  #walk(start: Site, walked: Set<Site>, found: Link[][]): void {
    const path: Pace[] = [];
    const places = new Map<Site, number>();
    const enter = (site: Site): void => {
      walked.add(site);
      places.set(site, path.length);
      path.push({ site, edges: this.#edges(site.needs!), taken: 0 });
    };
    enter(start);
    while (path.length > 0) {
      const pace = path.at(-1)!;
      const edge = pace.edges[pace.taken++];
      if (edge === undefined) {
        places.delete(pace.site);
        path.pop();
        continue;
      }
      const place = places.get(edge.to);
      if (place !== undefined) found.push(path.slice(place).map((at) => this.#link(at)));
      else if (!walked.has(edge.to)) enter(edge.to);
    }
  }

  #edges({ of, or }: Needs): Edge[] {
    const edges: Edge[] = [];
    for (const need of or === undefined ? of : [...of, or]) {
      if (!this.#isVain(need)) continue;
      const kind = need.until === "end" ? "isStuck" : "isFrozen";
      for (const to of lostLeaves(this.#target(need)!, kind)) edges.push({ to, need });
    }
    return edges;
  }

  #link({ site, edges, taken }: Pace): Link {
    return { site, asleep: this.#asleep(edges[taken - 1]!.need) };
  }

  /** The calls that hold what is needed, if they wait for somebody to poll them. */
  #asleep({ by }: Need): Stack | null {
    return this.#sites.has(by) ? null : (this.#pinned.get(by) ?? null);
  }
}

function siteOf(
  task: Task<any>,
  stack: Stack,
  parent: Site | null,
  awaited: object | null,
  needs: Needs | null,
  branches: readonly Site[],
  needsEach: boolean,
  isOpen: boolean,
): Site {
  return { task, stack, parent, awaited, needs, branches, needsEach, isOpen, isStuck: true, isFrozen: true };
}

/** Whether it is a branch of something that may end without it. Not if it fails, as anything may. */
function mayBeDropped(site: Site): boolean {
  for (let at = site.parent; at !== null; at = at.parent) if (!at.needsEach && !at.isStuck) return true;
  return false;
}

function hasLost(site: Site): boolean {
  return site.isStuck || site.isFrozen || site.branches.some(hasLost);
}

function needsOf(awaited: object | null): Needs | null {
  return (awaited as Needing | null)?.needs?.() ?? null;
}

function* lostLeaves(site: Site, kind: "isStuck" | "isFrozen"): Generator<Site, void, undefined> {
  if (!site[kind]) return;
  if (site.branches.length === 0) yield site;
  else for (const branch of site.branches) yield* lostLeaves(branch, kind);
}

/** The cycles of waits among tasks, which are all of a runtime, oldest first. */
export function findCycles(tasks: readonly Task<any>[]): Link[][] {
  return new WaitGraph(tasks).cycles();
}
