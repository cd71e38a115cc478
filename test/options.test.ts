import { mkdtempSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, it, vi } from 'vitest';
import { parseConfig } from '../src/config/load.ts';
import { run } from '../src/training/run.ts';
import { StopRequest } from '../src/training/signals.ts';
import { type SchemaKey, schemaKeys } from './config/schema-keys.ts';
import { folderOf, goodFiles, images } from './data/mnist-files.ts';
import { smallCorpus, writeTree } from './data/speech/corpus-files.ts';
import { randomText } from './data/text/text-files.ts';
import { mockEngine } from './mock-engine.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** The device that the tensorflow engine was asked for; TensorFlow need not be here: a stand-in notes it. */
let deviceAsked: string | null = null;
vi.mock('../src/engines/tensorflow/engine.ts', () => ({
  tensorflow: {
    load: async ({ device }: { device: string }) => {
      deviceAsked = device;
      return mockEngine;
    },
  },
}));

// Every key of the config must make a difference to a run: here each one is changed alone, in a config where it
// means something, and what the run leaves behind must change with it.

// Precisions are those of amx.
process.env.IRNN_RUN_EMULATE_AMX ??= '1';

const base = [
  'name=tiny',
  'task={ name: adding, T: 6, train_size: 40, valid_size: 8, test_size: 8 }',
  'model={ type: irnn, hidden: 4, input_std: 0.5, output_std: 0.5 }',
  'training={ steps: 20, batch: 4, learning_rate: 0.05, clip: { threshold: 0.1 } }',
  'evaluate={ every: 5 }',
  'checkpoint={ every: 5 }',
];

let mnist = '';
let otherMnist = '';
let speech = '';
let otherSpeech = '';
let text = '';
let otherText = '';
/** Folders that hold, under its task's name, the data of every task; the second one other data. */
let here = '';
let elsewhere = '';
beforeAll(() => {
  mnist = folderOf(goodFiles());
  text = textFolder(1);
  otherText = textFolder(2);
  otherMnist = folderOf({ ...goodFiles(), 'train-images-idx3-ubyte': invert(images(12)) });
  [speech, otherSpeech] = [mkdtempSync(join(tmpdir(), 'irnn-')), mkdtempSync(join(tmpdir(), 'irnn-'))];
  writeTree(speech, smallCorpus());
  writeTree(otherSpeech, { ...smallCorpus(), 'TRAIN/DR1/T0/SX0.PHN': '0 1600 iy\n' });
  here = linksTo({ pixel_mnist: mnist, language_model: text, phone_frames: speech });
  elsewhere = linksTo({ pixel_mnist: otherMnist, language_model: otherText, phone_frames: otherSpeech });
});

/** The setting under which a variant's keys exist, for the choice that `when` names. */
const variants: Record<string, () => string> = {
  'task.name=adding': () => base[1]!,
  'task.name=pixel_mnist': () => `task={ name: pixel_mnist, data: ${mnist}, valid_size: 4 }`,
  'task.name=phone_frames': () => `task={ name: phone_frames, data: ${speech}, targets: folded }`,
  'task.name=language_model': () => `task={ name: language_model, data: ${text}, unroll: 3 }`,
  'model.type=irnn': () => base[2]!,
  'model.type=rnn_tanh': () => 'model={ type: rnn_tanh, hidden: 4, input_std: 0.5, output_std: 0.5 }',
  'model.type=rnn_relu': () => 'model={ type: rnn_relu, hidden: 4, input_std: 0.5, output_std: 0.5 }',
  'model.type=lstm': () => 'model={ type: lstm, hidden: 4 }',
  'training.optimizer.name=sgd': () => 'training.optimizer={ name: sgd, momentum: 0.5 }',
  'training.optimizer.name=rmsprop': () => 'training.optimizer={ name: rmsprop, momentum: 0.5 }',
  'training.optimizer.name=adam': () => 'training.optimizer={ name: adam }',
  'training.schedule.type=constant': () => 'training.schedule={ type: constant }',
  'training.schedule.type=step': () => 'training.schedule={ type: step, every: 3, factor: 0.5 }',
  'training.schedule.type=cosine': () => 'training.schedule={ type: cosine }',
};

