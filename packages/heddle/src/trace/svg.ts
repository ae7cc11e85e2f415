/**
 * The picture of a timeline. Where things go is decided in `layout.ts`; here it is written down as SVG.
 *
 *     title
 *     figures
 *                 0        1 s       2 s       3 s
 *     main thread ▁▁▁█▁▁▁▁▁▁▁▁█▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁▁    how busy the thread was
 *     fetch #1    ██────────────██                      bars are polls, lines are waits
 *     fetch #2      ██──────────────██
 */
import { formatDuration } from "../base/duration.js";
import { type Bar, type LaneRecord, mergeBars, type TaskRecord } from "./lane.js";
import { axisOf, rowsOf, spanOf, timeText, type Span } from "./layout.js";

export interface SvgOptions {
  /** "heddle timeline" by default. */
  title?: string | undefined;
  /** In pixels, at least 480. 1200 by default. */
  width?: number | undefined;
  /** Tasks of a lane that are drawn in a row of their own, the longest-lived first; the rest share one. 40 by default. */
  rows?: number | undefined;
}

const MARGIN = 20;
const NARROWEST_GUTTER = 180;
const LONGEST_LABEL = 36;
// Pixels of a letter, about: a picture that stands alone cannot measure its text.
const LETTER = 6.9;
const HEAD = 84;
const LANE = 30;
const ROW = 18;
const FOOT = 40;
const HUES = 6;
// More shapes make a picture slow to open; polls close together are then drawn as one.
const MOST_BARS = 6000;

/** Where times are on the picture. */
interface Scale {
  readonly span: Span;
  readonly left: number;
  readonly right: number;
  /** Polls less than this far apart are drawn as one. Milliseconds. */
  readonly gap: number;
  x(time: number): number;
}

/** Draws lanes as one SVG document. */
export function drawSvg(lanes: readonly LaneRecord[], options: SvgOptions = {}): string {
  const { title = "heddle timeline", rows: cap = 40 } = options;
  const width = Math.max(480, Math.round(options.width ?? 1200));
  const span = spanOf(lanes);
  const rows = lanes.map((lane) => rowsOf(lane, Math.max(1, cap)));
  const scale = scaleOf(span, width, rows.flat());
  const parts: string[] = [];
  let y = HEAD;
  for (const [i, lane] of lanes.entries()) {
    parts.push(laneHead(lane, y, scale));
    y += LANE;
    for (const [j, row] of rows[i]!.entries()) {
      if (j % 2 === 0) parts.push(`<rect class="stripe" x="0" y="${y}" width="${width}" height="${ROW}"/>`);
      parts.push(rowOf(row, y, scale));
      y += ROW;
    }
    y += 8;
  }
  const bottom = y;
  const height = bottom + FOOT;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escape(title)}">`,
    STYLE,
    `<rect class="paper" width="${width}" height="${height}"/>`,
    `<text class="title" x="${MARGIN}" y="32">${escape(title)}</text>`,
    `<text class="note" x="${MARGIN}" y="52">${escape(figures(lanes, span))}</text>`,
    // The stripes come first, so that the grid is seen through them.
    ...parts.filter((part) => part.startsWith('<rect class="stripe"')),
    axis(scale, bottom),
    ...parts.filter((part) => !part.startsWith('<rect class="stripe"')),
    legend(bottom + 22, scale),
    "</svg>",
    "",
  ].join("\n");
}

function scaleOf(span: Span, width: number, rows: readonly TaskRecord[]): Scale {
  const longest = Math.min(LONGEST_LABEL, Math.max(0, ...rows.map((row) => nameOf(row).length)));
  const left = MARGIN + Math.round(Math.max(NARROWEST_GUTTER, Math.min(width * 0.3, longest * LETTER + 10)));
  const right = width - MARGIN - 16;
  const perPixel = (span.to - span.from) / (right - left);
  let gap = perPixel * 0.75;
  const drawn = (): number => rows.reduce((sum, row) => sum + mergeBars(row.bars, gap).length, 0);
  while (drawn() > MOST_BARS) gap *= 2;
  return { span, left, right, gap, x: (time) => round(left + (time - span.from) / perPixel) };
}

