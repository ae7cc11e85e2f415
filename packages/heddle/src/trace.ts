/**
 * heddle/trace: seeing what a runtime did.
 */
export type { Bar, LaneRecord, TaskRecord } from "./trace/lane.js";
export { type SvgOptions } from "./trace/svg.js";
export { Timeline, type TimelineOptions } from "./trace/timeline.js";
