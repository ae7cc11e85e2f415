/**
 * A10: a slow HTTP call, whose JSON body has a type, joined with a quick job. The quick job does not wait for the call, and a body
 * of another shape is an error that says where and what.
 */
import { async, join, sleep } from "heddle";
import { fetch, ShapeError, type StandardSchema } from "heddle/http";
import { startSlowServer } from "./one-request.js";
import { example } from "./stage/example.js";
import { print, printed, scaled, stopwatch, text, times, within } from "./stage/stage.js";

interface User {
  name: string;
  email: string;
  lastLogin: string;
}

/** The validator: an object of the Standard Schema interface, as Zod, Valibot and ArkType make them. This one is by hand. */
const userSchema: StandardSchema<User> = {
  "~standard": {
    version: 1,
    vendor: "the tour",
    validate(value) {
      const user = value as User;
      const wrong = (["name", "email", "lastLogin"] as const).filter((key) => typeof user?.[key] !== "string");
      if (wrong.length === 0) return { value: user };
      return { issues: wrong.map((key) => ({ message: "expected a string", path: [key] })) };
    },
  },
};

const slowDelay = () => scaled(5000, 250);
const quickDelay = () => scaled(1000, 50);

const fetchUser = async(function* (id: number, port: number) {
  const response = yield* fetch(`http://127.0.0.1:${port}/users/${id}?delay=${slowDelay()}`);
  const user = yield* response.json(userSchema);
  print(`slow call: got ${user.name}, ${user.email}`);
  return user;
});

const printLastLogin = async(function* () {
  yield* sleep(quickDelay());
  print("quick job: user 7 last logged in on 2024-05-17");
});

export const slowCallQuickJob = example(import.meta, {
  id: "A10",
  program: "A slow call with a typed body, joined with a quick job",
  expected: "quick job first; ×1 of the call; a wrong shape is a clear error",
  play: async(function* () {
    using server = yield* startSlowServer();
    const elapsed = stopwatch();
    const [user] = yield* join(fetchUser(7, server.port), printLastLogin());
    const time = elapsed();

    let problem: unknown;
    try {
      yield* fetchUser(8, server.port);
    } catch (error) {
      problem = error;
      print(`user 8: ${(error as Error).message}`);
    }
    const message = problem instanceof ShapeError ? problem.message : "";
    return {
      measured: `${text(time)}, ${times(time, slowDelay())} of the call; ${problem instanceof ShapeError ? problem.issues.length : 0} wrong places named`,
      checks: {
        "the quick job prints first": printed()[0]!.startsWith("quick job") && printed()[1]!.startsWith("slow call"),
        "both together take as long as the slow one":
          time >= slowDelay() - 1 && within(time, slowDelay() + 3 * quickDelay()),
        "the body has its type": user.email === "ada@example.org",
        "the error names the places": message.includes("email: expected a string, received nothing"),
        "the error says what was received": message.includes("lastLogin: expected a string, received 1715934600"),
      },
      figures: { slowDelay: slowDelay(), quickDelay: quickDelay(), time },
    };
  }),
});
