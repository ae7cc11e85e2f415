/**
 * What the tour is asked for on its command line.
 */
import { parseArgs } from "node:util";
import type { Example } from "../stage/example.js";
import { scaleOf } from "../stage/scale.js";

export interface TourOptions {
  readonly examples: readonly Example[];
  readonly scale: number;
  readonly isTimed: boolean;
  readonly list: boolean;
  readonly json: boolean;
  readonly verbose: boolean;
  readonly help: boolean;
  readonly svg: string;
}

/** A quarter of the full times: the whole tour takes well under a minute. */
const SCALE = "0.25";

export const HELP = `usage: npm start
       npm run tour -- [options] [id …]

Plays the programs that show what an async runtime is for, and compares what is measured with
what is expected. With ids, only those: npm run tour -- A3 A4

  --scale <f>    factor on all times; 1 plays them in full, ${SCALE} is the default
  --untimed      expect nothing to be over within a time: for a machine that is busy
  --svg <path>   where to write the timeline; tour-timeline.svg is the default
  --list         list the programs, and play none
  --json         results as JSON on the standard output; progress goes to standard error
  --verbose      also show what the programs print
  --help         show this

exit code: 0 if all is as expected, 1 if not, 2 if the command line cannot be understood`;

const OPTIONS = {
  scale: { type: "string" },
  untimed: { type: "boolean" },
  svg: { type: "string" },
  list: { type: "boolean" },
  json: { type: "boolean" },
  verbose: { type: "boolean" },
  help: { type: "boolean" },
} as const;

/** @throws Error with a message for the user if the arguments cannot be understood */
export function tourOptions(args: readonly string[], examples: readonly Example[]): TourOptions {
  const { tokens } = parseArgs({
    args: [...args],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const values = new Map<string, string | undefined>();
  const ids: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") ids.push(token.value);
    if (token.kind !== "option") continue;
    const { name, rawName, value } = token;
    if (!Object.hasOwn(OPTIONS, name))
      throw new Error(
        `Cannot play the tour as ${rawName} is not an option\nhelp: the options are --${Object.keys(OPTIONS).join(", --")}`,
      );
    const wantsValue = OPTIONS[name as keyof typeof OPTIONS].type === "string";
    if (wantsValue && (value === undefined || value === "" || value.startsWith("--")))
      throw new Error(`Cannot play the tour as ${rawName} needs a value: there is none\nhelp: see --help`);
    if (!wantsValue && value !== undefined)
      throw new Error(`Cannot play the tour as ${rawName} takes no value: received ${JSON.stringify(value)}`);
    values.set(name, value);
  }
  return {
    examples: selected(ids, examples),
    scale: scaleOf(values.get("scale") ?? SCALE),
    isTimed: !values.has("untimed"),
    list: values.has("list"),
    json: values.has("json"),
    verbose: values.has("verbose"),
    help: values.has("help"),
    svg: values.get("svg") ?? "tour-timeline.svg",
  };
}

/** The programs with these ids, in the order of the tour; all if there are none. */
function selected(ids: readonly string[], examples: readonly Example[]): readonly Example[] {
  const wanted = new Set(ids.map((id) => id.toUpperCase()));
  for (const id of ids)
    if (!examples.some((example) => example.id === id.toUpperCase()))
      throw new Error(
        `Cannot play ${JSON.stringify(id)} as there is no program with this id` +
          `\nhelp: the ids are ${examples.map((example) => example.id).join(", ")}; --list says what they show`,
      );
  return wanted.size === 0 ? examples : examples.filter((example) => wanted.has(example.id));
}
