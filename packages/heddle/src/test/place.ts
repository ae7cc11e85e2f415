/**
 * Places in the program, as schedules and verdicts print them: short enough for one line, long enough to be clicked.
 */

/** ` at name (file:line:column)` of the innermost call; empty if there is none. */
export function placeOf(calls: readonly string[]): string {
  const [innermost] = calls;
  return innermost === undefined ? "" : ` at ${shortened(innermost)}`;
}

/** HOST: without the folder that the process runs in, where there is a process. */
function shortened(call: string): string {
  const { process } = globalThis as { process?: { cwd?(): string } };
  const place = call.replaceAll("file://", "");
  const folder = process?.cwd?.();
  return folder === undefined ? place : place.replaceAll(`${folder}/`, "");
}
