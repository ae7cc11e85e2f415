/**
 * What holds for the options of every call.
 */
import { quote } from "./errors.js";

/**
 * Makes sure that options are none of what is easily taken for them: the one number or text that they would hold, or a callback.
 *
 * @param verb what the call does: `serve`
 * @param example how it is to be called
 * @throws TypeError if they are no object
 */
export function checkOptions(options: unknown, verb: string, example: string): void {
  if (options === undefined || (typeof options === "object" && options !== null && !Array.isArray(options))) return;
  throw new TypeError(
    `Cannot ${verb} as 'options' must be an object: received ${quote(options)}\nhelp: for example ${example}`,
  );
}
