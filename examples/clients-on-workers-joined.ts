/**
 * C6: C5, written with a join of the three handles.
 */
import { async, join } from "heddle";
import { asOne, onWorkers } from "./clients-on-workers.js";
import { example } from "./stage/example.js";

export const clientsOnWorkersJoined = example(import.meta, {
  id: "C6",
  program: "C5, written with join of three handles",
  expected: "14 s",
  play: async(function* () {
    const heard = yield* onWorkers(3, function* ([one, two, three]) {
      yield* join(one, two, three);
    });
    return asOne(heard);
  }),
});
