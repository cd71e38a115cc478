import { type CellStyle, cellStyles } from '../src/reports/cells.ts';
import { type NetworkSetting, paperCell } from './settings.ts';

const dark = matchMedia('(prefers-color-scheme: dark)');

/** Calls back whenever light turns to dark or back. */
export function onTheme(redraw: () => void): void {
  dark.addEventListener('change', redraw);
}

/** A colour of the style sheet as it is now. */
export function ink(name: `--${string}`): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The colour of a network: its cell's in all figures of the project; the second one of a kind is drawn in plain ink. */
export function colourOf(networks: readonly NetworkSetting[], index: number): string {
  const styles = networks.map(styleOf);
  if (index === 1 && styles[0] === styles[1]) return ink('--ink');
  const { colour, darkColour } = styles[index]!;
  return dark.matches ? darkColour : colour;
}

function styleOf(network: NetworkSetting): CellStyle {
  return cellStyles[paperCell(network) ?? (network.cell === 'tanh' ? 'rnn_tanh' : 'rnn_relu')];
}
