/** How text becomes tokens: the settings that a vocabulary and encoded text depend on. */
export interface TextSettings {
  readonly lowerCase: boolean;
  /** The word that stands for every word outside the vocabulary; null when there must be none. */
  readonly unknown: string | null;
  /**
   * `end`: every sentence ends with `</s>`, which is predicted. `both`: it begins with `<s>` besides, which is given.
   * `none`: sentences run on.
   */
  readonly markers: 'end' | 'both' | 'none';
  readonly vocabulary: VocabularyRule;
}

/** Which words of the training split are in the vocabulary. */
interface VocabularyRule {
  /** At most this many, the most frequent ones; the markers and the unknown word are among them. Null for all. */
  readonly top: number | null;
  /** Words that occur at least this often. */
  readonly minCount: number;
}

export const BEGIN = '<s>';
export const END = '</s>';

export const SPLITS = ['train', 'valid', 'test'] as const;
export type TextSplit = (typeof SPLITS)[number];

/** The settings in the words of a config and of the command line. */
export function describeTextSettings({ lowerCase, unknown, markers, vocabulary }: TextSettings): string {
  const { top, minCount } = vocabulary;
  return `vocabulary top ${top} min_count ${minCount}, lower_case ${lowerCase}, unknown ${unknown}, markers ${markers}`;
}