/** For each key: what has to hold besides (if anything), and the change. */
const changes: Record<string, (task: string | undefined) => readonly string[]> = {
  name: () => ['name=other'],
  seed: () => ['seed=2'],
  'seeds.data': () => ['seeds.data=2'],
  'seeds.weights': () => ['seeds.weights=2'],
  'seeds.order': () => ['seeds.order=2'],
  'task.name': () => [],
  'task.T': () => ['task.T=7'],
  'task.marks': () => ['task.marks=halves'],
  'task.train_size': () => ['task.train_size=fresh'],
  'task.valid_size': () => ['task.valid_size=3'],
  'task.test_size': () => ['task.test_size=9'],
  'task.data': (task) => {
    const data = { pixel_mnist: otherMnist, language_model: otherText, phone_frames: otherSpeech };
    return [`task.data=${data[task as keyof typeof data]}`];
  },
  'task.data_base': () => [`task.data_base=${elsewhere}`],
  'task.vocabulary.top': () => ['task.vocabulary.top=6'],
  'task.vocabulary.min_count': () => ['task.vocabulary.min_count=3'],
  'task.lower_case': () => ['task.lower_case=false'],
  'task.unknown': () => ['task.unknown=UNK'],
  'task.markers': () => ['task.markers=both'],
  'task.context': () => ['task.context=sentence'],
  'task.unroll': () => ['task.unroll=4'],
  'task.targets': () => ['task.targets=phones'],
  'task.normalisation': () => ['task.normalisation=speaker'],
  'task.valid_speakers': () => ['task.valid_speakers="[12]$"'],
  'task.synthetic.train': () => ['task.synthetic.train=9'],
  'task.synthetic.valid': () => ['task.synthetic.valid=5'],
  'task.synthetic.test': () => ['task.synthetic.test=5'],
  'task.synthetic.held_out_voice': () => ['task.synthetic.held_out_voice=kal16'],
  'task.permuted': () => ['task.permuted=true'],
  'task.permutation_seed': () => ['task.permuted=true', 'task.permutation_seed=2'],
  'task.pixel_scale': () => ['task.pixel_scale=unit'],
  'model.type': () => [],
  'model.hidden': () => ['model.hidden=5'],
  'model.embedding': () => ['model.embedding=5'],
  'model.layers': () => ['model.layers=2'],
  'model.bidirectional': () => ['model.bidirectional=true'],
  'model.projection': () => ['model.projection=3'],
  'model.dropout': () => ['model.dropout=0.5'],
  'model.scale': () => ['model.scale=0.5'],
  'model.input_std': () => ['model.input_std=0.4'],
  'model.output_std': () => ['model.output_std=0.4'],
  'model.recurrent_start': () => ['model.recurrent_start=orthogonal'],
  'model.recurrent_std': () => ['model.recurrent_std=0.1'],
  'model.forget_bias': () => ['model.forget_bias=4'],
  'model.init_range': () => ['model.init_range=0.1'],
  'training.steps': () => ['training.steps=21'],
  'training.batch': () => ['training.batch=5'],
  'training.optimizer.name': () => [],
  'training.optimizer.momentum': () => ['training.optimizer.momentum=0.6'],
  'training.optimizer.decay': () => ['training.optimizer.decay=0.5'],
  'training.optimizer.epsilon': () => ['training.optimizer.epsilon=0.1'],
  'training.optimizer.beta1': () => ['training.optimizer.beta1=0.5'],
  'training.optimizer.beta2': () => ['training.optimizer.beta2=0.5'],
  'training.optimizer.weight_decay': () => ['training.optimizer.weight_decay=0.1'],
  'training.optimizer.decoupled_weight_decay': () => ['training.optimizer.decoupled_weight_decay=true'],
  'training.learning_rate': () => ['training.learning_rate=0.06'],
  'training.schedule.type': () => [],
  'training.schedule.warmup': () => ['training.schedule.warmup=5'],
  'training.schedule.every': () => ['training.schedule.every=4'],
  'training.schedule.factor': () => ['training.schedule.factor=0.4'],
  'training.schedule.floor': () => ['training.schedule.floor=0.01'],
  'training.clip.threshold': () => ['training.clip.threshold=0.2'],
  'training.clip.mode': () => ['training.clip.mode=elementwise'],
  'training.loss_reduction': () => ['training.loss_reduction=sum'],
  'training.max_skipped': () => ['training.max_skipped=3'],
  'training.softmax_samples': () => ['training.softmax_samples=5'],
  'training.precision': () => ['training.precision=bf16x3'],
  'evaluate.every': () => ['evaluate.every=4'],
  'stop.metric': () => ['stop={ metric: valid_accuracy, above: 0.99 }'],
  'stop.below': () => ['stop.below=0.00001'],
  'stop.above': () => ['stop.above=0.9'],
  'stop.evaluations': () => ['stop.evaluations=3'],
  'stop.extra_steps': () => ['stop.extra_steps=5'],
  'stop.patience': () => ['stop.patience=1'],
  'checkpoint.every': () => ['checkpoint.every=8'],
  'checkpoint.keep': () => ['checkpoint.keep=3'],
  'checkpoint.best': () => ['checkpoint.best=valid_mse'],
  'checkpoint.keep_every': () => ['checkpoint.keep_every=7'],
  'logging.tensorboard': () => ['logging.tensorboard=true'],
  'engine.name': () => ['engine.name=reference'],
  'engine.device': () => ['engine.device=cpu'],
  'engine.instruction_set': () => ['engine.instruction_set=sse2'],
  'engine.threads': () => ['engine.threads=2'],
};

