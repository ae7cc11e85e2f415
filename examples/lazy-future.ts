/**
 * B2: a future is lazy. Calling an async function makes one, and runs nothing of it.
 */
import { async } from "heddle";
import { example } from "./stage/example.js";
import { hasPrinted, print } from "./stage/stage.js";

const helloWorld = async(function* () {
  print("hello, world!");
});

export const lazyFuture = example(import.meta, {
  id: "B2",
  program: "hello_world() is called, and its future driven later",
  expected: "nothing is printed before it is driven",
  play: async(function* () {
    const future = helloWorld();
    print("the future is made");
    yield* future;
    print("the future is ready");
    const inOrder = hasPrinted("the future is made", "hello, world!", "the future is ready");
    return {
      measured: inOrder ? "made, driven, printed" : "printed too early",
      checks: { "it prints when it is driven, not when it is made": inOrder },
    };
  }),
});
