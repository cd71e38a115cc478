/** How the lines of a terminal chart are told apart. */
export interface LineStyle {
  /** Dots and gaps along the line: `#` is a dot. */
  readonly dashes: string;
  /** A sample of it. */
  readonly sample: string;
  /** Names the line within the chart; null where its colour does. */
  readonly letter: string | null;
  readonly paint: (text: string) => string;
}

/** ANSI foreground colours that are told apart on light and dark grounds and by colour-blind readers. */
const ANSI = [34, 33, 36, 35, 32, 31];
const DASHES = [
  { dashes: '#', sample: '━━' },
  { dashes: '####    ', sample: '╍╍' },
  { dashes: '#   ', sample: '··' },
  { dashes: '######  #  ', sample: '━·' },
] as const;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';

/** A colour each; where there are none, or more lines than colours, dashes and letters as well. */
export function lineStyles(count: number, colour: boolean): LineStyle[] {
  const lettered = count > 1 && (!colour || count > ANSI.length);
  return Array.from({ length: count }, (_, index) => {
    const kind = colour ? Math.floor(index / ANSI.length) : index;
    return {
      ...DASHES[kind % DASHES.length]!,
      letter: lettered ? LETTERS[index % LETTERS.length]! : null,
      paint: (text) => (colour ? `\u001b[${ANSI[index % ANSI.length]}m${text}\u001b[0m` : text),
    };
  });
}
