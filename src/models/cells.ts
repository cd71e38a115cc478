/** The recurrences that a layer can be made of: all that is known of a cell but how it computes, which its engines say. */

interface CellFacts {
  /** What the rows of a weight matrix belong to: a block of H rows each, named and ordered as in torch.nn. */
  readonly gates: readonly string[];
  /** What passes from step to step, [B, H] each. `h` also goes upwards. */
  readonly states: readonly ['h', ...string[]];
}

export const cells = {
  relu: { gates: ['h'], states: ['h'] },
  tanh: { gates: ['h'], states: ['h'] },
  lstm: { gates: ['i', 'f', 'g', 'o'], states: ['h', 'c'] },
} as const satisfies Readonly<Record<string, CellFacts>>;

export type Cell = keyof typeof cells;

export const cellNames = Object.keys(cells) as readonly Cell[];

/** Rows of a weight matrix (G) for layers of `hidden` units. */
export function gateRows(cell: Cell, hidden: number): number {
  return cells[cell].gates.length * hidden;
}
