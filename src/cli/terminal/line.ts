import { stripVTControlCharacters, styleText } from 'node:util';

/** A part of a line of progress: what it says, and ever shorter ways to say it, each with its rank. */
export interface Part {
  /** Where room is short, the part with the highest rank is shortened or dropped first; rank 0 stays. */
  readonly ways: readonly (readonly [text: string, rank: number])[];
}

/** A part that is there or not. */
export function part(text: string, rank: number): Part {
  return { ways: [[text, rank]] };
}

/** The parts on one line of so many columns, two spaces between them; the last column stays free, because some terminals wrap there. */
export function fitLine(parts: readonly Part[], columns: number): string {
  const room = columns - 1;
  const left = parts.map(({ ways }) => [...ways]);
  const line = () => left.flatMap(([way]) => (way === undefined || way[0] === '' ? [] : [way[0]])).join('  ');
  while (widthOf(line()) > room) {
    const next = left.reduce((a, b) => ((b[0]?.[1] ?? 0) > (a[0]?.[1] ?? 0) ? b : a), []);
    if (next.length === 0) break;
    next.shift();
  }
  return widthOf(line()) > room ? cut(stripVTControlCharacters(line()), room) : line();
}

/** Text of at most so many columns, its end left out. */
export function cut(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, Math.max(0, columns - 1))}…`;
}

/** A share from 0 to 1 as a bar: `#####---------------`. */
export function drawBar(share: number, width: number): string {
  return '#'.repeat(Math.round(share * width)).padEnd(width, '-');
}

function widthOf(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** A figure with four significant digits. What is not a number, or infinite, says so, in red where there are colours. */
export function formatFigure(value: number | null | undefined, stream: NodeJS.WriteStream): string {
  if (value === null || value === undefined) return '-';
  if (Number.isFinite(value)) return String(Number(value.toPrecision(4)));
  return stream.isTTY && !process.env.NO_COLOR ? styleText('red', String(value), { stream }) : String(value);
}
