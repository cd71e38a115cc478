import { ExitCode, UserError } from '../support/errors.ts';
import type { Mark } from './located.ts';

/** One thing wrong with a config. */
export interface ConfigIssue {
  /** The file, or the flag (`--set key=value`) in which the mistake is. */
  readonly file: string;
  /** From 1. In a flag: always 1, and the column counts within its `key=value`. */
  readonly line: number;
  readonly column: number;
  /** Dotted path of the key, empty for the config as a whole. */
  readonly path: string;
  readonly message: string;
  readonly hint: string | null;
  /** The source line with a caret under the mistake, empty for a blank line; null for a flag. */
  readonly excerpt: string | null;
}

/** A config that cannot be run (exit code 78), with everything that is wrong with it. */
export class ConfigError extends UserError {
  readonly issues: readonly ConfigIssue[];

  constructor(issues: readonly ConfigIssue[]) {
    const sorted = [...issues].sort(inReadingOrder);
    super(ExitCode.badConfig, sorted.map(formatIssue).join('\n'));
    this.issues = sorted;
  }
}

/** Makes the issue that a mark points at. */
export function issueAt(
  mark: Mark,
  path: readonly PropertyKey[],
  message: string,
  hint: string | null = null,
): ConfigIssue {
  const { source } = mark;
  const { line, column, lineText } = locate(source.text, mark.start);
  const length = Math.max(1, Math.min(mark.end - mark.start, lineText.length - (column - 1)));
  return {
    file: source.label,
    line,
    column,
    path: path.map(String).join('.'),
    message,
    hint,
    excerpt: source.kind === 'file' ? excerpt(line, lineText, column, length) : null,
  };
}

/** The issue as it is printed: place and message, source line and caret, hint. */
function formatIssue(issue: ConfigIssue): string {
  const { file, line, column, message, hint } = issue;
  if (issue.excerpt === null) return printable(`${file}: ${message}${hint === null ? '' : `; ${hint}`}`);
  const lines = [printable(`${file}:${line}:${column}: ${message}`)];
  if (issue.excerpt !== '') lines.push(issue.excerpt);
  if (hint !== null) lines.push(printable(`  ${hint}`));
  return lines.join('\n');
}

/** Mistakes in files come before mistakes in flags, which keep their order. */
function inReadingOrder(a: ConfigIssue, b: ConfigIssue): number {
  const inFlag = (issue: ConfigIssue) => (issue.excerpt === null ? 1 : 0);
  const files = inFlag(a) === 0 && inFlag(b) === 0 ? a.file.localeCompare(b.file) : 0;
  return inFlag(a) - inFlag(b) || files || a.line - b.line || a.column - b.column;
}

function locate(text: string, offset: number): { line: number; column: number; lineText: string } {
  const before = text.slice(0, offset);
  const start = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  const lineText = (text.slice(start).split('\n', 1)[0] ?? '').replace(/\r$/, '');
  return { line, column: offset - start + 1, lineText };
}

const LINE_LIMIT = 120;

/** A long line is cut so that the mistake stays in sight. */
function excerpt(line: number, lineText: string, column: number, length: number): string {
  if (lineText.trim() === '') return '';
  const from = column - 1 + Math.min(length, 40) > LINE_LIMIT ? column - 41 : 0;
  const shown = printable(lineText.slice(from, from + LINE_LIMIT));
  const indent = shown.slice(0, column - 1 - from).replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, shown.length - indent.length)));
  return `  ${line} | ${shown}\n  ${' '.repeat(String(line).length)} | ${indent}${carets}`;
}

/** Control characters in a config must not reach the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (character) => (character === '\t' ? '\t' : '\ufffd'));
}
