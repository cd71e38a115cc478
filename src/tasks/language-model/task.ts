import { withDataPath } from '../../config/data-base.ts';
import type { TaskConfig } from '../../config/schema.ts';
import type { Corpus } from '../../data/text/corpus.ts';
import { loadCorpus } from '../../data/text/load-corpus.ts';
import { SPLITS, type TextSettings, type TextSplit } from '../../data/text/text-settings.ts';
import type { Batch } from '../../models/batch.ts';
import type { Head, InputSpec } from '../../models/spec.ts';
import { scoreUnigram } from '../../ngrams/unigram.ts';
import { LanguageModelTally } from '../tally.ts';
import type { Metrics, PreprocessingFile, Split, Task, TaskOptions } from '../task.ts';
import type { TextBatches } from './batches.ts';
import { SentenceBatches } from './sentences.ts';
import { StreamBatches } from './stream.ts';

type LanguageModelConfig = Extract<TaskConfig, { name: 'language_model' }>;

interface LanguageModelOptions {
  readonly seed: number;
  /** Sequences of a training batch (B). */
  readonly batchSize: number;
}

/** Throws UserError: 65 and 66 for bad and missing text, 78 when it does not fit the config. */
export async function createTask(
  config: LanguageModelConfig,
  { seeds, batchSize }: TaskOptions,
): Promise<Task> {
  const corpus = await loadCorpus(withDataPath(config).data, textSettings(config));
  return new LanguageModelTask(config, { seed: seeds.order, batchSize }, corpus);
}

/** The keys of a config that say how text becomes tokens. */
export type TextKeys = Pick<LanguageModelConfig, 'vocabulary' | 'lower_case' | 'unknown' | 'markers'>;

export function textSettings({ vocabulary, lower_case, unknown, markers }: TextKeys): TextSettings {
  return {
    lowerCase: lower_case,
    unknown,
    markers,
    vocabulary: { top: vocabulary.top, minCount: vocabulary.min_count },
  };
}

/**
 * Word-level language model (Le, Jaitly & Hinton 2015, section 4.3): at every word the network predicts the next one,
 * sentence ends included. Perplexities compare only over one text, split and vocabulary, so the facts about these go
 * with every score.
 */
class LanguageModelTask implements Task {
  readonly input: InputSpec;
  readonly head: Head;
  readonly steps: number;
  readonly dataNote: string;
  readonly provenance: Readonly<Record<string, string | number>>;
  readonly #corpus: Corpus;
  readonly #batches: TextBatches;
  #baseline: Metrics | null = null;

  constructor({ context, unroll }: LanguageModelConfig, options: LanguageModelOptions, corpus: Corpus) {
    const { size } = corpus.vocabulary;
    this.input = { kind: 'tokens', vocabulary: size };
    this.head = { kind: 'softmax', size, at: 'every-step' };
    this.steps = unroll;
    this.#corpus = corpus;
    const Batches = context === 'stream' ? StreamBatches : SentenceBatches;
    this.#batches = new Batches(corpus, { ...options, unroll });
    this.dataNote = describeCorpus(corpus);
    this.provenance = corpusFacts(corpus);
  }

  batch(split: Split, index: number): Batch {
    return split === 'train' ? this.#batches.train(index) : this.#batches.evaluation(split, index);
  }

  batches(split: 'valid' | 'test'): number {
    return this.#batches.count(split);
  }

  size(split: Split): number {
    return this.#corpus.splits[split].sentences;
  }

  /** A line for each token number, from 0 on: the word and how often it is predicted in training. */
  preprocessing(): ReadonlyMap<PreprocessingFile, string> {
    return new Map([['vocabulary.txt', this.#corpus.vocabulary.toText()]]);
  }

  tally(): LanguageModelTally {
    return new LanguageModelTally();
  }

  /** The unigram model: predicts every word with its frequency in the training split, whatever came before. */
  get baseline(): Metrics {
    if (this.#baseline === null) {
      const { loss, targets, correct } = scoreUnigram(this.#corpus, 'test');
      const mean = loss / targets;
      this.#baseline = { perplexity: Math.exp(mean), loss: mean, accuracy: correct / targets };
    }
    return this.#baseline;
  }
}

/** Words that are predicted in a split, sentence ends included. */
function predicted(corpus: Corpus, split: TextSplit): number {
  const { words, sentences } = corpus.splits[split];
  return corpus.vocabulary.end === null ? words : words + sentences;
}

function outOfVocabulary(corpus: Corpus, split: TextSplit): number {
  const { words, unknown } = corpus.splits[split];
  return unknown / words;
}

/** What to know of a text to judge a perplexity on it, in a line. */
export function describeCorpus(corpus: Corpus): string {
  const size = corpus.vocabulary.size.toLocaleString('en');
  const tokens = SPLITS.map((split) => predicted(corpus, split).toLocaleString('en')).join(' / ');
  const rates = SPLITS.map((split) => (100 * outOfVocabulary(corpus, split)).toFixed(1)).join(' / ');
  const ends = corpus.vocabulary.end === null ? '' : ' with sentence ends';
  return `vocabulary ${size}; train / valid / test: ${tokens} tokens${ends}, ${rates} % of words out of vocabulary`;
}

/** The same, and more, for machines. */
export function corpusFacts(corpus: Corpus): Record<string, string | number> {
  const facts: Record<string, string | number> = {
    vocabulary_size: corpus.vocabulary.size,
    vocabulary_sha256: corpus.vocabulary.sha256(),
  };
  for (const split of SPLITS) {
    facts[`${split}_tokens`] = predicted(corpus, split);
    facts[`${split}_words`] = corpus.splits[split].words;
    facts[`${split}_out_of_vocabulary`] = outOfVocabulary(corpus, split);
  }
  for (const [name, sha256] of Object.entries(corpus.hashes)) facts[`${name}_sha256`] = sha256;
  return facts;
}
