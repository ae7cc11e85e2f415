/**
 * `tracked`: objects that say when they are read and written, so that an exploration knows which steps share what.
 *
 * Each property counts by itself. What is added, deleted, or asked for as a whole (its keys, its length, its iterators) counts as one thing
 * more: the object's shape. Objects inside are tracked as well, as soon as they are put there.
 */
import { quote } from "../base/errors.js";
import { Resource } from "../base/resource.js";

/** One thing that is read or written. */
class Cell extends Resource {
  get kind(): string {
    return "tracked value";
  }
}

const proxies = new WeakMap<object, object>();
const originals = new WeakMap<object, object>();

/**
 * Makes a proxy of an object, whose reads and writes `explore` sees when it is told `shared: "tracked"`. Use the proxy, and the proxy only.
 *
 * Plain objects, arrays, maps and sets can be tracked, and what is inside them is, if it is one of these. Other objects inside are left as
 * they are: extend `Resource` of heddle/lowlevel for a class of your own.
 *
 * @throws TypeError for anything else
 *
 * @example Two counters that do not disturb each other
 * ```ts
 * import { async, join, spawn, yieldNow } from "heddle";
 * import { explore, tracked } from "heddle/test";
 *
 * const program = async(function* () {
 *   const counts = tracked({ a: 0, b: 0 });
 *   const count = async(function* (key: "a" | "b") {
 *     counts[key]++;
 *     yield* yieldNow();
 *     counts[key]++;
 *   });
 *   yield* join(spawn(count("a")), spawn(count("b")));
 * });
 * const { schedules, exhausted } = await explore(program, { shared: "tracked" });
 * console.log(schedules, exhausted);
 * // prints: 1 true
 * ```
 */
export function tracked<T extends object>(object: T): T {
  if (!isTrackable(object))
    throw new TypeError(
      `Cannot track this as 'object' must be a plain object, an array, a Map or a Set: received ${quote(object)}` +
        "\nhelp: extend Resource of heddle/lowlevel, and call touch(…) before each access",
    );
  return proxyOf(object) as T;
}

function isTrackable(value: unknown): value is object {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return Array.isArray(value) || [Object.prototype, null, Map.prototype, Set.prototype].includes(prototype as object);
}

/** What stands for a value: its proxy, if it can be tracked. */
function proxyOf(value: unknown): unknown {
  if (!isTrackable(value) || originals.has(value)) return value;
  const known = proxies.get(value);
  if (known !== undefined) return known;
  const isCollection = value instanceof Map || value instanceof Set;
  const proxy: object = new Proxy(value, isCollection ? new CollectionHandler(value) : new PropertyHandler(value));
  proxies.set(value, proxy);
  originals.set(proxy, value);
  return proxy;
}

/** The cells of plain objects and arrays. */
class PropertyHandler implements ProxyHandler<any> {
  readonly #cells = new Map<PropertyKey, Cell>();
  readonly #shape = new Cell();

  constructor(target: any) {
    // Now, by the task that tracks the object: made at the first access, a cell would belong to whoever comes first.
    for (const key of Reflect.ownKeys(target)) {
      const { configurable, writable } = Reflect.getOwnPropertyDescriptor(target, key)!;
      if (configurable === true) this.#cells.set(key, new Cell());
      // What cannot be changed stays as it is: a proxy has to give just this.
      if (writable === true) target[key] = proxyOf(target[key]);
    }
  }

  #touch(key: PropertyKey, write: boolean): void {
    (this.#cells.get(key) ?? this.#shape).touch(write);
  }

  get(target: object, key: PropertyKey, receiver: unknown): unknown {
    this.#touch(key, false);
    return Reflect.get(target, key, receiver);
  }

  set(target: object, key: PropertyKey, value: unknown, receiver: unknown): boolean {
    this.#touch(key, true);
    const own = Reflect.getOwnPropertyDescriptor(target, key);
    if (own === undefined) this.#shape.touch(true);
    // A setter gets the proxy as its `this`, so that what it writes is seen.
    else if (own.set !== undefined) return Reflect.set(target, key, value, receiver);
    return Reflect.set(target, key, proxyOf(value));
  }

  has(target: object, key: PropertyKey): boolean {
    this.#touch(key, false);
    return Reflect.has(target, key);
  }

  deleteProperty(target: object, key: PropertyKey): boolean {
    this.#touch(key, true);
    this.#shape.touch(true);
    return Reflect.deleteProperty(target, key);
  }

  defineProperty(target: object, key: PropertyKey, descriptor: PropertyDescriptor): boolean {
    this.#touch(key, true);
    this.#shape.touch(true);
    return Reflect.defineProperty(target, key, descriptor);
  }

  getOwnPropertyDescriptor(target: object, key: PropertyKey): PropertyDescriptor | undefined {
    this.#touch(key, false);
    return Reflect.getOwnPropertyDescriptor(target, key);
  }

  ownKeys(target: object): (string | symbol)[] {
    this.#shape.touch(false);
    return Reflect.ownKeys(target);
  }
}

const WRITES: ReadonlySet<PropertyKey> = new Set(["set", "add", "delete", "clear"]);

/** Maps and sets: one cell for all of it. */
class CollectionHandler implements ProxyHandler<any> {
  readonly #cell = new Cell();

  constructor(target: Map<unknown, unknown> | Set<unknown>) {
    const entries = [...target.entries()];
    target.clear();
    for (const [key, value] of entries) {
      if (target instanceof Map) target.set(proxyOf(key), proxyOf(value));
      else target.add(proxyOf(value));
    }
  }

  get(target: any, key: PropertyKey): unknown {
    const value: unknown = target[key];
    if (typeof value !== "function") {
      this.#cell.touch(false);
      return value;
    }
    return (...args: unknown[]) => {
      this.#cell.touch(WRITES.has(key));
      const result: unknown = value.apply(target, args.map(proxyOf));
      return result === target ? proxies.get(target) : result;
    };
  }
}
