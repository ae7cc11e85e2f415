/**
 * How a test runs a module that it has as text, in a process of its own.
 */
import { execPath } from "node:process";

/** The program and its arguments. HOST: Deno has a command for it; what it makes of Node's options evaluates no modules. */
export function commandOf(text: string): [program: string, args: string[]] {
  return [execPath, "Deno" in globalThis ? ["eval", text] : ["--input-type=module", "--eval", text]];
}
