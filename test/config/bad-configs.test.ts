import { describe, expect, test } from 'vitest';
import { EXAMPLE, edited, errorOf } from './example.ts';

/** What is wrong, the text, where the error points, and a part of its message or hint. */
type Case = readonly [name: string, text: string, place: string, part: string];

const training = (part: string) => edited('learning_rate: 0.01', `learning_rate: 0.01, ${part}`);
const model = (text: string) => edited('{ type: irnn }', text);
const task = (text: string) => edited('{ name: adding, T: 50 }', text);

/** Five lines that stand for 10^5 values. */
function laughs(): string {
  const line = (name: string, item: string) => `${name}: &${name} [${Array(10).fill(item).join(', ')}]\n`;
  return line('a', '1') + line('b', '*a') + line('c', '*b') + line('d', '*c') + line('e', '*d');
}

const notYaml: readonly Case[] = [
  ['empty', '', '1:1', 'the config is empty'],
  ['comments only', '# nothing\n', '1:1', 'the config is empty'],
  ['a list', '- name: a\n', '1:1', 'a config is a map of keys, found a list'],
  ['a text', 'hello\n', '1:1', 'found the text "hello"'],
  ['a number', '42\n', '1:1', 'a config is a map of keys, found 42'],
  ['two documents', `${EXAMPLE}---\n${EXAMPLE}`, '6:1', 'more than one YAML document'],
  ['tab as indentation', 'name: a\ntask:\n\tname: adding\n', '3:1', 'tabs are not allowed as indentation'],
  ['unclosed map', edited('T: 50 }', 'T: 50'), '3:1', 'not valid YAML'],
  ['unclosed quote', edited('name: example', 'name: "example'), '1:7', 'this quote is never closed'],
  ['unclosed single quote', edited('50', "'50"), '2:26', 'this quote is never closed'],
  ['reserved character', edited('name: example', 'name: @x'), '1:7', 'reserved character @'],
  ['colon in a value', edited('name: example', 'name: a: b'), '1:7', 'not valid YAML'],
  ['raw NUL', edited('example', 'exam\0ple'), '1:11', 'raw control character U+0000'],
  ['raw escape', edited('example', 'exam\u001bple'), '1:11', 'raw control character U+001B'],
  ['alias', edited('steps: 100', 'steps: *n'), '4:20', '*n: no anchor &n stands before it'],
  ['alias of a wrong value', `${edited('50', '&n -1')}seed: *n\n`, '2:29', 'task.T: expected'],
  ['alias to itself', 'a: &a [*a]\n', '1:8', '*a: no anchor &a stands before it'],
  ['aliases of aliases', laughs(), '4:36', 'aliases stand for more than 10000 values'],
  ['alias as a key', `${EXAMPLE}*a : 1\n`, '6:1', 'a key is a plain name'],
  ['merge key', `${EXAMPLE}<<: { seed: 1 }\n`, '6:1', 'merge keys (<<) are not supported'],
  ['type tag', edited('steps: 100', 'steps: !!float 100'), '4:28', 'tags (!name, !!type) are not supported'],
  ['own tag', edited('example', '!x example'), '1:10', 'tags (!name, !!type) are not supported'],
  ['bare tag', edited('steps: 100', 'steps: ! 100'), '4:22', 'tags (!name, !!type) are not supported'],
  ['YAML 1.1', `%YAML 1.1\n---\n${EXAMPLE}`, '1:1', 'directives (%YAML, %TAG) are not supported'],
  ['tag directive', `%TAG ! tag:x,2000:\n---\n${EXAMPLE}`, '1:1', 'directives (%YAML, %TAG)'],
  ['duplicate key', `${EXAMPLE}seed: 1\nname: b\n`, '7:1', 'duplicate key "name" (first at 1:1)'],
  ['duplicate key in a map', training('steps: 3'), '4:46', 'duplicate key "steps" (first at 4:13)'],
  ['list as a key', `${EXAMPLE}? [a]\n: 1\n`, '6:3', 'a key is a plain name'],
  ['number as a key', `${EXAMPLE}5: 1\n`, '6:1', 'a key is a name, found 5'],
  ['null as a key', `${EXAMPLE}: 1\n`, '6:1', 'a key is a name, found nothing'],
  ['not a number', edited('0.01', '.nan'), '4:40', '.nan is not a finite number'],
  ['infinity', edited('0.01', '-.inf'), '4:40', '-.inf is not a finite number'],
  ['overflowing number', edited('0.01', '1e400'), '4:40', '1e400 is not a finite number'],
  ['inexact integer', `${EXAMPLE}seed: 12345678901234567890\n`, '6:7', 'from 0 to 4294967295, found '],
  ['inexact hexadecimal', `${EXAMPLE}seed: 0xffffffffffffffff\n`, '6:7', 'found 0xffffffffffffffff'],
  ['leading zero', edited('100', '0100'), '4:20', '0100 has a leading zero'],
  ['nested without end', '['.repeat(6000), '1:', 'nested too deeply'],
];