function figures(lanes: readonly LaneRecord[], span: Span): string {
  const records = lanes.flatMap((lane) => (lane.rest === null ? lane.tasks : [...lane.tasks, lane.rest]));
  if (records.length === 0) return "nothing was recorded";
  const sum = (of: (record: TaskRecord) => number): number => records.reduce((total, record) => total + of(record), 0);
  return [
    formatDuration(span.last - span.from),
    counted(
      sum((record) => record.tasks),
      "task",
    ),
    counted(
      sum((record) => record.polls),
      "poll",
    ),
    `longest poll ${formatDuration(Math.max(...records.map((record) => record.longest)))}`,
    counted(lanes.length, "thread"),
  ].join("  ·  ");
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString("en-US")} ${noun}${count === 1 ? "" : "s"}`;
}

function axis(scale: Scale, bottom: number): string {
  const lines = axisOf(scale.span).map(({ time, text }) => {
    const x = scale.x(time);
    return `<path class="grid" d="M${x} ${HEAD - 8}V${bottom}"/><text class="tick" x="${x}" y="${HEAD - 13}">${text}</text>`;
  });
  return lines.join("\n");
}

/** `fetch #7`, or how many tasks it stands for. */
function nameOf(record: TaskRecord): string {
  if (record.id !== 0) return `${record.name} #${record.id}`;
  return record.tasks === 0 ? "other tasks" : counted(record.tasks, "more task");
}

function laneHead(lane: LaneRecord, y: number, scale: Scale): string {
  const all = rowsOf(lane, 1)[0];
  const bars = all === undefined ? [] : mergeBars(all.bars, scale.gap);
  const length = scale.span.last - scale.span.from;
  const busy = all === undefined ? 0 : all.busy;
  const share = length === 0 ? 100 : Math.min(100, (busy / length) * 100);
  const hover = `${lane.name}: polled tasks for ${formatDuration(busy)} of ${formatDuration(length)}; ${counted(lane.timers, "timer")} fired`;
  const middle = y + LANE / 2;
  return [
    `<g><title>${escape(hover)}</title>`,
    `<text class="lane" x="${MARGIN}" y="${middle + 4}">${escape(cut(lane.name, 18))}</text>`,
    `<text class="note end" x="${scale.left - 10}" y="${middle + 4}">${share < 10 ? share.toFixed(1) : share.toFixed(0)} % busy</text>`,
    `<rect class="thread" x="${scale.left}" y="${middle - 6}" width="${round(scale.right - scale.left)}" height="12" rx="2"/>`,
    `</g>`,
    barsOf(bars, middle - 6, 12, scale, "busy", lane.name),
  ].join("\n");
}

function rowOf(record: TaskRecord, y: number, scale: Scale): string {
  const middle = y + ROW / 2;
  const name = nameOf(record);
  const bars = mergeBars(record.bars, scale.gap);
  const letters = Math.floor((scale.left - MARGIN - 10) / LETTER);
  const shown = record.id === 0 ? name : cut(record.name, letters - ` #${record.id}`.length);
  const id = record.id === 0 ? "" : ` <tspan class="id">#${record.id}</tspan>`;
  const parts = [
    `<g><title>${escape(summary(record, name, scale.span))}</title><text class="name" x="${MARGIN}" y="${middle + 4}">${escape(shown)}${id}</text></g>`,
  ];
  if (record.id !== 0) {
    const from = scale.x(record.spawned);
    const lastEnd = bars.at(-1)?.end ?? record.spawned;
    const isOver = !Number.isNaN(record.ended);
    const to = scale.x(isOver ? Math.max(record.ended, lastEnd) : scale.span.last);
    parts.push(`<path class="wait" d="M${from} ${middle}H${to}"/>`);
    const ready = bars.filter((bar) => scale.x(bar.begin) - scale.x(bar.woken) >= 1);
    if (ready.length > 0) {
      const d = ready.map((bar) => `M${scale.x(bar.woken)} ${middle}H${scale.x(bar.begin)}`).join("");
      parts.push(`<path class="ready" d="${d}"/>`);
    }
    if (!isOver) parts.push(`<path class="open" d="M${to} ${middle - 3}l4 3l-4 3"/>`);
  }
  parts.push(barsOf(bars, middle - 5, 10, scale, `c${record.id === 0 ? "x" : hueOf(record.name)}`, name));
  return parts.join("\n");
}

function barsOf(bars: readonly Bar[], y: number, height: number, scale: Scale, style: string, name: string): string {
  const shapes = bars.map((bar) => {
    const x = scale.x(bar.begin);
    const width = Math.max(1.5, round(scale.x(bar.end) - x));
    return `<rect x="${x}" y="${y}" width="${width}" height="${height}" rx="${Math.min(2, width / 2)}"><title>${escape(barText(bar, name, scale.span))}</title></rect>`;
  });
  return `<g class="${style}">${shapes.join("")}</g>`;
}

