/**
 * Findings: what a test left behind, and the error that says so.
 */
import { formatDuration } from "../base/duration.js";
import { HeddleError, quote } from "../base/errors.js";
import type { Resource } from "../base/resource.js";
import type { DumpedTask } from "../runtime/dump.js";
import { awaitText } from "../runtime/await-tree.js";

const INDENT = "        ";

/** Collects what a test left behind. */
export class Findings {
  readonly #texts: string[] = [];
  #cause: unknown = undefined;

  get isEmpty(): boolean {
    return this.#texts.length === 0;
  }

  task(task: DumpedTask): void {
    this.#add(`task ${quote(task.name)} (#${task.id}) is still alive\n${awaitText(task, INDENT)}`);
  }

  timers(count: number, milliseconds: number): void {
    const when = milliseconds <= 0 ? "now" : `in ${formatDuration(milliseconds)}`;
    this.#add(
      count === 1
        ? `a timer is still pending, due ${when}`
        : `${count} timers are still pending, the first due ${when}`,
    );
  }

  /** Something is held by tasks that are over. */
  held(resource: Resource): void {
    const { kind, name, holders } = resource;
    const who = holders.map(({ name: holder, id }) => `task ${quote(holder)} (#${id})`).join(" and ");
    this.#add(`${kind}${name === undefined ? "" : ` ${quote(name)}`} is still held by ${who}`);
  }

  /** @param what `task "resize" (#81) failed, and nobody joined it` */
  error(what: string, error: unknown): void {
    const text = error instanceof Error ? (error.stack ?? String(error)) : quote(error);
    this.#add(`${what}: ${indented(text)}`);
    this.#cause ??= error;
  }

  /** What is complete as it is: a warning, or what a mock has to say. */
  text(text: string): void {
    this.#add(indented(text));
  }

  #add(text: string): void {
    this.#texts.push(text);
  }

  /** @param name the test's */
  toError(name: string): HeddleError {
    const list = this.#texts.map((text) => `\n    - ${text}`).join("");
    return new HeddleError(
      "test.unclean",
      `Cannot pass ${JSON.stringify(name)} as a test must leave nothing behind:${list}`,
      {
        help: "before it ends, await, abort or drop what the test started",
        cause: this.#cause,
      },
    );
  }
}

function indented(text: string): string {
  return text.replaceAll("\n", `\n${INDENT}`);
}
