import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type ParsedNode,
  parseDocument,
  visit,
  type YAMLMap,
} from 'yaml';
import { ConfigError, type ConfigIssue, issueAt } from './config-error.ts';
import {
  copyLocated,
  type Entry,
  type Located,
  type LocatedMap,
  type Mark,
  type Scalar,
  type Source,
} from './located.ts';

/**
 * Parses a source, or its part from `from` on, as YAML 1.2 data: maps, lists and scalars, nothing else.
 * Everything that two readers could take for different values is refused: duplicate keys, merge keys, tags,
 * directives, several documents, numbers that are not finite. An alias (`*name`) is a copy of the value that the
 * anchor (`&name`) before it stands at.
 *
 * Returns null for an empty document. Throws ConfigError.
 */
export function parseYaml(source: Source, from = 0): Located | null {
  const issues: ConfigIssue[] = [];
  const mark = (start: number, end: number): Mark => ({ source, start: from + start, end: from + end });
  const raw = /[^\P{Cc}\t\n\r\u0085]/u.exec(source.text);
  if (raw !== null) {
    const code = raw[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    throw new ConfigError([
      issueAt({ source, start: raw.index, end: raw.index + 1 }, [], `raw control character U+${code}`),
    ]);
  }
  const document = parseDocument(source.text.slice(from), {
    version: '1.2',
    prettyErrors: false,
    uniqueKeys: false,
  });
  const { directives } = document;
  if (directives?.yaml.explicit || Object.keys(directives?.tags ?? {}).some((handle) => handle !== '!!')) {
    issues.push(issueAt(mark(0, 1), [], 'YAML directives (%YAML, %TAG) are not supported'));
  }
  const [first] = document.errors;
  const variable = first === undefined ? variableIn(document) : variableAt(source.text, from + first.pos[0]);
  if (variable !== null) {
    const at = first === undefined ? from + variable.index : variable.index;
    const message = `${variable[0]} is not replaced by anything: a config has no variables`;
    const hint = 'write the value, give it with --set from the shell, or fill the template in first';
    throw new ConfigError([issueAt({ source, start: at, end: at + variable[0].length }, [], message, hint)]);
  }
  for (const { code, message, pos } of document.errors) {
    const quote = code === 'MISSING_CHAR' && message.endsWith('quote') ? openQuote(document, pos[0]) : null;
    if (quote !== null) issues.push(issueAt(mark(quote, quote + 1), [], 'this quote is never closed'));
    else issues.push(issueAt(mark(pos[0], pos[1]), [], plainWords(code, message)));
  }
  if (issues.length > 0) throw new ConfigError(issues);
  const root =
    document.contents === null ? null : new Reader(mark, issues).read(document.contents as ParsedNode, []);
  for (const { code, message, pos } of document.warnings) {
    if (code !== 'TAG_RESOLVE_FAILED') issues.push(issueAt(mark(pos[0], pos[1]), [], message));
  }
  if (issues.length > 0) throw new ConfigError(issues);
  return root;
}

/** The `${...}` of a template that was not filled in, if an offset is in it: all other errors follow from the first. */
function variableAt(text: string, offset: number): RegExpExecArray | null {
  for (const match of text.matchAll(/\$\{[^}\n]*\}?/g)) {
    if (match.index <= offset && offset < match.index + match[0].length) return match;
  }
  return null;
}

/** The first value that is such a text as a whole, which is no mistake in YAML. */
function variableIn(document: Document.Parsed): { readonly 0: string; readonly index: number } | null {
  let found: { readonly 0: string; readonly index: number } | null = null;
  visit(document, {
    Scalar: (_, { type, value, range }) => {
      if (type !== 'PLAIN' || !range || !/^\$\{[^}]*\}$/.test(String(value))) return undefined;
      found = { 0: String(value), index: range[0] };
      return visit.BREAK;
    },
  });
  return found;
}

/** Where the quoted text begins that runs to an offset. */
function openQuote(document: Document.Parsed, offset: number): number | null {
  let start: number | null = null;
  visit(document, {
    Scalar: (_, { type, range }) => {
      if (type?.startsWith('QUOTE') && range && range[0] < offset && range[1] >= offset) start = range[0];
    },
  });
  return start;
}

