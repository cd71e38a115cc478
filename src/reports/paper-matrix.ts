import { cellNames, cellStyles } from './cells.ts';
import { curvesOf } from './curve.ts';
import { formatDurations, formatPaper, formatSteps, formatValue, NOTHING } from './format.ts';
import type { Matrix, MatrixCell, MatrixState } from './page/matrix.ts';
import { datasetOf, paperData } from './paper/datasets.ts';
import { type Agreement, type Outcome, paperStep, placeOf } from './paper/outcomes.ts';
import { languageModelRows, type Row, speechRows } from './paper/rows.ts';
import type { RunRecord } from './run-record.ts';
import { estimate } from './statistics.ts';

const states: Readonly<Record<Exclude<Agreement, 'untested'>, MatrixState>> = {
  agrees: 'good',
  differs: 'bad',
  mixed: 'mixed',
  open: 'open',
};

/** Every curve of Figures 2 and 3: whether and when it passes the mark, here and in the paper. */
export function figureMatrix(outcomes: readonly Outcome[]): Matrix {
  const places = [...new Set(outcomes.map(({ row }) => placeOf(row)))];
  return {
    title: 'All curves at one look',
    corner: '',
    columns: cellNames.map((cell) => cellStyles[cell].label),
    rows: places.map((place) => ({
      label: /^T/.test(place) ? `adding, ${place}` : `MNIST, ${place}`,
      cells: cellNames.map((cell) =>
        figureCell(outcomes.find(({ row }) => placeOf(row) === place && row.cell === cell)!),
      ),
    })),
    legend: [
      { state: 'good', sign: '=', text: 'as in the paper' },
      { state: 'bad', sign: '≠', text: 'other than in the paper' },
      { state: 'mixed', sign: '◐', text: 'some runs, not most' },
      { state: 'open', sign: '…', text: 'not run for long enough to say' },
    ],
    notes: [
      'Adding: runs whose test MSE fell under 0.05, and the median step. MNIST: test accuracy at the best validation; the mark is 90 %.',
    ],
  };
}

function figureCell({ row, curve, durations, agreement }: Outcome): MatrixCell | null {
  if (agreement === 'untested' || curve === null || durations === null) return null;
  const { paper, measure } = row;
  const step = paperStep(row);
  const late = curve.unfinished.length > 0 ? [`${curve.unfinished.length} not over yet`] : [];
  const state = states[agreement];
  const link =
    'T' in paper ? `figure-2-t${paper.T}` : `figure-3-${paper.permuted ? 'permuted' : 'scan-line'}`;
  if (!('T' in paper)) {
    const score = estimate(curve.scores.map(({ test }) => test))!.mean;
    const steps = formatSteps(Math.max(...curve.scores.map(({ run }) => run.lastStep)));
    return {
      state,
      link,
      main: formatValue(score, measure),
      lines: [
        `${curve.scores.length === 1 ? 'one run' : `${curve.scores.length} runs`}, ${steps}`,
        `paper ${formatPaper(paper.best, measure)}`,
        ...late,
      ],
    };
  }
  const { reached, n, median } = durations;
  const when =
    median === null
      ? formatDurations({ ...durations, range: null }).replace(/ \(.*/, '')
      : formatSteps(median);
  return {
    state,
    link,
    main: `${reached} of ${n}`,
    lines: [when, `paper ${step === null ? 'never' : formatSteps(step)}`, ...late],
  };
}

/** The rows of Tables 3 and 4, on whatever data there are runs: how the cells compare with each other. */
export function tableMatrix(runs: readonly RunRecord[]): Matrix {
  const cells = ['lstm', 'rnn_tanh', 'irnn'] as const;
  const groups = [
    {
      label: 'words, 1 layer of 512',
      link: 'table-3',
      task: 'language_model',
      rows: languageModelRows.filter(({ paper }) => paper.hidden === 512 && paper.layers === 1),
    },
    {
      label: 'words, 4 layers of 512',
      link: 'table-3',
      task: 'language_model',
      rows: languageModelRows.filter(({ paper }) => paper.layers === 4),
    },
    {
      label: 'words, 1024 projected to 512',
      link: 'table-3',
      task: 'language_model',
      rows: languageModelRows.filter(({ paper }) => paper.projection !== null),
    },
    ...[2, 5].flatMap((layers) =>
      [false, true].map((bidirectional) => ({
        label: `speech, ${layers} layers${bidirectional ? ', bi\u00addirec\u00adtional' : ''}`,
        link: 'table-4',
        task: 'phone_frames',
        rows: speechRows.filter(
          ({ paper }) => paper.layers === layers && paper.bidirectional === bidirectional,
        ),
      })),
    ),
  ];
  return {
    title: 'Tables 3 and 4 at one look',
    corner: '',
    columns: cells.map((cell) => cellStyles[cell].label),
    rows: groups.map(({ label, link, task, rows }) => ({
      label,
      cells: cells.map((cell) => {
        const row: Row | undefined = rows.find((candidate) => candidate.cell === cell);
        return row === undefined
          ? notInThePaper
          : tableCell(row, runs, task, link, paperScore(rows.find((candidate) => candidate.cell === cell)!));
      }),
    })),
    legend: [],
    notes: [
      'Words: test perplexity. Speech: test frame error. On stand-in data a score compares with the scores beside it, not with the paper’s.',
    ],
  };
}

const notInThePaper: MatrixCell = { state: 'plain', main: '–', lines: ['not in the paper'], link: null };

function paperScore(row: (typeof languageModelRows)[number] | (typeof speechRows)[number]): number {
  return 'perplexity' in row.paper ? row.paper.perplexity : row.paper.test;
}

function tableCell(
  row: Row,
  runs: readonly RunRecord[],
  task: string,
  link: string,
  paper: number,
): MatrixCell | null {
  const matching = runs.filter(({ config }) => row.matches(config));
  const own = matching.filter(({ config }) => datasetOf(config).name === paperData[task]);
  const [curve] = curvesOf(own.length > 0 ? own : matching, row.measure);
  if (curve === undefined) return null;
  const data = datasetOf(curve.scores[0]!.run.config);
  return {
    state: 'plain',
    link,
    main: formatValue(estimate(curve.scores.map(({ test }) => test))!.mean, row.measure),
    lines: [`${data.standIn ? data.name : NOTHING}`, `paper ${formatPaper(paper, row.measure)}`].filter(
      (line) => line !== '',
    ),
  };
}