const wrongKeys: readonly Case[] = [
  ['unknown key', `${EXAMPLE}sed: 3\n`, '6:1', 'did you mean "seed"?'],
  ['unlike any key', `${EXAMPLE}wibble: 3\n`, '6:1', 'known keys: name, seed, seeds, task,'],
  ['key of another map', `${EXAMPLE}learning_rate: 3\n`, '6:1', '"learning_rate" belongs under training'],
  ['name from elsewhere', `${EXAMPLE}lr: 3\n`, '6:1', '"learning_rate" belongs under training'],
  ['the same inside', training('lr: 3'), '4:46', 'did you mean "learning_rate"?'],
  ['longer name', training('batch_size: 3'), '4:46', 'did you mean "batch"?'],
  ['wrong case', task('{ name: adding, t: 50 }'), '2:23', 'did you mean "T"?'],
  ['unknown in task', task('{ name: adding, T: 50, lenght: 3 }'), '2:30', 'unknown key "lenght" in task'],
  ['key of another task', task('{ name: adding, T: 50, permuted: true }'), '2:30', 'for pixel_mnist only'],
  ['key of another model', model('{ type: irnn, forget_bias: 1 }'), '3:22', 'means something for lstm only'],
  [
    'key of two other models',
    model('{ type: lstm, recurrent_std: 1 }'),
    '3:22',
    'for rnn_tanh, rnn_relu only',
  ],
  ['misspelt in model', model('{ type: irnn, hiden: 3 }'), '3:22', 'did you mean "hidden"?'],
  ['unknown in clip', training('clip: { threshold: 1, norm: 2 }'), '4:68', 'in training.clip'],
  [
    'unknown in optimizer',
    training('optimizer: { name: sgd, momentun: 0 }'),
    '4:70',
    'did you mean "momentum"?',
  ],
  ['key of another optimizer', training('optimizer: { name: sgd, beta1: 0 }'), '4:70', 'for adam only'],
  ['key of another schedule', training('schedule: { type: cosine, every: 3 }'), '4:72', 'for step only'],
  ['unknown in evaluate', edited('every: 10', 'every: 10, evry: 3'), '5:24', 'did you mean "every"?'],
  ['unknown in stop', `${EXAMPLE}stop: { metric: valid_mse, belov: 1 }\n`, '6:28', 'did you mean "below"?'],
  ['unknown in checkpoint', `${EXAMPLE}checkpoint: { kep: 3 }\n`, '6:15', 'did you mean "keep"?'],
  ['unknown in engine', `${EXAMPLE}engine: { nam: native }\n`, '6:11', 'did you mean "name"?'],
  ['prototype', `${EXAMPLE}__proto__: { x: 1 }\n`, '6:1', 'unknown key "__proto__"'],
  ['constructor', model('{ type: irnn, constructor: 1 }'), '3:22', 'unknown key "constructor"'],
  ['no name', edited('name: example\n', ''), '1:1', 'missing key "name"'],
  ['no T', task('{ name: adding }'), '2:1', 'expected T: a whole number from 2 to 1000000'],
  ['no task name', task('{ T: 50 }'), '2:1', 'expected name: one of adding, pixel_mnist'],
  ['no model type', model('{ hidden: 5 }'), '3:1', 'expected type: one of irnn, rnn_tanh, rnn_relu, lstm'],
  ['no threshold', training('clip: {}'), '4:46', 'missing key "threshold" in training.clip'],
  ['step without every', training('schedule: { type: step, factor: 2 }'), '4:46', 'missing key "every"'],
  ['no metric', `${EXAMPLE}stop: { below: 1 }\n`, '6:1', 'missing key "metric" in stop'],
];

