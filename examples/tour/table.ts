/**
 * Tables for terminals: columns share the width, and long cells go on in the next line.
 */

export interface Column {
  readonly title: string;
  /** The share of what fixed columns leave; 0 for a column as wide as its widest cell. */
  readonly share: number;
}

const GAP = "  ";

/** A table of at most `width` characters, if the words allow it. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const widths = widthsOf(columns, rows, width);
  const line = (cells: readonly string[]): string[] => {
    const wrapped = cells.map((cell, i) => wrap(cell, widths[i]!));
    const height = Math.max(...wrapped.map((lines) => lines.length));
    return Array.from({ length: height }, (_, row) =>
      wrapped
        .map((lines, i) => (lines[row] ?? "").padEnd(widths[i]!))
        .join(GAP)
        .trimEnd(),
    );
  };
  const rule = widths.map((cell) => "─".repeat(cell)).join(GAP);
  return [...line(columns.map((column) => column.title)), rule, ...rows.flatMap((row) => line(row))].join("\n");
}

function widthsOf(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): number[] {
  const natural = columns.map((column, i) => Math.max(column.title.length, ...rows.map((row) => row[i]!.length)));
  const fixed = columns.reduce((sum, column, i) => sum + (column.share === 0 ? natural[i]! : 0), 0);
  let left = width - fixed - GAP.length * (columns.length - 1);
  let shares = columns.reduce((sum, column) => sum + column.share, 0);
  // The narrowest first: what one does not need is left for the others.
  const widths = [...natural];
  const order = columns
    .map((_, i) => i)
    .filter((i) => columns[i]!.share > 0)
    .sort((a, b) => natural[a]! / columns[a]!.share - natural[b]! / columns[b]!.share);
  for (const i of order) {
    const { share } = columns[i]!;
    widths[i] = Math.max(12, Math.min(natural[i]!, Math.floor((left * share) / shares)));
    left -= widths[i]!;
    shares -= share;
  }
  return widths;
}

/** The words of a text in lines of at most `width` characters. A longer word has a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line === "") line = word;
    else if (line.length + 1 + word.length <= width) line += ` ${word}`;
    else {
      lines.push(line);
      line = word;
    }
  }
  return [...lines, line];
}
