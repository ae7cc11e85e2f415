/**
 * F1: async methods behind an interface. The interface says that a method returns a future; a class may write it as a method with the
 * decorator `@async`, or as a property.
 */
import { async, type Future, sleep } from "heddle";
import { example } from "./stage/example.js";
import { hasPrinted, print, scaled } from "./stage/stage.js";

interface Store {
  load(key: string): Future<string>;
}

/** A generator method with the decorator. */
class SlowStore implements Store {
  readonly #values = new Map([["greeting", "hello"]]);

  @async
  *load(key: string) {
    yield* sleep(scaled(100));
    return this.#values.get(key) ?? "nothing";
  }
}

/** A property that holds an async function. */
class UpperStore implements Store {
  readonly #inner: Store;

  constructor(inner: Store) {
    this.#inner = inner;
  }

  load = async(function* (this: UpperStore, key: string) {
    const value = yield* this.#inner.load(key);
    return value.toUpperCase();
  });
}

/** Knows the interface only. */
const show = async(function* (store: Store, key: string) {
  print(`${key}: ${yield* store.load(key)}`);
});

export const asyncMethodBehindInterface = example(import.meta, {
  id: "F1",
  program: "An async method behind an interface",
  expected: "works, as a decorated method and as a property",
  play: async(function* () {
    const slow = new SlowStore();
    const upper = new UpperStore(slow);
    for (const store of [slow, upper]) yield* show(store, "greeting");
    return {
      measured: "both work",
      checks: {
        "the method and the property work through the interface": hasPrinted("greeting: hello", "greeting: HELLO"),
      },
    };
  }),
});
