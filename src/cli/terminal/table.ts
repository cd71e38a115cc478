import { printable } from '../../support/printable.ts';

/** A number, perhaps with a percent sign, or an empty cell. */
const NUMBER = /^(-?[\d.]+(e[+-]?\d+)?( %)?)?$/;

/** Rows as aligned text columns under a header; columns of numbers to the right, text to the left. */
export function formatTable(
  header: readonly string[],
  rows: readonly (readonly (string | number)[])[],
): string {
  const text = rows.map((row) => row.map((cell) => printable(String(cell)).replaceAll('\n', ' ')));
  const widths = header.map((title, column) =>
    Math.max(title.length, ...text.map((row) => row[column]!.length)),
  );
  const isNumeric = header.map(
    (_, column) => rows.length > 0 && text.every((row) => NUMBER.test(row[column]!)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        isNumeric[column] ? cell.padStart(widths[column]!) : cell.padEnd(widths[column]!),
      )
      .join('  ')
      .trimEnd();
  return [header, ...text].map((row) => `${line(row)}\n`).join('');
}

/** A score with four significant digits; text (NaN, Infinity) as it is. */
export function formatScore(value: number | string): string {
  return typeof value === 'number' ? String(Number(value.toPrecision(4))) : value;
}

/** Scores by name, one after the other: `valid_mse 0.0079, test_mse 0.008`. */
export function formatScores(scores: Readonly<Record<string, number | string>>): string {
  return Object.entries(scores)
    .map(([name, value]) => `${name} ${formatScore(value)}`)
    .join(', ');
}

/** Scores that will change yet: `valid_mse 0.0079, test_mse 0.008 at step 5000`. */
export function formatNewest({
  step,
  metrics,
}: {
  readonly step: number;
  readonly metrics: Readonly<Record<string, number | string>>;
}): string {
  return `${formatScores(metrics)} at step ${step}`;
}