const wrongValues: readonly Case[] = [
  ['path as a name', edited('example', '../up'), '1:7', 'a name starts with a letter or digit'],
  ['absolute path', edited('example', '/etc/x'), '1:7', 'a name starts with a letter or digit'],
  ['flag as a name', edited('example', '-rf'), '1:7', 'a name starts with a letter or digit'],
  ['a device of Windows as a name', edited('example', 'nul'), '1:7', 'a device of Windows has this name'],
  ['the same with an ending', edited('example', 'Com1.b'), '1:7', 'a device of Windows has this name'],
  ['escaped NUL', edited('example', '"a\\0"'), '1:7', 'a name starts with a letter or digit'],
  ['endless name', edited('example', 'a'.repeat(300)), '1:7', 'a name starts with a letter or digit'],
  ['number as a name', edited('example', '2015'), '1:7', 'name: expected text, found 2015'],
  ['no value', edited('steps: 100', 'steps:'), '4:19', 'found nothing (null)'],
  ['quoted number', edited('50', '"50"'), '2:26', 'remove the quotes'],
  ['underscores', edited('100', '1_000'), '4:20', 'write 1000'],
  [
    'fraction of a step',
    edited('100', '1.5'),
    '4:20',
    'expected a whole number from 0 to 1000000000000, found 1.5',
  ],
  ['negative rate', edited('0.01', '-1'), '4:40', 'learning_rate: expected a number from 1e-30 to 1e30'],
  ['zero rate', edited('0.01', '0'), '4:40', 'learning_rate: expected a number from 1e-30 to 1e30'],
  ['vanishing rate', edited('0.01', '1e-60'), '4:40', 'found 1e-60'],
  ['zero batch', training('batch: 0'), '4:53', 'expected a whole number from 1 to 65536, found 0'],
  ['short sequences', edited('50', '1'), '2:26', 'expected a whole number from 2 to 1000000'],
  ['yes for true', task('{ name: pixel_mnist, permuted: yes }'), '2:38', 'write true or false'],
  ['unknown task', edited('adding', 'ading'), '2:15', 'did you mean "adding"?'],
  ['unknown model', model('{ type: gru }'), '3:16', 'expected one of irnn, rnn_tanh, rnn_relu, lstm'],
  ['text for a map', edited('{ type: irnn }', 'irnn'), '3:8', 'expected a map such as { type: irnn, ... }'],
  [
    'list for a map',
    edited('{ every: 10 }', '[10]'),
    '5:11',
    'expected a map with the key every, found a list',
  ],
  ['number for clip', training('clip: 3'), '4:52', 'expected null or a map with keys such as threshold'],
  ['unknown clip mode', training('clip: { threshold: 1, mode: value }'), '4:74', '"norm" or "elementwise"'],
  ['misspelt optimizer', training('optimizer: sdg'), '4:57', 'did you mean "sgd"?'],
  ['misspelt optimizer name', training('optimizer: { name: adm }'), '4:65', 'did you mean "adam"?'],
  ['list of optimizers', training('optimizer: [sgd]'), '4:57', 'found a list'],
  ['momentum of 1', training('optimizer: { name: sgd, momentum: 1 }'), '4:80', 'at least 0 and less than 1'],
  ['misspelt train_size', edited('50', '50, train_size: frech'), '2:42', 'did you mean "fresh"?'],
  ['negative train_size', edited('50', '50, train_size: -5'), '2:42', 'or "fresh", found -5'],
  [
    'text for a std',
    model('{ type: rnn_relu, recurrent_std: big }'),
    '3:41',
    '"sussillo" or a number from 0',
  ],
  [
    'a std for weights that are not drawn',
    model('{ type: rnn_tanh, recurrent_start: orthogonal, recurrent_std: 1 }'),
    '3:70',
    'means nothing unless recurrent_start: gaussian',
  ],
  ['another start', model('{ type: rnn_tanh, recurrent_start: eye }'), '3:43', 'expected'],
  ['zero init_range', model('{ type: lstm, init_range: 0 }'), '3:34', '"auto" or a number from 1e-30'],
  [
    'one checkpoint',
    `${EXAMPLE}checkpoint: { keep: 1 }\n`,
    '6:21',
    'checkpoint.keep: expected a whole number',
  ],
  ['large seed', `${EXAMPLE}seed: 4294967296\n`, '6:7', 'from 0 to 4294967295'],
  ['unknown engine', `${EXAMPLE}engine: { name: nativ }\n`, '6:17', 'did you mean "native"?'],
  ['test metric', `${EXAMPLE}stop: { metric: test_mse, below: 1 }\n`, '6:17', 'a validation metric only'],
  ['data on two lines', task('{ name: pixel_mnist, data: "a\\nb" }'), '2:34', 'expected a path'],
];

