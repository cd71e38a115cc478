import { expect, test } from 'vitest';
import { EXAMPLE, edited, errorOf } from './example.ts';

test('an error shows its place, the source line, a caret and a hint', () => {
  expect(errorOf(edited('{ type: irnn }', '{ type: irnn, hiden: 3 }')).message).toBe(
    [
      'x.yaml:3:22: unknown key "hiden" in model (type: irnn)',
      '  3 | model: { type: irnn, hiden: 3 }',
      '    |                      ^^^^^',
      '  did you mean "hidden"?',
    ].join('\n'),
  );
});

test('all errors are reported at once, in the order of the file, contradictions included', () => {
  const text = `${edited('0.01', '"0.01"').replace('irnn', 'irnn, forget_bias: 1').replace('50', '1')}
stop: { metric: valid_mse, below: 1, above: 2 }
engine: { name: reference, instruction_set: avx2 }
`;
  const { issues } = errorOf(text);
  expect(issues.map(({ path }) => path)).toEqual([
    'task.T',
    'model.forget_bias',
    'training.learning_rate',
    'stop.above',
    'engine.instruction_set',
  ]);
});

test('an issue is data', () => {
  expect(errorOf(`${EXAMPLE}sed: 1\n`).issues).toEqual([
    {
      file: 'x.yaml',
      line: 6,
      column: 1,
      path: 'sed',
      message: 'unknown key "sed"',
      hint: 'did you mean "seed"?',
      excerpt: '  6 | sed: 1\n    | ^^^',
    },
  ]);
});

test('the caret stands under the mistake after tabs, in files with CRLF, and in long lines', () => {
  const tabs = errorOf(`${EXAMPLE}sed:\t{ a:\t1 }\n`.replaceAll('\n', '\r\n'));
  expect(tabs.issues[0]!.excerpt).toBe('  6 | sed:\t{ a:\t1 }\n    | ^^^');
  const long = errorOf(`${EXAMPLE}checkpoint: { every:${' '.repeat(500)}x }\n`).issues[0]!;
  expect(long.column).toBe(521);
  expect(long.excerpt!.split('\n').map((line) => line.length)).toEqual([49, 47]);
});

test('control characters of a config do not reach the terminal', () => {
  for (const text of [edited('example', '\u001b[31mred'), edited('example', '"\\e[31mred"')]) {
    expect(errorOf(text, {}).message).not.toMatch(/[^\P{Cc}\n\t]/u);
  }
  expect(errorOf(EXAMPLE, { set: ['\u001b[31m=1'] }).message).not.toMatch(/[^\P{Cc}\n\t]/u);
});
