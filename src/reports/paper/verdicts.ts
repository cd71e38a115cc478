import { cellStyles } from '../cells.ts';
import { type Curve, curvesOf } from '../curve.ts';
import { formatSteps, formatValue } from '../format.ts';
import type { RunConfig, RunRecord } from '../run-record.ts';
import { setting } from '../run-record.ts';
import { estimate } from '../statistics.ts';
import { paperBestBy } from './curves.ts';
import { datasetOf, paperData } from './datasets.ts';
import { decidedBy, type Outcome, outcomesOf } from './outcomes.ts';
import { figure2Rows, isScaledIrnn, languageModelRows, type Row, speechRows } from './rows.ts';

export type Judgement = 'holds' | 'partly' | 'fails' | 'untested' | 'no data';

export const judgements: Readonly<Record<Judgement, { readonly word: string; readonly sign: string }>> = {
  holds: { word: 'holds', sign: '✓' },
  partly: { word: 'partly', sign: '◐' },
  fails: { word: 'does not hold', sign: '✗' },
  untested: { word: 'untested', sign: '○' },
  'no data': { word: 'data not available', sign: '–' },
};

/** A claim of the paper, and what the runs say about it. */
export interface Verdict {
  readonly id: string;
  readonly claim: string;
  readonly judgement: Judgement;
  /** The number that shows it, and the parts it is made of. */
  readonly evidence: string;
  /** Runs looked at. */
  readonly n: number;
  /** The rule, so that a reader sees what would change the verdict. */
  readonly rule: string;
  /** The section of the report that shows it. */
  readonly link: string;
  /** The data is not the paper's. */
  readonly standIn: string | null;
}

/** One thing that a claim says: true, false, or null where the runs do not tell. */
interface Part {
  readonly label: string;
  readonly finding: boolean | null;
  readonly shown: string;
  readonly n: number;
}

/** Steps of an IRNN that still count as "as good as" the LSTM's. The paper's own ratio at T = 150 is 1.1. */
const AS_SOON = 1.25;
/** An LSTM has four times the weights; a step that costs twice as much or more is "dearer". */
const DEARER = 2;
/** Accuracies under this are a failure on MNIST. The paper's random RNNs stay under 35 %. */
const FAILURE = 0.5;
/** The paper's best accuracy, less what reading it off the figure may be wrong by. */
const ACCURACY = 0.971 - 0.004;
/** Points of accuracy, or of frame error, that count as a difference. */
const POINTS = { worse: 0.05, near: 0.01, close: 0.026 } as const;

/** The paper's claims in its order, each judged by its rule from the runs alone. */
export function verdictsOf(
  runs: readonly RunRecord[],
  outcomes: readonly Outcome[] = outcomesOf(runs),
): Verdict[] {
  const at = (cell: string, where: number | 'scan line' | 'permuted') =>
    outcomes.find(({ row: { paper } }) =>
      'T' in paper
        ? paper.cell === cell && paper.T === where
        : paper.cell === cell && where === (paper.permuted ? 'permuted' : 'scan line'),
    )!;
  const orders = ['scan line', 'permuted'] as const;
  return [
    judge({
      id: 'trains',
      claim: 'An IRNN trains: identity, zero biases, clipped gradients',
      link: 'figure-2',
      rule: 'Each part: most runs pass the mark (test MSE 0.05 on the adding problem, 90 % on MNIST) where the paper’s IRNN does.',
      parts: [
        ...([150, 200, 300] as const).map((T) => learnedPart(`T = ${T}`, at('irnn', T))),
        learnedPart('MNIST', at('irnn', 'scan line')),
      ],
    }),
    judge({
      id: 'as-lstm',
      claim: 'It does as well as an LSTM at T = 150 and 200',
      link: 'figure-2',
      rule: `Each part: most IRNN runs pass MSE 0.05, and the median is no later than ${AS_SOON} times the LSTM’s, or the LSTM had not passed it by then.`,
      parts: ([150, 200] as const).map((T) => soonerPart(`T = ${T}`, at('irnn', T), at('lstm', T))),
    }),
    judge({
      id: 'dearer',
      claim: 'A step of the LSTM costs more',
      link: 'figure-2',
      rule: `The fastest run of each, at one T on one kind of processor: the LSTM’s step takes ${DEARER} times as long or longer.`,
      parts: costParts(outcomes),
    }),
    judge({
      id: 'rnns-fail',
      claim: 'Standard RNNs fail on pixels, even with ReLU',
      link: 'figure-3',
      rule: `Each part: after ${formatSteps(decidedBy(at('rnn_tanh', 'scan line').row))} steps or more, every run’s best test accuracy is under ${FAILURE * 100} %.`,
      parts: orders.flatMap((order) =>
        (['rnn_tanh', 'rnn_relu'] as const).map((cell) =>
          failurePart(`${cellStyles[cell].label}, ${order}`, at(cell, order)),
        ),
      ),
    }),
    accuracyVerdict(at('irnn', 'scan line')),
    judge({
      id: 'lstm-worse',
      claim: 'The LSTM does worse on pixels',
      link: 'figure-3',
      rule: `Each part: after equal numbers of steps (${formatSteps(decidedBy(at('lstm', 'scan line').row))} or more), the LSTM’s best test accuracy is ${POINTS.worse * 100} points or more below the IRNN’s.`,
      parts: orders.map((order) => worsePart(order, at('irnn', order), at('lstm', order))),
    }),
    languageVerdict(runs),
    speechVerdict(runs),
    judge({
      id: 'scaled',
      claim: 'From a scaled identity it forgets',
      link: 'figure-2',
      rule: 'Each part: an IRNN that begins from less than the identity has not passed MSE 0.05 after twice the steps that the whole identity needs.',
      parts: scaledParts(runs, outcomes),
    }),
  ];
}