const onSynthetic = () => [
  'task={ name: phone_frames, synthetic: { train: 8, valid: 4, test: 4 } }',
  'training.steps=2',
];

/** What a key needs around it to mean something, where the base does not have it. */
const settings: Record<string, (task: string | undefined) => readonly string[]> = {
  'task.data_base': (task) => [`task.data=${task}`, `task.data_base=${here}`],
  // Gradients overflow at once: the run ends when it has skipped enough of them.
  'training.max_skipped': () => [
    'training.learning_rate=1e30',
    'training.clip=null',
    'training.max_skipped=5',
  ],
  'task.synthetic.train': onSynthetic,
  'task.synthetic.valid': onSynthetic,
  'task.synthetic.test': onSynthetic,
  'task.synthetic.held_out_voice': onSynthetic,
  'model.embedding': () => [variants['task.name=language_model']!()],
  // The adding problem has no classes to sample.
  'training.softmax_samples': () => [variants['task.name=language_model']!()],
  'stop.metric': () => [variants['task.name=pixel_mnist']!(), 'stop={ metric: valid_loss, below: 1e9 }'],
  'stop.below': () => ['stop={ metric: valid_mse, below: 100 }'],
  'stop.above': () => [variants['task.name=pixel_mnist']!(), 'stop={ metric: valid_accuracy, above: 0 }'],
  'stop.evaluations': () => ['stop={ metric: valid_mse, below: 100, evaluations: 2 }'],
  'stop.extra_steps': () => ['stop={ metric: valid_mse, below: 100 }'],
  // What the first evaluation scores is never beaten at this rate.
  'stop.patience': () => ['stop={ metric: valid_mse, below: 1e-9 }', 'training.learning_rate=1000'],
  'training.optimizer.decoupled_weight_decay': () => ['training.optimizer.weight_decay=0.1'],
  'training.precision': () => ['engine.instruction_set=amx'],
  'engine.device': () => ['engine.name=tensorflow'],
  'engine.instruction_set': () => ['engine.instruction_set=auto'],
};