const contradictions: readonly Case[] = [
  [
    'metric of another task',
    `${EXAMPLE}stop: { metric: valid_loss, below: 1 }\n`,
    '6:17',
    'its metrics: valid_mse',
  ],
  [
    'metric that is only reported',
    `${task('{ name: phone_frames }')}stop: { metric: valid_frame_error_new_voice, patience: 1 }\n`,
    '6:17',
    'there to be reported, not to choose by',
  ],
  [
    'misspelt metric',
    `${EXAMPLE}stop: { metric: valid_mes, below: 1 }\n`,
    '6:17',
    'did you mean "valid_mse"?',
  ],
  ['no bound', `${EXAMPLE}stop: { metric: valid_mse }\n`, '6:7', 'stop needs "below", "above" or "patience"'],
  [
    'evaluations of no bound',
    `${EXAMPLE}stop: { metric: valid_mse, patience: 2, evaluations: 3 }\n`,
    '6:54',
    'stop.evaluations means nothing without',
  ],
  ['two bounds', `${EXAMPLE}stop: { metric: valid_mse, below: 1, above: 2 }\n`, '6:45', 'not both'],
  [
    'unreachable bound',
    `${EXAMPLE}stop: { metric: valid_mse, below: 0 }\n`,
    '6:35',
    'no MSE is ever below 0',
  ],
  [
    'accuracy in percent',
    `${task('{ name: pixel_mnist }')}stop: { metric: valid_accuracy, above: 90 }\n`,
    '6:40',
    'its values are fractions between 0 and 1',
  ],
  [
    'long warm-up',
    training('schedule: { type: constant, warmup: 101 }'),
    '4:82',
    'do not fit into 100 steps',
  ],
  ['precision without amx', training('precision: bf16x3'), '4:57', 'there with the amx kernels only'],
  ['high floor', training('schedule: { type: cosine, floor: 0.1 }'), '4:79', 'not below the learning rate'],
  ['factor of 1', training('schedule: { type: step, every: 5, factor: 1 }'), '4:88', 'changes nothing'],
  ['batch over data', edited('50', '50, train_size: 10'), '4:1', 'more than the 10 training sequences'],
  [
    'written batch',
    training('batch: 60000').replace('50 }', '50, train_size: 9 }'),
    '4:53',
    'more than the 9',
  ],
  [
    'held-out images',
    task('{ name: pixel_mnist, valid_size: 59999 }'),
    '4:1',
    'a minibatch of 16 is more than the 1 training sequences',
  ],
  [
    'unused permutation',
    task('{ name: pixel_mnist, permutation_seed: 1 }'),
    '2:46',
    'means nothing unless permuted: true',
  ],
  [
    'unused instruction set',
    `${EXAMPLE}engine: { name: reference, instruction_set: avx2 }\n`,
    '6:45',
    'means nothing for the reference engine',
  ],
  [
    'unused device',
    `${EXAMPLE}engine: { name: native, device: cuda }\n`,
    '6:33',
    'means nothing for the native engine',
  ],
  [
    'unused threads',
    `${EXAMPLE}engine: { name: reference, threads: 2 }\n`,
    '6:37',
    'means nothing for the reference engine',
  ],
];

describe.each([
  ['not YAML as we take it', notYaml],
  ['wrong keys', wrongKeys],
  ['wrong values', wrongValues],
  ['contradictions', contradictions],
] as const)('%s', (_, cases) => {
  test.each(cases)('%s', (_, text, place, part) => {
    const error = errorOf(text);
    expect(error.exitCode).toBe(78);
    expect(error.message).toContain(part);
    const at = error.issues
      .filter(({ message, hint }) => `${message} ${hint}`.includes(part))
      .map(({ line, column }) => `${line}:${column}`);
    expect(
      at.some((found) => (place.endsWith(':') ? found.startsWith(place) : found === place)),
      `${at}`,
    ).toBe(true);
  });
});
