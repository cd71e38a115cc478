import type { ModelConfig } from '../config/schema.ts';
import { Philox, Stream } from '../support/philox.ts';
import { elements, parameterShapes } from './parameters.ts';
import type { ModelSpec, Parameters } from './spec.ts';

/**
 * The parameters a run starts from.
 *
 * - `irnn` (Le, Jaitly & Hinton 2015, section 4): in every layer and direction, recurrent weights `scale` times the
 *   identity, biases 0, input weights N(0, `input_std`^2); the head's weights N(0, `output_std`^2).
 * - `rnn_tanh`, `rnn_relu` (the same section): recurrent weights N(0, `recurrent_std`^2), the rest as above.
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
  for (const [name, shape] of parameterShapes(model)) {
    const data = new Float32Array(elements(shape));
    const random = new Philox(seed, Stream.init, addressOf(name));
    if (name.includes('bias')) {
      if (config.type === 'lstm' && name.startsWith('rnn.')) {
        data.fill(config.forget_bias, data.length / 4, data.length / 2);
      }
    } else if (config.type === 'lstm') {
      fillSymmetric(
        data,
        random,
        config.init_range === 'auto' ? 1 / Math.sqrt(config.hidden) : config.init_range,
      );
    } else if (name.startsWith('rnn.weight_hh')) {
      if (config.type === 'irnn') fillDiagonal(data, shape[1] as number, config.scale);
      else random.fillNormal(data, recurrentStd(config));
    } else {
      random.fillNormal(data, upwardStd(config, name, shape[1] as number));
    }
    parameters.set(name, { shape, data });
  }
  return parameters;
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
export function recurrentStd(config: Extract<ModelConfig, { type: 'rnn_tanh' | 'rnn_relu' }>): number {
  if (config.recurrent_std !== 'sussillo') return config.recurrent_std;
  const gain = config.type === 'rnn_relu' ? sussilloReluGain(config.hidden) : sussilloTanhGain;
  return gain / Math.sqrt(config.hidden);
}

/** Standard deviation of the weights of a plain network that are not recurrent. */
function upwardStd(config: Exclude<ModelConfig, { type: 'lstm' }>, name: string, inputs: number): number {
  if (name === 'embedding.weight') return 1;
  if (name === 'projection.weight') return 1 / Math.sqrt(inputs);
  return name === 'head.weight' ? config.output_std : config.input_std;
}

function fillDiagonal(data: Float32Array, size: number, value: number): void {
  for (let i = 0; i < size; i++) data[i * size + i] = value;
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
