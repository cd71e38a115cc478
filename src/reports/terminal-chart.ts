/** Line charts for a terminal, drawn with braille characters: 2 x 4 dots a character. */

export interface TerminalLine {
  readonly name: string;
  readonly points: readonly (readonly [step: number, value: number])[];
}

export interface TerminalChartOptions {
  /** Columns of text, axis and all. */
  readonly width: number;
  /** Rows of the drawing, without the axis below. */
  readonly height: number;
  /** Colours lines with ANSI codes; without, each line is named by the letter at its last point. */
  readonly colour: boolean;
  /** The value that fills the chart's height; larger ones are drawn at the top. */
  readonly top?: number;
  readonly formatValue: (value: number) => string;
  readonly formatStep: (step: number) => string;
}

/** ANSI foreground colours that are told apart on light and dark grounds and by colour-blind readers. */
const ANSI = [34, 33, 36, 35, 32, 31];
/** Bits of the braille pattern's dots, by row and column (Unicode block U+2800). */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;

/** The chart and its legend as lines of text; a note where there is nothing to draw. */
export function terminalChart(lines: readonly TerminalLine[], options: TerminalChartOptions): string {
  const points = lines.flatMap((line) => line.points).filter(([, value]) => Number.isFinite(value));
  if (points.length === 0) return 'nothing to draw yet\n';
  const steps = points.map(([step]) => step);
  const values = points.map(([, value]) => Math.min(value, options.top ?? value));
  const [left, right] = widen(min(steps), max(steps));
  const [bottom, top] = widen(min(values), max(values));
  const labels = [top, (top + bottom) / 2, bottom].map(options.formatValue);
  const margin = Math.max(...labels.map((label) => label.length));
  const columns = Math.max(8, options.width - margin - 2);
  const grid = new Grid(columns, options.height);
  lines.forEach((line, index) => {
    let previous: [number, number] | null = null;
    for (const [step, value] of line.points) {
      if (!Number.isFinite(value)) {
        previous = null;
        continue;
      }
      const x = Math.round(((step - left) / (right - left)) * (columns * 2 - 1));
      const share = (Math.min(value, top) - bottom) / (top - bottom);
      const y = Math.round((1 - share) * (options.height * 4 - 1));
      grid.line(previous ?? [x, y], [x, y], index);
      previous = [x, y];
    }
    if (previous !== null && !options.colour && lines.length > 1) grid.mark(previous, letterOf(index));
  });
  const rows = grid.rows(options.colour).map((row, at) => {
    const middle = (options.height - 1) >> 1;
    const label =
      at === 0 ? labels[0] : at === middle ? labels[1] : at === options.height - 1 ? labels[2] : '';
    return `${label!.padStart(margin)} │${row}`.trimEnd();
  });
  const [first, last] = [options.formatStep(left), options.formatStep(right)];
  return [
    ...rows,
    `${' '.repeat(margin)} └${'─'.repeat(columns)}`,
    `${' '.repeat(margin + 2)}${first}${last.padStart(Math.max(1, columns - first.length))}`,
    ...(lines.length > 1 ? lines.map(({ name }, index) => legendRow(name, index, options.colour)) : []),
    '',
  ].join('\n');
}

function legendRow(name: string, index: number, colour: boolean): string {
  return colour ? `  ${paint('━━', index)} ${name}` : `  ${letterOf(index)}  ${name}`;
}

function letterOf(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + (index % 26));
}

function paint(text: string, index: number): string {
  return `\u001b[${ANSI[index % ANSI.length]}m${text}\u001b[0m`;
}

function min(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b));
}

function max(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b));
}

/** A range of some extent, also where all values are equal. */
function widen(low: number, high: number): [number, number] {
  if (high > low) return [low, high];
  const half = Math.abs(low) / 2 || 0.5;
  return [low - half, high + half];
}

/** Dots of braille characters; a character has the colour of the line that last touched it. */
class Grid {
  readonly #bits: Uint8Array;
  readonly #owner: Int16Array;
  readonly #marks = new Map<number, string>();

  constructor(
    readonly columns: number,
    readonly height: number,
  ) {
    this.#bits = new Uint8Array(columns * height);
    this.#owner = new Int16Array(columns * height).fill(-1);
  }

  /** Every dot between two dots, both included. */
  line([x0, y0]: readonly [number, number], [x1, y1]: readonly [number, number], owner: number): void {
    const length = Math.max(1, Math.abs(x1 - x0), Math.abs(y1 - y0));
    for (let i = 0; i <= length; i++) {
      const x = Math.round(x0 + ((x1 - x0) * i) / length);
      const y = Math.round(y0 + ((y1 - y0) * i) / length);
      const at = this.#at(x, y);
      this.#bits[at]! |= DOTS[(y & 3) as 0 | 1 | 2 | 3][(x & 1) as 0 | 1];
      this.#owner[at] = owner;
    }
  }

  mark([x, y]: readonly [number, number], letter: string): void {
    this.#marks.set(this.#at(x, y), letter);
  }

  rows(colour: boolean): string[] {
    return Array.from({ length: this.height }, (_, row) =>
      Array.from({ length: this.columns }, (_, column) => {
        const at = row * this.columns + column;
        const bits = this.#bits[at]!;
        const character = this.#marks.get(at) ?? (bits === 0 ? ' ' : String.fromCharCode(0x2800 + bits));
        return colour && bits !== 0 ? paint(character, this.#owner[at]!) : character;
      }).join(''),
    );
  }

  #at(x: number, y: number): number {
    return (y >> 2) * this.columns + (x >> 1);
  }
}