function barText(bar: Bar, name: string, span: Span): string {
  const at = timeText(bar.begin - span.from);
  if (bar.polls > 1)
    return `${name}: ${bar.polls.toLocaleString("en-US")} polls from ${at} to ${timeText(bar.end - span.from)}, ${formatDuration(bar.busy)} in all`;
  const waited = bar.begin - bar.woken;
  return `${name}: polled for ${formatDuration(bar.busy)} at ${at}${waited >= 0 ? `, ${formatDuration(waited)} after it was woken` : ""}`;
}

function summary(record: TaskRecord, name: string, span: Span): string {
  const from = `from ${timeText(record.spawned - span.from)}`;
  const life =
    record.id === 0
      ? from
      : Number.isNaN(record.ended)
        ? `${from}, not ended`
        : `${from}, for ${formatDuration(record.ended - record.spawned)}`;
  return `${name}: ${life}; ${counted(record.polls, "poll")}, ${formatDuration(record.busy)} in all, longest ${formatDuration(record.longest)}`;
}

function legend(y: number, scale: Scale): string {
  let x = scale.left;
  const entry = (shape: string, text: string): string => {
    const at = x;
    x += 36 + text.length * 6.2 + 18;
    return `<g transform="translate(${round(at)} ${y})">${shape}<text class="note" x="32" y="4">${text}</text></g>`;
  };
  return [
    entry('<g class="c0"><rect x="8" y="-5" width="14" height="10" rx="2"/></g>', "polled"),
    entry('<path class="wait" d="M0 0H24"/>', "waits"),
    entry('<path class="ready" d="M0 0H24"/>', "woken, waits for its turn"),
    entry('<path class="wait" d="M0 0H20"/><path class="open" d="M20 -3l4 3l-4 3"/>', "not ended"),
  ].join("\n");
}

/** Tasks of one name have one colour. */
function hueOf(name: string): number {
  let hash = 0;
  for (let i = 0; i < name.length; i++) hash = (Math.imul(hash, 31) + name.charCodeAt(i)) >>> 0;
  return hash % HUES;
}

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}

function round(number: number): number {
  return Math.round(number * 100) / 100;
}

function escape(text: string): string {
  // Control characters have no place in XML, not even as references.
  return text.replace(/[^\P{Cc}\t\n\r]/gu, "\ufffd").replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

const STYLE = `<style>
text { font: 12px ui-sans-serif, system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: #1f2933; }
.title { font-size: 18px; font-weight: 600; }
.lane { font-weight: 600; }
.note, .tick, .id { fill: #667280; font-size: 11px; }
.tick { text-anchor: middle; }
.end { text-anchor: end; }
.paper { fill: #ffffff; }
.stripe { fill: #f5f7f9; }
.thread { fill: #e9edf1; }
.grid { stroke: #dfe4ea; stroke-width: 1; }
.wait { stroke: #9aa7b4; stroke-width: 1.25; fill: none; }
.open { stroke: #9aa7b4; stroke-width: 1.25; fill: none; }
.ready { stroke: #f0b429; stroke-width: 4; fill: none; }
.busy { fill: #52606d; }
.c0 { fill: #2f6fdb; }
.c1 { fill: #0f9080; }
.c2 { fill: #8a4fd3; }
.c3 { fill: #d2621d; }
.c4 { fill: #c73a84; }
.c5 { fill: #4c8c2b; }
.cx { fill: #7b8794; }
rect:hover { opacity: 0.75; }
@media (prefers-color-scheme: dark) {
text { fill: #e4e9ee; }
.note, .tick, .id { fill: #94a1ae; }
.paper { fill: #14181d; }
.stripe { fill: #1a2027; }
.thread { fill: #262e37; }
.grid { stroke: #2b343e; }
.wait, .open { stroke: #64717f; }
.ready { stroke: #d9a021; }
.busy { fill: #a3b1bf; }
.c0 { fill: #6ea3ff; }
.c1 { fill: #3ec7b4; }
.c2 { fill: #bb8cf5; }
.c3 { fill: #f5925a; }
.c4 { fill: #f078b4; }
.c5 { fill: #86c65f; }
.cx { fill: #8896a3; }
}
</style>`;