function plainWords(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'more than one YAML document: expected one';
  if (code === 'RESOURCE_EXHAUSTION') return 'nested too deeply';
  return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`;
}

/** Values that aliases may add to a file: a few lines of them can stand for more than fits into memory. */
const MOST_COPIED = 10_000;

/** Turns a parsed document into located data, collecting what it refuses. */
class Reader {
  readonly #anchors = new Map<string, Located>();
  #copied = 0;

  constructor(
    private readonly mark: (start: number, end: number) => Mark,
    private readonly issues: ConfigIssue[],
  ) {}

  read(node: ParsedNode, path: readonly string[]): Located {
    const mark = this.markOf(node);
    const refuse = (message: string, hint: string | null = null) =>
      this.issues.push(issueAt(mark, path, message, hint));
    if (isAlias(node)) return this.copyOf(node.source, path, mark);
    if (node.tag !== undefined) refuse('tags (!name, !!type) are not supported', 'write the plain value');
    const value = this.readValue(node, path, mark);
    if (node.anchor !== undefined) this.#anchors.set(node.anchor, value);
    return value;
  }

  /** What an alias stands for. Its errors point at the anchor's value, which is where they are mended. */
  private copyOf(name: string, path: readonly string[], mark: Mark): Located {
    const value = this.#anchors.get(name);
    if (value === undefined) {
      this.issues.push(issueAt(mark, path, `*${name}: no anchor &${name} stands before it`));
      return { kind: 'scalar', mark, value: null };
    }
    this.#copied += sizeOf(value);
    if (this.#copied <= MOST_COPIED) return copyLocated(value);
    throw new ConfigError([issueAt(mark, path, `aliases stand for more than ${MOST_COPIED} values`)]);
  }

  private readValue(node: Exclude<ParsedNode, Alias.Parsed>, path: readonly string[], mark: Mark): Located {
    const refuse = (message: string) => this.issues.push(issueAt(mark, path, message));
    if (isMap(node)) return this.readMap(node, path, mark);
    if (isSeq(node)) {
      const items = node.items.map((item, index) => this.read(item as ParsedNode, [...path, String(index)]));
      return { kind: 'list', mark, items };
    }
    const value = node.value as Scalar;
    const complaint = typeof value === 'number' ? numberComplaint(value, node.source) : null;
    if (complaint !== null) refuse(complaint);
    return { kind: 'scalar', mark, value: value === 0 ? 0 : value };
  }

  private readMap(node: YAMLMap.Parsed, path: readonly string[], mark: Mark): LocatedMap {
    const entries = new Map<string, Entry>();
    for (const pair of node.items) {
      const key = this.markOf(pair.key as ParsedNode);
      const name = this.keyName(pair.key as ParsedNode, key, path);
      if (name === null) continue;
      const inner = [...path, name];
      const value: Located =
        pair.value === null
          ? { kind: 'scalar', mark: key, value: null }
          : this.read(pair.value as ParsedNode, inner);
      const first = entries.get(name);
      if (first === undefined) entries.set(name, { key, value });
      else {
        const { line, column } = issueAt(first.key, [], '');
        const message = `duplicate key "${name}" (first at ${line}:${column})`;
        this.issues.push(issueAt(key, inner, message, 'keep one of the two'));
      }
    }
    return { kind: 'map', mark, entries };
  }

  private keyName(node: ParsedNode, mark: Mark, path: readonly string[]): string | null {
    let message: string | null = null;
    if (!isScalar(node) || node.anchor !== undefined || node.tag !== undefined) {
      message = 'a key is a plain name: no alias, anchor, tag, list or map';
    } else if (typeof node.value !== 'string') {
      message = `a key is a name, found ${node.source || 'nothing'}`;
    } else if (node.value === '<<') {
      message = 'merge keys (<<) are not supported';
    } else return node.value;
    this.issues.push(issueAt(mark, path, message));
    return null;
  }

  private markOf(node: ParsedNode): Mark {
    const [start, end] = node.range ?? [0, 0];
    return this.mark(start, end);
  }
}

/** Values in a value, itself included. */
function sizeOf(value: Located): number {
  if (value.kind === 'scalar') return 1;
  const inner = value.kind === 'list' ? value.items : [...value.entries.values()].map((entry) => entry.value);
  return inner.reduce((sum, item) => sum + sizeOf(item), 1);
}

/** Why a number in the text is not the number that a double would make of it. */
function numberComplaint(value: number, source: string | undefined): string | null {
  if (!Number.isFinite(value)) return `${source} is not a finite number`;
  if (source === undefined) return null;
  if (/^[-+]?0\d/.test(source)) return `${source} has a leading zero, which some readers take for octal`;
  return null;
}
