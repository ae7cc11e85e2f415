/// <reference lib="esnext.disposable" preserve="true" />
/**
 * heddle/process: running other programs.
 */
export type { Child } from "./process/child.js";
export { Command, type CommandOptions } from "./process/command.js";
export type { ExitStatus } from "./process/exit-status.js";
export type { Output, OutputOptions } from "./process/output.js";
export type { Stdio } from "./process/settings.js";
