import { ExitCode, UserError } from '../../support/errors.ts';
import { BEGIN, END, type TextSettings } from './text-settings.ts';

/** The number of a sentence's end in text whose vocabulary is not known yet. */
export const SENTENCE_END = 0;

/** Substrings of at least this length keep the megabyte of text alive that they were cut from. */
const SHARED_LENGTH = 13;

/**
 * Numbers words from 1 as they turn up: with these numbers text can be read once and be put away before it is known
 * which words will be in the vocabulary. Grows with the number of different words, not with the text.
 */
export class WordNumbers {
  /** By number; the first entry stands for the end of a sentence. */
  readonly words: string[] = [''];
  readonly #numbers = new Map<string, number>();
  readonly #lowerCase: boolean;
  readonly #reserved: readonly string[];

  constructor({ lowerCase, markers }: Pick<TextSettings, 'lowerCase' | 'markers'>) {
    this.#lowerCase = lowerCase;
    this.#reserved = markers === 'none' ? [] : [BEGIN, END];
  }

  /**
   * Appends the numbers of a line's words and `SENTENCE_END`; nothing for a line without words. Spaces, tabs and
   * carriage returns part words. Throws UserError (65) for a word that is a sentence marker; `where` names the line.
   */
  append(line: string, out: TokenBuffer, where: () => string): void {
    const text = this.#lowerCase ? line.toLowerCase() : line;
    let start = 0;
    let words = 0;
    for (let i = 0; i <= text.length; i++) {
      const code = i < text.length ? text.charCodeAt(i) : 32;
      if (code !== 32 && code !== 9 && code !== 13) continue;
      if (i > start) {
        const word = text.slice(start, i);
        out.push(this.#numbers.get(word) ?? this.#addFrom(word, where));
        words += 1;
      }
      start = i + 1;
    }
    if (words > 0) out.push(SENTENCE_END);
  }

  /** Takes over a word that an earlier session has numbered. */
  add(word: string): number {
    const number = this.words.push(word) - 1;
    this.#numbers.set(word, number);
    return number;
  }

  #addFrom(word: string, where: () => string): number {
    if (this.#reserved.includes(word)) {
      throw new UserError(
        ExitCode.badData,
        `${where()}: the word ${word} is a sentence marker, which is added to every line; remove it from the text, or set markers to none`,
      );
    }
    return this.add(word.length < SHARED_LENGTH ? word : Buffer.from(word).toString());
  }
}

/** A growing row of token numbers. */
export class TokenBuffer {
  #data = new Int32Array(1 << 16);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(token: number): void {
    if (this.#length === this.#data.length) {
      const larger = new Int32Array(2 * this.#length);
      larger.set(this.#data);
      this.#data = larger;
    }
    this.#data[this.#length++] = token;
  }

  /** What was pushed since the last call, as a copy. */
  take(): Int32Array {
    const tokens = this.#data.slice(0, this.#length);
    this.#length = 0;
    return tokens;
  }
}
