// A reporter of node:test for scripts/test.mjs: one line of JSON per finished test, and a last one
// that says the file ran to its end, which a file that calls process.exit() does not.

import { inspect } from "node:util";

export default async function* report(events) {
  const path = [];
  for await (const { type, data } of events) {
    if (type === "test:start") path.splice(data.nesting, Infinity, data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    const { duration_ms: milliseconds, error, type: kind } = data.details;
    // A suite is only the sum of its tests, unless it is a hook of its own that failed.
    if (kind === "suite" && (!error || error.failureType === "subtestsFailed")) continue;
    const skipped = data.skip !== undefined || data.todo !== undefined;
    const name = [...path.slice(0, data.nesting), data.name].join(" > ");
    const outcome = skipped ? "skipped" : type === "test:pass" ? "passed" : "failed";
    yield line({ name, outcome, milliseconds, error: error && inspect(error.cause ?? error, { depth: 8 }) });
  }
  yield line({ end: true });
}

const line = (record) => `${JSON.stringify(record)}\n`;
