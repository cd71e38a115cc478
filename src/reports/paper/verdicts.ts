import { cellStyles } from '../cells.ts';
import { formatSteps, formatValue } from '../format.ts';
import type { RunRecord } from '../run-record.ts';
import { estimate } from '../statistics.ts';
import { paperBestBy } from './curves.ts';
import { costParts, failurePart, learnedPart, scaledParts, soonerPart, worsePart } from './figure-parts.ts';
import { judge, limits, type Verdict } from './judgement.ts';
import { decidedBy, type Outcome, outcomesOf } from './outcomes.ts';
import { languageVerdict, speechVerdict } from './stand-in-verdicts.ts';

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
      rule: `Each part: most IRNN runs pass MSE 0.05, and the median is no later than ${limits.asSoon} times the LSTM’s, or the LSTM had not passed it by then.`,
      parts: ([150, 200] as const).map((T) => soonerPart(`T = ${T}`, at('irnn', T), at('lstm', T))),
    }),
    judge({
      id: 'dearer',
      claim: 'A step of the LSTM costs more',
      link: 'figure-2',
      rule: `The fastest run of each, at one T on one kind of processor: the LSTM’s step takes ${limits.dearer} times as long or longer.`,
      parts: costParts(outcomes),
    }),
    judge({
      id: 'rnns-fail',
      claim: 'Standard RNNs fail on pixels, even with ReLU',
      link: 'figure-3',
      rule: `Each part: after ${formatSteps(decidedBy(at('rnn_tanh', 'scan line').row))} steps or more, every run’s best test accuracy is under ${limits.failure * 100} %.`,
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
      rule: `Each part: after equal numbers of steps (${formatSteps(decidedBy(at('lstm', 'scan line').row))} or more), the LSTM’s best test accuracy is ${limits.worse * 100} points or more below the IRNN’s.`,
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

/** The one claim that is a number: partly, where a shorter run keeps up with the paper's curve. */
function accuracyVerdict({ row, curve, watched }: Outcome): Verdict {
  const verdict = {
    id: 'accuracy',
    claim: 'An IRNN reaches 97 % on MNIST, pixel by pixel',
    link: 'figure-3',
    rule: `Holds from ${(limits.accuracy * 100).toFixed(1)} % on, the paper’s best less its reading error (test accuracy at the best validation, mean over seeds); partly, if a run shorter than the paper’s is within ${limits.near * 100} point of the paper’s best by the same step.`,
    standIn: null,
  };
  if (curve === null) return { ...verdict, judgement: 'untested', evidence: '', n: 0 };
  const mean = estimate(curve.scores.map(({ test }) => test))!.mean;
  const paper = paperBestBy(row.panel, row.cell, watched[1]);
  const keepsUp = paper !== null && mean >= paper - limits.near;
  const short = watched[1] < 660_000;
  const by = paper === null ? '' : `; the paper ${formatValue(paper, curve.measure)} by then`;
  return {
    ...verdict,
    judgement: mean >= limits.accuracy ? 'holds' : short && keepsUp ? 'partly' : short ? 'untested' : 'fails',
    evidence: `${formatValue(mean, curve.measure)} by ${formatSteps(watched[1])}${by}`,
    n: curve.scores.length,
  };
}