/** Choosing a variant is the change itself for the keys that choose: compared with another variant. */
const others: Record<string, string> = {
  'task.name=adding': 'task.name=pixel_mnist',
  'task.name=pixel_mnist': 'task.name=adding',
  'task.name=phone_frames': 'task.name=pixel_mnist',
  'task.name=language_model': 'task.name=adding',
  'model.type=irnn': 'model.type=rnn_relu',
  'model.type=rnn_tanh': 'model.type=rnn_relu',
  'model.type=rnn_relu': 'model.type=irnn',
  'model.type=lstm': 'model.type=irnn',
  'training.optimizer.name=sgd': 'training.optimizer.name=adam',
  'training.optimizer.name=rmsprop': 'training.optimizer.name=adam',
  'training.optimizer.name=adam': 'training.optimizer.name=rmsprop',
  'training.schedule.type=constant': 'training.schedule.type=cosine',
  'training.schedule.type=step': 'training.schedule.type=constant',
  'training.schedule.type=cosine': 'training.schedule.type=constant',
};

it.each(schemaKeys().map((key) => [describeKey(key), key] as const))(
  '%s makes a difference',
  async (_, { path, when }) => {
    const choices = Object.entries(when).map(([key, value]) => `${key}=${value}`);
    const context = [
      ...base,
      ...choices.map((choice) => variants[choice]!()),
      ...(settings[path]?.(when['task.name']) ?? []),
    ];
    const change =
      path in when ? [variants[others[`${path}=${when[path]}`]!]!()] : changes[path]!(when['task.name']);
    expect(await resultOf([...context, ...change])).not.toEqual(await resultOf(context));
  },
);

function describeKey({ path, when }: SchemaKey): string {
  const choice = Object.entries(when).map(([key, value]) => `${key} ${value}`);
  return [path, ...choice].join(', ');
}

/** Everything a run leaves behind that its config should decide, apart from the copy of the config itself. */
async function resultOf(settings: readonly string[]) {
  deviceAsked = null;
  const root = temporaryFolder();
  const config = parseConfig(`{}\n`, 'base', { set: [...settings] });
  const stopRequest = new StopRequest();
  const before = threadsNow();
  let threads = before;
  try {
    const { directory } = await run(config, {
      root,
      fresh: false,
      progress: {
        start() {},
        step() {
          threads = Math.max(threads, threadsNow());
        },
        row() {},
        note() {},
        stop() {},
      },
      stopRequest,
    });
    const done = JSON.parse(readFileSync(join(directory, 'DONE.json'), 'utf8'));
    return {
      name: config.name,
      files: readdirSync(directory),
      metrics: readFileSync(join(directory, 'metrics.csv'), 'utf8'),
      done,
      weights: weightsOf(readFileSync(join(directory, done.checkpoint))),
      // Not what meta.json says of the engine: that may repeat the config, whatever computes.
      deviceAsked,
      threads: threads - before,
    };
  } finally {
    stopRequest.dispose();
  }
}

/** Threads of this process, where the system tells. */
function threadsNow(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/task').length : 0;
}

/** The tensors' bytes without the header, which names the config's hash. */
function weightsOf(file: Buffer): string {
  return file.subarray(8 + Number(file.readBigUInt64LE(0))).toString('hex');
}

/** A few sentences; the word UNK is one that a config may take for the unknown one. */
function textFolder(seed: number): string {
  const folder = mkdtempSync(join(tmpdir(), 'irnn-text-'));
  const sentences = (lines: number) => `${randomText(seed, lines, 12)}w1 UNK UNK A a\n`;
  for (const [name, lines] of [
    ['train', 20],
    ['valid', 4],
    ['test', 4],
  ] as const) {
    writeFileSync(join(folder, name), sentences(lines));
  }
  return folder;
}

function linksTo(folders: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'irnn-'));
  for (const [name, folder] of Object.entries(folders)) symlinkSync(folder, join(root, name));
  return root;
}

function invert(file: Buffer): Buffer {
  return Buffer.from(file.map((byte, i) => (i < 16 ? byte : 255 - byte)));
}
