import { closest, configWord } from '../config/suggest.ts';
import { placesOfKey } from '../config/unknown-key.ts';
import { ExitCode, UserError } from '../support/errors.ts';
import type { UsageFailure } from './usage-failure.ts';

const COMMAND_LINE = /^irnn-run (.*)$/m;

/** What is wrong with a command line, and what was probably meant (exit code 64). A command without anything prints its help. */
export function explainUsage({ message, help }: UsageFailure, words: readonly string[]): UserError {
  const command = (COMMAND_LINE.exec(help)?.[1] ?? '').replace(/ *\[options\]/, '');
  const own = command.split(' ').filter((word) => /^[a-z]/.test(word));
  const see = `see irnn-run ${[...own, '--help'].join(' ')}`;
  const [, unknown] = /^Unknown arguments?: (.*)$/s.exec(message) ?? [];
  if (unknown !== undefined) {
    const named = unknown.split(', ').filter((word) => isTyped(word, words));
    return usageError(`${named.map((word) => explainUnknown(word, help, words)).join('; ')}; ${see}`);
  }
  if (words.every((word) => own.includes(word))) process.stderr.write(`${help}\n\n`);
  if (/^Not enough non-option arguments/.test(message))
    return usageError(`expected irnn-run ${command}; ${see}`);
  const [, valueless] = /^Not enough arguments following: (.*)$/.exec(message) ?? [];
  if (valueless !== undefined) return usageError(`--${valueless} needs a value; ${see}`);
  const [, option, given, choices] = /Argument: (.*), Given: "?(.*?)"?, Choices: (.*)/.exec(message) ?? [];
  if (option === undefined) return usageError(`${message}; ${see}`);
  const known = [...choices!.matchAll(/"([^"]*)"/g)].map((match) => match[1]!);
  return usageError(
    `--${option} ${given}: expected ${known.join(', ')}${question(closest(given!, known))}; ${see}`,
  );
}

function usageError(message: string): UserError {
  return new UserError(ExitCode.usage, message);
}

/** yargs also names the camel-case twin of an option. */
function isTyped(word: string, words: readonly string[]): boolean {
  return words.some((typed) => typed === word || typed.replace(/^--?(no-)?/, '').split('=')[0] === word);
}

function explainUnknown(word: string, help: string, words: readonly string[]): string {
  if (words.includes(word)) {
    const commands = [...help.matchAll(/^ {2}irnn-run ((?:[a-z][a-z0-9-]* ?)+)/gm)].map(([, name]) =>
      name!.trim(),
    );
    // The word that is one too many may follow the one that is misspelt: `sweep sttus my.yaml`.
    const last = new Map(commands.map((name) => [name.split(' ').at(-1)!, name]));
    const typed = [word, ...words.filter((other) => !last.has(other) && !help.includes(`irnn-run ${other}`))];
    const guesses = typed.flatMap((other) => closest(other, [...last.keys()]) ?? []);
    const whole = guesses.map((guess) => last.get(guess)!)[0];
    return `unknown argument ${word}${question(whole === undefined ? null : `irnn-run ${whole}`)}`;
  }
  const options = [...new Set([...help.matchAll(/--([a-z][a-z-]+)/g)].map((match) => match[1]!))];
  const guess = closest(word, options);
  if (guess !== null) return `unknown option --${word}${question(`--${guess}`)}`;
  const key = word.replaceAll('-', '_');
  const known = configWord(key) ?? key;
  const [place] = options.includes('set') ? placesOfKey(known) : [];
  const setting = place === undefined ? '' : `; a setting is given as --set ${place}=VALUE`;
  return `unknown option --${word}${setting}`;
}

function question(guess: string | null): string {
  return guess === null ? '' : `, did you mean ${guess}?`;
}
