/** The four cells of the paper, in its order, each with the one colour it has in every figure. */

export const cellNames = ['lstm', 'rnn_tanh', 'rnn_relu', 'irnn'] as const;
export type CellName = (typeof cellNames)[number];

export interface CellStyle {
  readonly label: string;
  /** Okabe & Ito's palette, told apart by colour-blind readers too (https://jfly.uni-koeln.de/color/). */
  readonly colour: string;
  /** The same hue, lighter, for a dark background. */
  readonly darkColour: string;
}

export const cellStyles: Readonly<Record<CellName, CellStyle>> = {
  lstm: { label: 'LSTM', colour: '#d55e00', darkColour: '#f58634' },
  rnn_tanh: { label: 'RNN + tanh', colour: '#009e73', darkColour: '#2fc49a' },
  rnn_relu: { label: 'RNN + ReLU', colour: '#b8558d', darkColour: '#e08fc0' },
  irnn: { label: 'IRNN', colour: '#0072b2', darkColour: '#4fb0ea' },
};

export function isCell(name: unknown): name is CellName {
  return cellNames.includes(name as CellName);
}
