/**
 * The thorough look at what is sent: each object once, the nearest first, so that what is refused is named by the shortest path.
 */
import { isPrimitive } from "./plain.js";
import { judge, type Refusal, refusalOfPrimitive } from "./verdict.js";

// What is longer may be sparse: then its keys are asked for, though that takes 30 times as long for a dense one.
const LONGEST_DENSE = 10_000_000;

// Of a longer path, its middle is left out.
const MOST_STEPS = 20;

/** How one object or symbol hangs on another. */
type Step =
  | readonly ["key", string | number]
  | readonly ["map", unknown]
  | readonly ["mapKey", number]
  | readonly ["set", number];

interface Found {
  readonly value: unknown;
  readonly parent: Found | null;
  readonly step: Step | null;
}

/** What is in a value. */
export class Survey {
  /** The plain objects, arrays, Maps and Sets. */
  readonly containers: object[] = [];
  /** What does not cross itself: something else does, of which it is made again. */
  readonly rebuilt: object[] = [];
  /** What is moved. */
  readonly moved: object[] = [];
  readonly #seen = new Set<unknown>();
  #found: Found[] = [];
  #refused: { path: string; refusal: Refusal } | null = null;

  constructor(value: unknown) {
    this.#meet(value, null, null);
    // The array grows while it is walked.
    for (const found of this.#found) {
      const refusal = this.#look(found);
      if (refusal === null) continue;
      this.#refused = { path: pathOf(found), refusal };
      break;
    }
    this.#found = [];
  }

  /** What cannot be sent, and where; null if all can. */
  get refused(): { readonly path: string; readonly refusal: Refusal } | null {
    return this.#refused;
  }

  #meet(value: unknown, parent: Found | null, step: Step | null): void {
    const seen = this.#seen.size;
    if (isPrimitive(value) || this.#seen.add(value).size === seen) return;
    this.#found.push({ value, parent, step });
  }

  #look(found: Found): Refusal | null {
    const value = found.value as object | symbol;
    if (typeof value !== "object") return refusalOfPrimitive(value);
    const verdict = judge(value);
    switch (verdict) {
      case "fields":
        this.#meetFields(value, found);
        return null;
      case "map":
        this.#meetEntries(value as Map<unknown, unknown>, found);
        return null;
      case "set":
        this.#meetMembers(value as Set<unknown>, found);
        return null;
      case "view":
        this.#meet((value as ArrayBufferView).buffer, found, null);
        return null;
      case "rebuild":
        this.rebuilt.push(value);
        return null;
      case "move":
        this.moved.push(value);
        return null;
      case "clone":
        return null;
      default:
        return verdict;
    }
  }

  #meetFields(value: object, found: Found): void {
    this.containers.push(value);
    const fields = value as Record<string, unknown>;
    if (Array.isArray(value) && value.length < LONGEST_DENSE)
      for (let i = 0; i < value.length; i++) this.#meetAt(fields, i, found);
    else
      for (const key in fields)
        if (!isPrimitive(fields[key]) && Object.hasOwn(value, key)) this.#meetAt(fields, key, found);
  }

  #meetAt(fields: Record<string | number, unknown>, key: string | number, found: Found): void {
    const field = fields[key];
    if (!isPrimitive(field)) this.#meet(field, found, ["key", key]);
  }

  #meetEntries(map: Map<unknown, unknown>, found: Found): void {
    this.containers.push(map);
    let i = 0;
    for (const [key, value] of map) {
      this.#meet(key, found, ["mapKey", i++]);
      this.#meet(value, found, ["map", key]);
    }
  }

  #meetMembers(set: Set<unknown>, found: Found): void {
    this.containers.push(set);
    let i = 0;
    for (const member of set) this.#meet(member, found, ["set", i++]);
  }
}

/** Reads `.options.list[3].onDone`; empty for the value itself. */
function pathOf(found: Found): string {
  const steps: string[] = [];
  for (let at: Found | null = found; at !== null; at = at.parent) {
    if (at.step !== null) steps.push(textOf(at.step, at.parent?.value));
  }
  steps.reverse();
  if (steps.length > MOST_STEPS) steps.splice(MOST_STEPS / 2, steps.length - MOST_STEPS, "…");
  return steps.join("");
}

function textOf([kind, key]: Step, parent: unknown): string {
  switch (kind) {
    case "key":
      if (Array.isArray(parent) && /^\d+$/.test(String(key))) return `[${key}]`;
      return /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(String(key)) ? `.${key}` : `[${JSON.stringify(String(key))}]`;
    case "map":
      return `.get(${typeof key === "string" ? JSON.stringify(key) : typeof key === "object" ? "…" : String(key)})`;
    case "mapKey":
      return `.keys()[${key}]`;
    case "set":
      return `.values()[${key}]`;
  }
}
