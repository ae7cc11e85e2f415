/**
 * Reference: how a function is named to another thread.
 */

/** A function's name to other threads. Can be cloned. */
export interface Reference {
  /** The URL of its module. */
  readonly url: string;
  /** What the function is called; null if it has no name. */
  readonly name: string | null;
  /** The name of its export where that is known for certain, because the program or a bundler said it. */
  readonly exported: string | null;
  /** The variable of its module that holds it; null where the host does not tell. */
  readonly variable: string | null;
  /** Where it stands in what the engine runs, both from 1; 0 where the host does not tell. */
  readonly line: number;
  readonly column: number;
  /** Its text's fingerprint; null where it would not be the same on another thread. */
  readonly print: string | null;
  /** Whether the print is a loose one: the module was loaded here in a way of its own, as by a test runner, and looks otherwise elsewhere. */
  readonly isLoose: boolean;
  /** What it uses of the functions around it, for the message if it is not found. */
  readonly captured: readonly string[];
  /** For a function that is no export: its text, to be evaluated inside the module. Null for an export. */
  readonly text: string | null;
  /** Whether the text is the body of an async function of heddle. */
  readonly isBody: boolean;
}
