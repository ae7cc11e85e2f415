/**
 * The factor on all times, as it is written on a command line.
 */

/** @throws RangeError if it is not a number between 0.001 and 10 */
export function scaleOf(text: unknown): number {
  const scale = typeof text === "string" && text.trim() !== "" ? Number(text) : NaN;
  if (scale >= 0.001 && scale <= 10) return scale;
  throw new RangeError(
    `Cannot play at this speed as the scale must be a number from 0.001 to 10: received ${JSON.stringify(text)}\n` +
      "help: --scale 1 plays all times in full, --scale 0.1 ten times as fast",
  );
}
