import type { z } from 'zod';
import { type Config, configSchema } from '../src/config/schema.ts';
import type { CellName } from '../src/reports/cells.ts';

/** What the page lets one choose, its two spellings (an address, a config), and what it means to irnn-run. */

export const cells = { relu: 'ReLU', tanh: 'tanh', lstm: 'LSTM' } as const;
type CellChoice = keyof typeof cells;

/** What the recurrent weights start from. An LSTM has one start of its own. */
export const starts = {
  identity: 'identity',
  'small-identity': '0.01 × identity',
  gaussian: 'Gaussian',
  orthogonal: 'orthogonal',
} as const;
type Start = keyof typeof starts;

export interface NetworkSetting {
  readonly cell: CellChoice;
  readonly start: Start;
  readonly rate: number;
  /** The largest global norm of a gradient. */
  readonly clip: number;
}

export interface Setting {
  readonly T: number;
  readonly seed: number;
  readonly hidden: number;
  /** One network or two, on the same data. */
  readonly networks: readonly [NetworkSetting] | readonly [NetworkSetting, NetworkSetting];
}

/** Faster than the paper's 0.01 at the lengths that a reader waits for. */
const quick = { rate: 0.02, clip: 1 } as const;
const irnn: NetworkSetting = { cell: 'relu', start: 'identity', ...quick };

export interface Preset extends Pick<Setting, 'T' | 'networks'> {
  readonly label: string;
}

/** Comparisons in one click. */
export const presets: readonly Preset[] = [
  { label: 'IRNN against tanh', T: 60, networks: [irnn, { cell: 'tanh', start: 'gaussian', ...quick }] },
  {
    label: 'IRNN against LSTM',
    T: 30,
    networks: [irnn, { cell: 'lstm', start: 'gaussian', rate: 0.02, clip: 10 }],
  },
  {
    label: 'identity against 0.01 × identity',
    T: 30,
    networks: [irnn, { cell: 'relu', start: 'small-identity', ...quick }],
  },
  {
    label: 'identity against orthogonal',
    T: 30,
    networks: [irnn, { cell: 'relu', start: 'orthogonal', ...quick }],
  },
];

const [{ T, networks }] = presets as readonly [Preset];
/** What the page begins with. */
export const usual: Setting = { T, seed: 1, hidden: 100, networks };

/** Bounds of what the page offers: what a phone can hold and a reader can wait for. */
export const bounds = { T: [2, 400], seed: [0, 2 ** 32 - 1], hidden: [2, 200] } as const;

/** The setting as the end of an address: `T=30&seed=1&hidden=100&network=relu,identity,0.01,1&network=...` */
export function toAddress({ T, seed, hidden, networks }: Setting): string {
  const parts = networks.map(
    ({ cell, start, rate, clip }) => `&network=${[cell, start, rate, clip].join(',')}`,
  );
  return `T=${T}&seed=${seed}&hidden=${hidden}${parts.join('')}`;
}

/** The setting of an address; null if there is none, or none that this page can run. */
export function fromAddress(text: string): Setting | null {
  const query = new URLSearchParams(text.replace(/^#/, ''));
  const number = (key: keyof typeof bounds) => Number(query.get(key) ?? Number.NaN);
  const networks = query.getAll('network').map(networkOf);
  const [first, second] = networks;
  if (!first || networks.length > 2 || networks.includes(null)) return null;
  const setting: Setting = {
    T: number('T'),
    seed: number('seed'),
    hidden: number('hidden'),
    networks: second ? [first, second] : [first],
  };
  return problemOf(setting) === null ? setting : null;
}

function networkOf(text: string): NetworkSetting | null {
  const [cell, start, rate, clip, ...more] = text.split(',');
  if (!Object.hasOwn(cells, cell!) || !Object.hasOwn(starts, start!) || more.length > 0) return null;
  return { cell: cell as CellChoice, start: start as Start, rate: Number(rate), clip: Number(clip) };
}

/** What is wrong with a setting, in a line; null for nothing. */
export function problemOf(setting: Setting): string | null {
  for (const key of ['T', 'seed', 'hidden'] as const) {
    const [least, most] = bounds[key];
    const value = setting[key];
    if (!Number.isInteger(value) || value < least || value > most)
      return `${key}: a whole number from ${least} to ${most}`;
  }
  for (const { rate, clip } of setting.networks) {
    if (!(rate > 0 && rate <= 10)) return 'learning rate: a number above 0, at most 10';
    if (!(clip > 0 && clip <= 1e6)) return 'clip: a number above 0, at most 1000000';
  }
  return null;
}

/** The config, as a user would write it. */
function inputOf({ T, seed, hidden }: Setting, network: NetworkSetting) {
  return {
    name: 'playground',
    seed,
    task: { name: 'adding', T, valid_size: 1000, test_size: 1000 },
    model: modelOf(network, hidden),
    training: {
      steps: 100_000,
      batch: 16,
      optimizer: 'sgd',
      learning_rate: network.rate,
      clip: { threshold: network.clip },
    },
    // So that a screen has something new about every second.
    evaluate: { every: T <= 60 ? 250 : 100 },
    engine: { name: 'wasm' },
  } satisfies z.input<typeof configSchema>;
}

function modelOf({ cell, start }: NetworkSetting, hidden: number): z.input<typeof configSchema>['model'] {
  if (cell === 'lstm') return { type: 'lstm', hidden };
  if (cell === 'relu' && start === 'identity') return { type: 'irnn', hidden };
  const type = cell === 'relu' ? 'rnn_relu' : 'rnn_tanh';
  if (start === 'gaussian') return { type, hidden };
  const scale = start === 'identity' ? 1 : 0.01;
  return { type, hidden, recurrent_start: start === 'orthogonal' ? 'orthogonal' : scale };
}

/** The resolved config of a network. */
export function configOf(setting: Setting, network: NetworkSetting): Config {
  return configSchema.parse(inputOf(setting, network));
}

/** The same as YAML that irnn-run reads. */
export function yamlOf(setting: Setting, network: NetworkSetting): string {
  const lines = Object.entries(inputOf(setting, network)).map(([key, value]) => `${key}: ${flow(value)}\n`);
  return lines.join('');
}

function flow(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const entries = Object.entries(value).map(([key, inner]) => `${key}: ${flow(inner)}`);
  return `{ ${entries.join(', ')} }`;
}

/** The cell of the paper that a network is; null if the paper has none like it. */
export function paperCell({ cell, start }: NetworkSetting): CellName | null {
  if (cell === 'lstm') return 'lstm';
  if (cell === 'relu' && start === 'identity') return 'irnn';
  if (start !== 'gaussian') return null;
  return cell === 'relu' ? 'rnn_relu' : 'rnn_tanh';
}

/** A network's name on the page. */
export function nameOf(network: NetworkSetting): string {
  if (paperCell(network) === 'irnn') return 'IRNN';
  return network.cell === 'lstm' ? cells.lstm : `${cells[network.cell]}, ${starts[network.start]}`;
}
