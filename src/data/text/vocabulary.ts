import { createHash } from 'node:crypto';
import { ExitCode, UserError } from '../../support/errors.ts';
import { BEGIN, END, type TextSettings } from './text-settings.ts';
import { SENTENCE_END } from './word-numbers.ts';

/** One class of the softmax. */
export interface VocabularyEntry {
  readonly word: string;
  /** How often it is predicted in the training split. */
  readonly count: number;
}

/**
 * The words of a language model and their ids: by falling frequency in the training split, ties by spelling, the
 * sentence markers and the unknown word in their places among them. (Sampled softmax with log-uniform candidates takes a
 * low id for a frequent word.)
 */
export class Vocabulary {
  readonly entries: readonly VocabularyEntry[];
  /** Ids of the special words; null for one that the settings leave out. */
  readonly begin: number | null;
  readonly end: number | null;
  readonly unknown: number | null;

  constructor(
    entries: readonly VocabularyEntry[],
    settings: Pick<TextSettings, 'markers' | 'unknown' | 'lowerCase'>,
  ) {
    this.entries = entries;
    const find = (word: string | null): number | null => {
      const id = entries.findIndex((entry) => entry.word === word);
      return id < 0 ? null : id;
    };
    this.begin = settings.markers === 'both' ? find(BEGIN) : null;
    this.end = settings.markers === 'none' ? null : find(END);
    this.unknown = find(unknownWord(settings));
  }

  get size(): number {
    return this.entries.length;
  }

  /** One word a line with its count, in the order of the ids. */
  toText(): string {
    return this.entries.map(({ word, count }) => `${word}\t${count}\n`).join('');
  }

  /** Of `toText`: the words, their order and their counts. */
  sha256(): string {
    return createHash('sha256').update(this.toText()).digest('hex');
  }
}

/** Reads what `toText` wrote; null if that is not what the text is. */
export function parseVocabulary(text: string): VocabularyEntry[] | null {
  const entries: VocabularyEntry[] = [];
  for (const line of text.split('\n').slice(0, -1)) {
    const [word, digits, ...rest] = line.split('\t');
    if (!word || !/^\d+$/.test(digits ?? '') || rest.length > 0) return null;
    entries.push({ word, count: Number(digits) });
  }
  return text.endsWith('\n') ? entries : null;
}

/** How the unknown word is spelled in text that has gone through the settings. */
function unknownWord({ unknown, lowerCase }: Pick<TextSettings, 'unknown' | 'lowerCase'>): string | null {
  return lowerCase ? (unknown?.toLowerCase() ?? null) : unknown;
}

/**
 * Chooses the vocabulary. `words` and `counts` are by word number (see WordNumbers), the counts of the training split;
 * that of `SENTENCE_END` is its number of sentences. Returns the vocabulary and the id of every word number, -1 for a word
 * without one. Throws UserError (65) if words are left over and there is no unknown word to stand for them.
 */
export function chooseVocabulary(
  words: readonly string[],
  counts: Float64Array,
  settings: TextSettings,
): { readonly vocabulary: Vocabulary; readonly ids: Int32Array } {
  const { markers } = settings;
  const { top, minCount } = settings.vocabulary;
  const unknown = unknownWord(settings);
  const specials = Number(markers !== 'none') + Number(markers === 'both') + Number(unknown !== null);
  const most = top === null ? Number.POSITIVE_INFINITY : top - specials;

  let candidates: VocabularyEntry[] = [];
  let total = 0;
  let kept = 0;
  for (let number = 1; number < words.length; number++) {
    const word = words[number] as string;
    const count = counts[number] as number;
    total += count;
    if (count >= minCount && word !== unknown) candidates.push({ word, count });
  }
  candidates.sort(byFrequency);
  if (candidates.length > most) candidates = candidates.slice(0, most);
  for (const { count } of candidates) kept += count;
  if (unknown === null && kept < total) {
    throw new UserError(
      ExitCode.badData,
      `the vocabulary leaves out ${total - kept} of the ${total} words of the training split, and unknown is null: name a word for them, or keep all (min_count 1)`,
    );
  }
  if (markers !== 'none') candidates.push({ word: END, count: counts[SENTENCE_END] as number });
  if (markers === 'both') candidates.push({ word: BEGIN, count: 0 });
  if (unknown !== null) candidates.push({ word: unknown, count: total - kept });
  const vocabulary = new Vocabulary(candidates.sort(byFrequency), settings);
  return { vocabulary, ids: wordIds(words, vocabulary) };
}

/** The id of every word number: the unknown word's for a word that is not in the vocabulary, -1 if there is none. */
export function wordIds(words: readonly string[], vocabulary: Vocabulary): Int32Array {
  const { begin, end, unknown } = vocabulary;
  const known = new Map(vocabulary.entries.map(({ word }, id) => [word, id]));
  const ids = Int32Array.from(words, (word) => known.get(word) ?? unknown ?? -1);
  if (begin !== null || end !== null) ids[SENTENCE_END] = end ?? -1;
  return ids;
}

function byFrequency(a: VocabularyEntry, b: VocabularyEntry): number {
  return b.count - a.count || (a.word < b.word ? -1 : 1);
}
