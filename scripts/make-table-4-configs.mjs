// Writes configs/table-4/: the twelve rows of Table 4 for each of three corpora, so that the 36 files differ in what
// they are meant to differ in and in nothing else.
//     node scripts/make-table-4-configs.mjs            write them
//     node scripts/make-table-4-configs.mjs --check    exit with 1 if they are not as this would write them
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('../configs/table-4/', import.meta.url));

/** Frame error rates of Table 4, dev / test, in percent. */
const paper = {
  '2l': { 'rnn-tanh': '35.0 / 36.2', lstm: '34.5 / 35.4', irnn: '34.3 / 35.5' },
  '5l': { 'rnn-tanh': '35.6 / 37.0', lstm: '35.0 / 36.2', irnn: '33.0 / 33.8' },
  '2l-bi': { 'rnn-tanh': '31.5 / 32.4', lstm: '29.6 / 30.6', irnn: '31.9 / 33.2' },
  '5l-bi': { 'rnn-tanh': '33.9 / 34.8', lstm: '28.5 / 29.1', irnn: '28.9 / 29.7' },
};

const CHOSEN = 'How the rate was chosen: docs/experiments/timit.md';

const cells = {
  'rnn-tanh': {
    words: 'RNN + tanh, 500 units',
    model: 'type: rnn_tanh, hidden: 500',
    init: 'input_std: 0.05, output_std: 0.05',
    rate: 0.001,
    chosen: 'The rate of this cell is untested',
  },
  lstm: {
    words: 'LSTM, 250 cells',
    model: 'type: lstm, hidden: 250',
    init: 'forget_bias: 1',
    rate: 0.003,
    chosen: CHOSEN,
  },
  irnn: {
    words: 'IRNN, 500 units, recurrent weights from 0.01 I',
    model: 'type: irnn, hidden: 500, scale: 0.01',
    init: 'input_std: 0.05, output_std: 0.05',
    rate: 0.003,
    chosen: CHOSEN,
  },
};

/** `epoch` is the number of batches of 16. */
const corpora = {
  timit: {
    head: [
      'TIMIT (LDC93S1): 3,696 training utterances; dev is the 50 standard speakers, test the core test set.',
      'Where the corpus is elsewhere: --set task.data=DIR',
    ],
    task: 'data: data/TIMIT, targets: states',
    epoch: 231,
    epochs: 20,
    every: 1,
  },
  speechocean762: {
    head: [
      'A stand-in for TIMIT: speechocean762, adult speakers, in TIMIT layout (docs/experiments/timit.md says how',
      'it is made). Mandarin-accented English, automatic labels, 0.8 h to train on: no number here is comparable',
      'with the paper. Where the corpus is elsewhere: --set task.data=DIR',
    ],
    task: "data: data/speechocean762, targets: states, valid_speakers: '[05]$'",
    epoch: 49,
    epochs: 20,
    every: 2,
  },
  'synthetic-speech': {
    head: [
      'A stand-in for TIMIT: synthetic speech, made at first use (31 s on two cores). Held-out',
      'sentences are scored as frame_error, a held-out voice as frame_error_new_voice. No number here is',
      'comparable with the paper.',
    ],
    task: 'data: synthetic, targets: states',
    epoch: 63,
    epochs: 20,
    every: 2,
  },
};

function config(corpus, shape, cell) {
  const { head, task, epoch, epochs, every } = corpora[corpus];
  const { words, model, init, rate, chosen } = cells[cell];
  const layers = Number(shape[0]);
  const direction = shape.endsWith('bi') ? 'bidirectional' : 'forward';
  const network = `layers: ${layers}, bidirectional: ${direction === 'bidirectional'}`;
  const steps = epoch * epochs;
  return [
    '# yaml-language-server: $schema=../../config.schema.json',
    `# Table 4, ${layers} layers, ${direction}: ${words}. Phone states, Section 4.4.`,
    ...head.map((line) => `# ${line}`),
    `# The paper, on TIMIT with states from an aligner: frame error ${paper[shape][cell]} % (dev / test). Here a state is`,
    '# a third of a labelled phone. Optimiser, schedule and initial weights are not given in the paper.',
    `# ${epochs} epochs, scored every ${every === 1 ? 'epoch' : `${every} epochs`}. ${chosen}.`,
    `name: ${corpus}-${shape}-${cell}`,
    'seed: 1',
    `task: { name: phone_frames, ${task} }`,
    'model:',
    `  { ${model},`,
    `    ${network}, ${init} }`,
    'training:',
    `  { steps: ${steps}, batch: 16, optimizer: adam, learning_rate: ${rate},`,
    '    schedule: { type: cosine }, clip: { threshold: 1 } }',
    `evaluate: { every: ${epoch * every} }`,
    `checkpoint: { every: ${epoch * every}, keep: 2 }`,
    '',
  ].join('\n');
}

const files = new Map();
for (const corpus of Object.keys(corpora))
  for (const shape of Object.keys(paper))
    for (const cell of Object.keys(cells))
      files.set(`${corpus}-${shape}-${cell}.yaml`, config(corpus, shape, cell));

if (process.argv.includes('--check')) {
  const stale = [...files].filter(([name, text]) => read(name) !== text).map(([name]) => name);
  const strange = readdirSync(folder).filter((name) => !files.has(name));
  for (const name of [...stale, ...strange])
    console.error(`configs/table-4/${name} is not what this script writes`);
  process.exitCode = stale.length + strange.length > 0 ? 1 : 0;
} else {
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of files) writeFileSync(folder + name, text);
}

function read(name) {
  try {
    return readFileSync(folder + name, 'utf8');
  } catch {
    return null;
  }
}
