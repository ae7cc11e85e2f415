/**
 * A module that takes a while to load, as large ones do.
 */
import { setTimeout } from "node:timers/promises";

await setTimeout(150);

export const first = <T>(value: T): T => value;
