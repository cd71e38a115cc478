import { withDataPath } from '../../../config/data-base.ts';
import { loadConfig } from '../../../config/load.ts';
import type { Config } from '../../../config/schema.ts';
import { seedsOf } from '../../../config/seeds.ts';
import type { Corpus } from '../../../data/text/corpus.ts';
import { loadCorpus } from '../../../data/text/load-corpus.ts';
import type { TextSplit } from '../../../data/text/text-settings.ts';
import { KneserNey } from '../../../ngrams/kneser-ney.ts';
import { sequencesOf } from '../../../ngrams/sequences.ts';
import { scoreUnigram } from '../../../ngrams/unigram.ts';
import { ExitCode, UserError } from '../../../support/errors.ts';
import { corpusFacts, describeCorpus, textSettings } from '../../../tasks/language-model/task.ts';
import { createTask } from '../../../tasks/task.ts';
import { findInput } from '../../inputs.ts';
import { type OverrideOptions, overridesOf } from '../../options.ts';
import { formatScore } from '../../terminal/score.ts';
import { formatTable } from '../../terminal/table.ts';

interface Options extends OverrideOptions {
  readonly order: number;
  readonly json: boolean;
}

/** What a predictor scores, by `valid_...` and `test_...`. */
interface Baseline {
  readonly predictor: string;
  readonly scores: Readonly<Record<string, number>>;
}

const LARGEST_ORDER = 6;
/** Counting takes some 60 bytes a token and order. */
const LARGEST_TEXT = 2e8;

/**
 * Prints what predictors without a network score on the data of a config. Throws UserError as loadConfig and createTask do,
 * and 64 for an order that makes no sense or a text that is too large to count.
 */
export async function scoreBaselines(file: string, options: Options): Promise<void> {
  if (!Number.isInteger(options.order) || options.order < 1 || options.order > LARGEST_ORDER) {
    throw new UserError(ExitCode.usage, `--order: expected 1 to ${LARGEST_ORDER}, found ${options.order}`);
  }
  const config = loadConfig(findInput(file, 'config'), overridesOf(options));
  if (config.task.name !== 'language_model') return print(await constant(config), null, options.json);
  const corpus = await loadCorpus(withDataPath(config.task).data, textSettings(config.task));
  print(ngrams(corpus, options.order), corpus, options.json);
}

async function constant(config: Config): Promise<Baseline[]> {
  const { baseline } = await createTask(config.task, {
    seeds: seedsOf(config),
    batchSize: config.training.batch,
  });
  const scores = Object.entries(baseline).map(([name, value]) => [`test_${name}`, value]);
  return [{ predictor: 'constant', scores: Object.fromEntries(scores) }];
}

/** The unigram, and interpolated Kneser-Ney models up to the order. */
function ngrams(corpus: Corpus, order: number): Baseline[] {
  const { train } = corpus.splits;
  if (order > 1 && train.tokens > LARGEST_TEXT) {
    throw new UserError(
      ExitCode.usage,
      `${corpus.path}: ${train.tokens} tokens are too many to count n-grams of; --order 1 scores the unigram alone`,
    );
  }
  const baselines = [baseline('unigram', (split) => scoreUnigram(corpus, split))];
  const text = order > 1 ? sequencesOf(train, corpus.vocabulary) : null;
  const predictable = corpus.vocabulary.size - Number(corpus.vocabulary.begin !== null);
  for (let n = 2; n <= order; n++) {
    const model = new KneserNey(text!, { order: n, predictable });
    const score = (split: TextSplit) => model.score(sequencesOf(corpus.splits[split], corpus.vocabulary));
    baselines.push(baseline(`Kneser-Ney ${n}-gram`, score));
  }
  return baselines;
}

function baseline(
  predictor: string,
  score: (split: TextSplit) => { readonly loss: number; readonly targets: number },
): Baseline {
  const perplexity = (split: TextSplit) => {
    const { loss, targets } = score(split);
    return Math.exp(loss / targets);
  };
  return {
    predictor,
    scores: { valid_perplexity: perplexity('valid'), test_perplexity: perplexity('test') },
  };
}

function print(baselines: readonly Baseline[], corpus: Corpus | null, json: boolean): void {
  const names = Object.keys(baselines[0]!.scores);
  const rows = baselines.map(({ predictor, scores }) => [
    predictor,
    ...names.map((name) => formatScore(scores[name]!)),
  ]);
  const note = corpus === null ? '' : `${describeCorpus(corpus)}\n`;
  process.stdout.write(
    json
      ? `${JSON.stringify({ baselines, ...(corpus && { data: corpusFacts(corpus) }) })}\n`
      : formatTable(['predictor', ...names], rows) + note,
  );
}
