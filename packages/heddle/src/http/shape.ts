/**
 * Whether a body has the shape that the program expects: validators, and the error when it has not.
 *
 * Validators are objects of the Standard Schema interface, version 1 (standardschema.dev), which Zod, Valibot, ArkType and others
 * implement, or functions. heddle has none of its own.
 */
import { HeddleError, quote } from "../base/errors.js";

/** What is wrong at one place of a value. */
export interface Issue {
  readonly message: string;
  /** The keys that lead to the place; none for the value itself. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

type Validated<T> = { readonly value: T; readonly issues?: undefined } | { readonly issues: readonly Issue[] };

/** A validator of the Standard Schema interface. */
export interface StandardSchema<T> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    validate(value: unknown): Validated<T> | Promise<Validated<T>>;
  };
}

/** Checks a body: an object of the Standard Schema interface, or a function that returns the value it wants, and throws otherwise. */
export type Validator<T> = StandardSchema<T> | ((value: unknown) => T);

/** The other side sent something else than this program expects. */
export class ShapeError extends HeddleError {
  /** What was wrong, place by place. */
  readonly issues: readonly Issue[];
  /** What was received. */
  readonly value: unknown;

  constructor(code: string, message: string, options: { issues: readonly Issue[]; value: unknown; cause?: unknown }) {
    super(code, message, {
      cause: options.cause,
      help: "compare what the server sends with what the program expects of it",
    });
    this.issues = options.issues;
    this.value = options.value;
  }

  override get name(): string {
    return "ShapeError";
  }
}

/** @throws TypeError if it is neither kind of validator */
export function checkValidator(validator: unknown): void {
  if (typeof validator === "function" || isSchema(validator)) return;
  throw new TypeError(
    `Cannot read a body as JSON as 'validator' must be a Standard Schema or a function: received ${quote(validator)}` +
      "\nhelp: response.json((value) => …) returns the value it wants, or throws",
  );
}

function isSchema(validator: unknown): validator is StandardSchema<unknown> {
  return typeof (validator as Partial<StandardSchema<unknown>> | null)?.["~standard"]?.validate === "function";
}

/** The text of a body as JSON. @throws ShapeError `http.not-json` */
export function parseJson(text: string, url: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const received = text === "" ? "an empty body" : quote(text);
    const message = `Cannot read the body of ${url} as JSON: received ${received}`;
    throw new ShapeError("http.not-json", message, { issues: [], value: text, cause });
  }
}

/** A value that its validator accepts. @throws ShapeError `http.wrong-shape` */
export async function validated<T>(value: unknown, validator: Validator<T>, url: string): Promise<T> {
  if (!isSchema(validator)) {
    try {
      return (validator as (value: unknown) => T)(value);
    } catch (cause) {
      const issues = [{ message: cause instanceof Error ? cause.message : String(cause) }];
      throw new ShapeError("http.wrong-shape", wrongShape(issues, value, url), { issues, value, cause });
    }
  }
  const result = await validator["~standard"].validate(value);
  if (result.issues === undefined) return result.value;
  const { issues } = result;
  throw new ShapeError("http.wrong-shape", wrongShape(issues, value, url), { issues, value });
}

const MOST_ISSUES = 5;

function wrongShape(issues: readonly Issue[], value: unknown, url: string): string {
  const lines = issues.slice(0, MOST_ISSUES).map(({ message, path = [] }) => {
    const keys = path.map((segment) => (typeof segment === "object" ? segment.key : segment));
    const place = keys.length === 0 ? "the body" : pathText(keys);
    return `${place}: ${message}, received ${received(value, keys)}`;
  });
  if (issues.length > MOST_ISSUES) lines.push(`and ${issues.length - MOST_ISSUES} more`);
  const text = lines.length === 1 ? ` ${lines[0]}` : lines.map((line) => `\n  ${line}`).join("");
  return `Cannot accept the body of ${url} as it has another shape than expected:${text}`;
}

/** `user.emails[0]`, `["a b"].c` */
function pathText(keys: readonly PropertyKey[]): string {
  return keys
    .map((key, i) => {
      if (typeof key === "number" || /^\d+$/.test(String(key))) return `[${String(key)}]`;
      if (!/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(String(key))) return `[${quote(String(key))}]`;
      return i === 0 ? String(key) : `.${String(key)}`;
    })
    .join("");
}

/** What is at a place. A place that does not exist is said to hold nothing. */
function received(value: unknown, keys: readonly PropertyKey[]): string {
  let at: any = value;
  for (const key of keys) {
    if (at === null || typeof at !== "object" || !(key in at)) return "nothing";
    at = at[key];
  }
  if (typeof at !== "object" || at === null) return quote(at);
  const json = JSON.stringify(at) ?? quote(at);
  return json.length > 80 ? `${json.slice(0, 79)}…` : json;
}