interface Case {
  readonly id: string;
  readonly claim: string;
  readonly link: string;
  readonly rule: string;
  readonly parts: readonly Part[];
  readonly standIn?: string | null;
}

/** Holds if every part was tested and is true; fails if every part that was tested is false; partly if it is neither. */
function judge({ parts, standIn = null, rule, ...rest }: Case): Verdict {
  const tested = parts.filter(({ finding }) => finding !== null);
  const yes = tested.filter(({ finding }) => finding).length;
  const judgement =
    tested.length === 0 ? 'untested' : yes === parts.length ? 'holds' : yes === 0 ? 'fails' : 'partly';
  const shown = parts
    .filter(({ finding, n }) => finding !== null || n > 0)
    .map(({ label, shown: text }) => `${label}: ${text}`);
  const missing = parts.filter(({ finding, n }) => finding === null && n === 0).map(({ label }) => label);
  return {
    ...rest,
    judgement,
    standIn,
    n: parts.reduce((sum, part) => sum + part.n, 0),
    rule: `${rule} Holds if all parts do, partly if some do or were not tested.`,
    evidence: [
      ...shown,
      ...(missing.length > 0 && shown.length > 0 ? [`not tested: ${missing.join(', ')}`] : []),
    ].join(' · '),
  };
}

function learnedPart(label: string, { curve, durations, learned, agreement }: Outcome): Part {
  if (curve === null || durations === null) return { label, finding: null, shown: '', n: 0 };
  const { reached, n, median } = durations;
  const when = median === null ? '' : ` at ${formatSteps(median)}`;
  return { label, finding: agreement === 'open' ? null : learned, shown: `${reached} of ${n}${when}`, n };
}

function soonerPart(label: string, irnn: Outcome, lstm: Outcome): Part {
  const [ours, theirs] = [irnn.durations, lstm.durations];
  if (ours === null || theirs === null) return { label, finding: null, shown: '', n: 0 };
  const text = ({ durations, watched }: Outcome) =>
    durations!.median === null ? `not by ${formatSteps(watched[0])}` : formatSteps(durations!.median);
  const part = { label, shown: `IRNN ${text(irnn)}, LSTM ${text(lstm)}`, n: ours.n + theirs.n };
  if (ours.median === null) return { ...part, finding: irnn.agreement === 'open' ? null : false };
  if (theirs.median !== null) return { ...part, finding: ours.median <= AS_SOON * theirs.median };
  return { ...part, finding: lstm.watched[0] >= ours.median ? true : null };
}

/** The LSTM's step beside the IRNN's at the first length for which one kind of processor has run both. */
function costParts(outcomes: readonly Outcome[]): Part[] {
  const times = (T: number, cell: string) => {
    const found = new Map<string, { best: number; n: number }>();
    const outcome = outcomes.find(
      ({ row: { paper } }) => 'T' in paper && paper.T === T && paper.cell === cell,
    );
    for (const { run } of [...(outcome?.curve?.scores ?? []), ...(outcome?.curve?.unfinished ?? [])]) {
      const session = run.meta?.sessions[0];
      if (run.secondsPerStep === null || session === undefined) continue;
      const key = `${session.cpu}, ${session.engine.instructionSet}`;
      const before = found.get(key) ?? { best: Infinity, n: 0 };
      found.set(key, { best: Math.min(before.best, run.secondsPerStep), n: before.n + 1 });
    }
    return found;
  };
  for (const { paper } of figure2Rows.filter(({ cell }) => cell === 'irnn')) {
    const [irnn, lstm] = [times(paper.T, 'irnn'), times(paper.T, 'lstm')];
    const shared = [...irnn.keys()].filter((key) => lstm.has(key)).sort()[0];
    if (shared === undefined) continue;
    const [a, b] = [irnn.get(shared)!, lstm.get(shared)!];
    const ratio = b.best / a.best;
    const ms = (seconds: number) => `${(seconds * 1000).toPrecision(3)} ms`;
    return [
      {
        label: `T = ${paper.T}`,
        finding: ratio >= DEARER,
        shown: `${ratio.toFixed(1)} times (${ms(b.best)} against ${ms(a.best)})`,
        n: a.n + b.n,
      },
    ];
  }
  return [{ label: 'T = 150', finding: null, shown: '', n: 0 }];
}

