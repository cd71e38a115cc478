import { curvesOf } from '../curve.ts';
import type { RunConfig, RunRecord } from '../run-record.ts';
import { estimate } from '../statistics.ts';
import { datasetOf, paperData } from './datasets.ts';
import { judge, limits, type Part, type Verdict } from './judgement.ts';
import { languageModelRows, type Row, speechRows } from './rows.ts';

/** Runs of the paper's rows on the paper's own data or else on the stand-in that has most rows. */
function chooseData(rows: readonly Row[], runs: readonly RunRecord[], task: string) {
  const matching = runs.filter(({ config }) => rows.some((row) => row.matches(config)));
  const names = [...new Set(matching.map(({ config }) => datasetOf(config).name))].sort();
  const count = (name: string) =>
    rows.filter((row) =>
      matching.some(({ config }) => row.matches(config) && datasetOf(config).name === name),
    ).length;
  const own = names.find((name) => name === paperData[task]);
  const chosen = own ?? [...names].sort((a, b) => count(b) - count(a))[0] ?? null;
  return {
    standIn: chosen === own ? null : chosen,
    scoreOf: (row: Row) => {
      const uses = (config: RunConfig) => row.matches(config) && datasetOf(config).name === chosen;
      const [curve] = curvesOf(
        matching.filter(({ config }) => uses(config)),
        row.measure,
      );
      return curve
        ? { value: estimate(curve.scores.map(({ test }) => test))!.mean, n: curve.scores.length }
        : null;
    },
  };
}

type Score = { readonly value: number; readonly n: number } | null;

function scoresText(
  scores: readonly (readonly [string, Score])[],
  format: (value: number) => string,
): Pick<Part, 'shown' | 'n'> {
  return {
    shown: scores.flatMap(([name, score]) => (score ? [`${name} ${format(score.value)}`] : [])).join(', '),
    n: scores.reduce((sum, [, score]) => sum + (score?.n ?? 0), 0),
  };
}

export function languageVerdict(runs: readonly RunRecord[]): Verdict {
  const { standIn, scoreOf } = chooseData(languageModelRows, runs, 'language_model');
  const find = (cell: string, layers: number, projection: number | null) =>
    scoreOf(
      languageModelRows.find(
        ({ paper }) => paper.cell === cell && paper.layers === layers && paper.projection === projection,
      )!,
    );
  const lstm = find('lstm', 1, null);
  const part = (label: string, irnn: Score, tanh: Score): Part => ({
    label,
    finding:
      irnn && tanh && lstm
        ? irnn.value < tanh.value && Math.abs(irnn.value - lstm.value) < Math.abs(tanh.value - irnn.value)
        : null,
    ...scoresText(
      [
        ['LSTM', lstm],
        ['IRNN', irnn],
        ['RNN + tanh', tanh],
      ],
      (value) => value.toFixed(1),
    ),
  });
  return unlessNoData(
    judge({
      id: 'language',
      claim: 'As a language model it is nearer to the LSTM than to the RNN',
      link: 'table-3',
      rule: 'Each part: the IRNN’s test perplexity is below the RNN’s, and nearer to the LSTM’s than to it.',
      standIn,
      parts: [
        part('4 layers', find('irnn', 4, null), find('rnn_tanh', 4, null)),
        part('1 layer', find('irnn', 1, 512), find('rnn_tanh', 1, 512)),
      ],
    }),
    'language_model',
  );
}

export function speechVerdict(runs: readonly RunRecord[]): Verdict {
  const { standIn, scoreOf } = chooseData(speechRows, runs, 'phone_frames');
  const parts = [2, 5].flatMap((layers) =>
    [false, true].map((bidirectional): Part => {
      const [tanh, lstm, irnn] = (['rnn_tanh', 'lstm', 'irnn'] as const).map((cell) =>
        scoreOf(
          speechRows.find(
            ({ paper }) =>
              paper.cell === cell && paper.layers === layers && paper.bidirectional === bidirectional,
          )!,
        ),
      );
      return {
        label: `${layers} layers${bidirectional ? ', bidirectional' : ''}`,
        finding:
          tanh && lstm && irnn
            ? irnn.value < tanh.value && irnn.value - lstm.value <= limits.close + 1e-9
            : null,
        ...scoresText(
          [
            ['RNN + tanh', tanh!],
            ['LSTM', lstm!],
            ['IRNN', irnn!],
          ],
          (value) => `${(value * 100).toFixed(1)} %`,
        ),
      };
    }),
  );
  return unlessNoData(
    judge({
      id: 'speech',
      claim: 'On speech it beats the tanh RNN and comes close to the LSTM',
      link: 'table-4',
      rule: `Each part: the IRNN’s test frame error is below the tanh RNN’s, and at most ${(limits.close * 100).toFixed(1)} points above the LSTM’s, the paper’s own largest gap. In the paper itself three of the four hold.`,
      standIn,
      parts,
    }),
    'phone_frames',
  );
}

/** Where no run tells, because the paper's data cannot be had, that is the verdict. */
function unlessNoData(verdict: Verdict, task: string): Verdict {
  if (verdict.judgement !== 'untested') return verdict;
  return {
    ...verdict,
    judgement: 'no data',
    evidence: verdict.evidence || `${paperData[task]} is not freely available, and no stand-in was run`,
  };
}
