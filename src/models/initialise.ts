import type { ModelConfig } from '../config/schema.ts';
import { Philox, Stream } from '../support/philox.ts';
import { type Cell, cells } from './cells.ts';
import { elements, parameterSpecs, type Role } from './parameters.ts';
import type { ModelSpec, Parameters } from './spec.ts';

/**
 * The parameters a run starts from.
 *
 * - `irnn` (Le, Jaitly & Hinton 2015, section 4): in every layer and direction, recurrent weights `scale` times the
 *   identity, biases 0, input weights N(0, `input_std`^2); the head's weights N(0, `output_std`^2).
 * - `rnn_tanh`, `rnn_relu` (the same section): recurrent weights N(0, `recurrent_std`^2), the rest as above. For comparisons
 *   they may also start orthogonal (Saxe, McClelland & Ganguli 2014, arXiv 1312.6120) or as a multiple of the identity.
 * - `lstm`: all weights uniform in +-`init_range`, biases 0 but for the forget gate's, which are `forget_bias`.
 *   The paper gives the forget biases only; the range of 1 / sqrt(hidden) is torch.nn.LSTM's. One range for
 *   everything, embedding and projection too, is Zaremba, Sutskever & Vinyals' choice (2014, arXiv 1409.2329).
 *
 * The paper is silent on embeddings and projections in plain networks. An embedding starts as N(0, 1), as in torch.nn:
 * a token is then an input of the size of a standardised feature, which is what `input_std` is meant for. A projection
 * starts as N(0, 1 / inputs), which keeps the size of what passes: two matrices of `output_std` = 0.001 in a row would
 * all but cut the recurrent layers off from the loss.
 *
 * Every tensor is drawn from an address of its own, made from its name: a model with one more tensor starts
 * with the same numbers in all others.
 */
export function initialise(config: ModelConfig, model: ModelSpec, seed: number): Parameters {
  const parameters = new Map<string, { shape: readonly number[]; data: Float32Array }>();
  for (const { name, shape, role } of parameterSpecs(model)) {
    const data = new Float32Array(elements(shape));
    start(config, role, { data, columns: shape[1] ?? 1 }, new Philox(seed, Stream.init, addressOf(name)));
    parameters.set(name, { shape, data });
  }
  return parameters;
}

type RandomCell = Extract<ModelConfig, { type: 'rnn_tanh' | 'rnn_relu' }>;

/** The recurrence under each type of model. `irnn` and `rnn_relu` differ in how they start only. */
const cellsOf = { irnn: 'relu', rnn_relu: 'relu', rnn_tanh: 'tanh', lstm: 'lstm' } as const satisfies Record<
  ModelConfig['type'],
  Cell
>;

export function cellOf(type: ModelConfig['type']): Cell {
  return cellsOf[type];
}

/** A parameter on its way, all zeros: rows of `columns` numbers. */
interface Matrix {
  readonly data: Float32Array;
  readonly columns: number;
}

/** Fills a parameter with what it starts from. Biases that nobody fills stay 0. */
function start(config: ModelConfig, role: Role, matrix: Matrix, random: Philox): void {
  switch (config.type) {
    case 'irnn':
      if (role === 'recurrent') fillDiagonal(matrix, config.scale);
      else startUpwards(config, role, matrix, random);
      break;
    case 'rnn_tanh':
    case 'rnn_relu':
      if (role === 'recurrent') startRecurrent(config, matrix, random);
      else startUpwards(config, role, matrix, random);
      break;
    case 'lstm':
      startLstm(config, role, matrix, random);
      break;
    default:
      config satisfies never;
  }
}

function startRecurrent(config: RandomCell, matrix: Matrix, random: Philox): void {
  const { recurrent_start: kind } = config;
  if (typeof kind === 'number') fillDiagonal(matrix, kind);
  else if (kind === 'orthogonal') fillOrthogonal(matrix, random);
  else random.fillNormal(matrix.data, recurrentStd(config));
}

/** What is not recurrent in a plain network. */
function startUpwards(
  config: Extract<ModelConfig, { input_std: number }>,
  role: Exclude<Role, 'recurrent'>,
  { data, columns }: Matrix,
  random: Philox,
): void {
  if (role === 'bias' || role === 'head-bias') return;
  const std = {
    embedding: 1,
    input: config.input_std,
    projection: 1 / Math.sqrt(columns),
    head: config.output_std,
  } satisfies Record<typeof role, number>;
  random.fillNormal(data, std[role]);
}

function startLstm(
  { hidden, forget_bias, init_range }: Extract<ModelConfig, { type: 'lstm' }>,
  role: Role,
  { data }: Matrix,
  random: Philox,
): void {
  if (role === 'head-bias') return;
  if (role === 'bias') {
    const forget = cells.lstm.gates.indexOf('f');
    data.fill(forget_bias, forget * hidden, (forget + 1) * hidden);
  } else {
    fillSymmetric(data, random, init_range === 'auto' ? 1 / Math.sqrt(hidden) : init_range);
  }
}

/**
 * Gain that keeps the expected log norm of a back-propagated gradient unchanged through n random rectified
 * linear units (Sussillo & Abbott 2014, arXiv 1412.6558: a fit to their numerical result).
 */
export function sussilloReluGain(n: number): number {
  return Math.SQRT2 * Math.exp(1.2 / (Math.max(n, 6) - 2.4));
}

/**
 * Gain for tanh units. Sussillo & Abbott have no formula for them: they find that values slightly above 1 work,
 * because the slope of tanh falls below 1 away from the origin. 1.05 is this project's reading of "slightly".
 */
const sussilloTanhGain = 1.05;

/** Standard deviation of the recurrent weights: as configured, or gain / sqrt(hidden). */
export function recurrentStd(config: RandomCell): number {
  if (config.recurrent_std !== 'sussillo') return config.recurrent_std;
  const gain = config.type === 'rnn_relu' ? sussilloReluGain(config.hidden) : sussilloTanhGain;
  return gain / Math.sqrt(config.hidden);
}

function fillDiagonal({ data, columns }: Matrix, value: number): void {
  for (let i = 0; i < columns; i++) data[i * columns + i] = value;
}

/**
 * A square matrix that is uniform over all orthogonal ones: Gaussian rows made orthonormal by Gram & Schmidt's method in
 * double precision. Every row is cleared of those before it twice, which leaves nothing but rounding.
 */
function fillOrthogonal({ data, columns: n }: Matrix, random: Philox): void {
  random.fillNormal(data, 1);
  const rows = Array.from({ length: n }, (_, i) => Float64Array.from(data.subarray(i * n, (i + 1) * n)));
  for (const [i, row] of rows.entries()) {
    for (const other of [...rows.slice(0, i), ...rows.slice(0, i)]) {
      const along = dot(row, other);
      for (let k = 0; k < n; k++) row[k] = row[k]! - along * other[k]!;
    }
    const length = Math.sqrt(dot(row, row));
    for (let k = 0; k < n; k++) row[k] = row[k]! / length;
    data.set(row, i * n);
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < a.length; k++) sum += a[k]! * b[k]!;
  return sum;
}

function fillSymmetric(data: Float32Array, random: Philox, range: number): void {
  random.fillUniform(data);
  for (let i = 0; i < data.length; i++) data[i] = (2 * (data[i] as number) - 1) * range;
}

/** FNV-1a, 32 bits. */
function addressOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}
