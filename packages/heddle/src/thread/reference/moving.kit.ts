/**
 * Functions that are moved, by what they use of what is around them. The tests of this folder send them.
 */
import { async, sleep } from "../../index.js";
import { move } from "./move.js";

const MODULE_CONSTANT = 100;
const helper = (n: number): number => n + MODULE_CONSTANT;
let count = 0;

/** Functions that can be moved, and what they answer when they are called with 1. */
export function movable(factor: number): Record<string, [fn: (n: number) => unknown, answer: unknown]> {
  const n = 5;
  // What another closure keeps alive, the engine shows at this one's scope too.
  const sibling = (): number => n + factor;
  sibling();
  return {
    captures: [move({ factor }, ({ factor }, n: number) => n * factor), factor],
    nothing: [move({}, (_, n: number) => n + 1), 2],
    "what is in its module": [move({ factor }, ({ factor }, n: number) => helper(n) * factor), 101 * factor],
    "names that are properties and words": [
      move({ factor }, ({ factor: by }, k: number) => ({ n: k, factor: [by, "n"] })),
      { n: 1, factor: [factor, "n"] },
    ],
    "an async function": [move({ factor }, async ({ factor }, n: number) => n - factor), 1 - factor],
    "an async function of heddle": [
      move(
        { factor },
        async(function* ({ factor }, n: number) {
          yield* sleep(1);
          return helper(n) + factor;
        }),
      ),
      101 + factor,
    ],
    "a generator function": [
      move({ factor }, function* ({ factor }, n: number) {
        yield* sleep(1);
        return n + factor;
      }),
      1 + factor,
    ],
    "a declaration": [move({ factor }, declared), 1 + factor],
    "a function with a this of its own": [
      move({ factor }, ({ factor }, n: number) => {
        const object = {
          factor,
          times(): number {
            return n * this.factor;
          },
        };
        return object.times();
      }),
      factor,
    ],
    "a variable of its module": [move({}, (_, n: number) => (count += n)), 1],
  };
}

export const failing = move({}, (_, n: number) => {
  if (n > 0) throw new Error("here");
});

function declared({ factor }: { factor: number }, n: number): number {
  return n + factor;
}

export class Shop {
  readonly #secret = 1;
  readonly price = 2;

  bound(): (n: number) => number {
    return move({}, (_, n: number) => n * this.price);
  }

  secret(): (n: number) => number {
    return move({ shop: this as Shop }, ({ shop }, n: number) => n * shop.#secret);
  }

  method({ factor }: { factor: number }, n: number): number {
    return factor * n;
  }
}

/** Functions that cannot be moved as they are. */
export function immovable(database: string, port: number): Record<string, () => unknown> {
  for (let turn = 0; turn < 1; turn++) {
    try {
      throw new Error("caught");
    } catch (error) {
      return {
        captures: move({ port }, ({ port }) => `${database}:${port}`),
        "a loop's variable": move({}, () => turn),
        "what was caught": move({}, () => (error as Error).message),
        "what is listed": move({ database }, () => database),
        both: move({}, () => database + port),
        // oxlint-disable-next-line prefer-rest-params
        arguments: move({}, () => arguments.length),
        nested: move({}, () => () => port),
        default: move({}, (_, host = database) => host),
      };
    }
  }
  return {};
}