/** The best test accuracy of a curve's runs within so many steps. Runs of one order compare like for like by it. */
function bestBy({ scores, measure }: Curve, step: number): number {
  const column = `test_${measure.metric}`;
  const bests = scores.map(({ run }) =>
    Math.max(0, ...run.metrics.flatMap((row) => (row.step! <= step ? (row[column] ?? 0) : []))),
  );
  return estimate(bests)!.mean;
}

function failurePart(label: string, { row, curve, watched }: Outcome): Part {
  if (curve === null) return { label, finding: null, shown: '', n: 0 };
  const best = Math.max(...curve.scores.map((score) => bestBy({ ...curve, scores: [score] }, Infinity)));
  const enough = watched[0] >= decidedBy(row) || best >= FAILURE;
  return {
    label,
    finding: enough ? best < FAILURE : null,
    shown: `${formatValue(best, curve.measure)}${enough ? '' : ` by ${formatSteps(watched[0])}`}`,
    n: curve.scores.length,
  };
}

function worsePart(label: string, irnn: Outcome, lstm: Outcome): Part {
  if (irnn.curve === null || lstm.curve === null) return { label, finding: null, shown: '', n: 0 };
  const steps = Math.min(irnn.watched[0], lstm.watched[0]);
  const [ours, theirs] = [bestBy(irnn.curve, steps), bestBy(lstm.curve, steps)];
  const { measure } = irnn.curve;
  return {
    label,
    finding: steps >= decidedBy(irnn.row) ? ours - theirs >= POINTS.worse : null,
    shown: `LSTM ${formatValue(theirs, measure)}, IRNN ${formatValue(ours, measure)} by ${formatSteps(steps)}`,
    n: irnn.curve.scores.length + lstm.curve.scores.length,
  };
}

/** The one claim that is a number: partly, where a shorter run keeps up with the paper's curve. */
function accuracyVerdict({ row, curve, watched }: Outcome): Verdict {
  const verdict = {
    id: 'accuracy',
    claim: 'An IRNN reaches 97 % on MNIST, pixel by pixel',
    link: 'figure-3',
    rule: `Holds from ${(ACCURACY * 100).toFixed(1)} % on, the paper’s best less its reading error (test accuracy at the best validation, mean over seeds); partly, if a run shorter than the paper’s is within ${POINTS.near * 100} point of the paper’s best by the same step.`,
    standIn: null,
  };
  if (curve === null) return { ...verdict, judgement: 'untested', evidence: '', n: 0 };
  const mean = estimate(curve.scores.map(({ test }) => test))!.mean;
  const paper = paperBestBy(row.panel, row.cell, watched[1]);
  const keepsUp = paper !== null && mean >= paper - POINTS.near;
  const short = watched[1] < 660_000;
  const by = paper === null ? '' : `; the paper ${formatValue(paper, curve.measure)} by then`;
  return {
    ...verdict,
    judgement: mean >= ACCURACY ? 'holds' : short && keepsUp ? 'partly' : short ? 'untested' : 'fails',
    evidence: `${formatValue(mean, curve.measure)} by ${formatSteps(watched[1])}${by}`,
    n: curve.scores.length,
  };
}

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

function languageVerdict(runs: readonly RunRecord[]): Verdict {
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

function speechVerdict(runs: readonly RunRecord[]): Verdict {
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
            ? irnn.value < tanh.value && irnn.value - lstm.value <= POINTS.close + 1e-9
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
      rule: `Each part: the IRNN’s test frame error is below the tanh RNN’s, and at most ${(POINTS.close * 100).toFixed(1)} points above the LSTM’s, the paper’s own largest gap. In the paper itself three of the four hold.`,
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

function scaledParts(runs: readonly RunRecord[], outcomes: readonly Outcome[]): Part[] {
  const scaled = runs.filter(({ config }) => isScaledIrnn(config));
  const lengths = [...new Set(scaled.map(({ config }) => setting<number>(config, 'task.T', 0)))].sort(
    (a, b) => a - b,
  );
  const parts = lengths.flatMap((T): Part[] => {
    const whole = outcomes.find(
      ({ row: { paper } }) => 'T' in paper && paper.T === T && paper.cell === 'irnn',
    );
    const needed = whole?.durations?.median;
    if (whole === undefined || needed == null) return [];
    const [curve] = curvesOf(
      scaled.filter(({ config }) => setting<number>(config, 'task.T', 0) === T),
      whole.row.measure,
    );
    if (curve === undefined) return [];
    const learned = curve.scores.filter((score) => score.learned?.reached).length;
    const least = Math.min(...curve.scores.map(({ run }) => run.lastStep));
    return [
      {
        label: `T = ${T}, ${setting<number>(curve.scores[0]!.run.config, 'model.scale', 1)} I`,
        finding: learned > 0 ? false : least >= 2 * needed ? true : null,
        shown: learned > 0 ? `${learned} of ${curve.scores.length} learned` : `not by ${formatSteps(least)}`,
        n: curve.scores.length,
      },
    ];
  });
  return parts.length > 0 ? parts : [{ label: 'adding', finding: null, shown: '', n: 0 }];
}
