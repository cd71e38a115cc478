import { type Curve, curvesOf } from '../curve.ts';
import { formatSteps, formatValue } from '../format.ts';
import { type RunRecord, setting } from '../run-record.ts';
import { estimate } from '../statistics.ts';
import { limits, type Part } from './judgement.ts';
import { decidedBy, type Outcome } from './outcomes.ts';
import { figure2Rows, isScaledIrnn } from './rows.ts';

/** The parts of the claims about Figures 2 and 3. */

export function learnedPart(label: string, { curve, durations, learned, agreement }: Outcome): Part {
  if (curve === null || durations === null) return { label, finding: null, shown: '', n: 0 };
  const { reached, n, median } = durations;
  const when = median === null ? '' : ` at ${formatSteps(median)}`;
  return { label, finding: agreement === 'open' ? null : learned, shown: `${reached} of ${n}${when}`, n };
}

export function soonerPart(label: string, irnn: Outcome, lstm: Outcome): Part {
  const [ours, theirs] = [irnn.durations, lstm.durations];
  if (ours === null || theirs === null) return { label, finding: null, shown: '', n: 0 };
  const text = ({ durations, watched }: Outcome) =>
    durations!.median === null ? `not by ${formatSteps(watched[0])}` : formatSteps(durations!.median);
  const part = { label, shown: `IRNN ${text(irnn)}, LSTM ${text(lstm)}`, n: ours.n + theirs.n };
  if (ours.median === null) return { ...part, finding: irnn.agreement === 'open' ? null : false };
  if (theirs.median !== null) return { ...part, finding: ours.median <= limits.asSoon * theirs.median };
  return { ...part, finding: lstm.watched[0] >= ours.median ? true : null };
}

/** The LSTM's step beside the IRNN's at the first length for which one kind of processor has run both. */
export function costParts(outcomes: readonly Outcome[]): Part[] {
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
        finding: ratio >= limits.dearer,
        shown: `${ratio.toFixed(1)} times (${ms(b.best)} against ${ms(a.best)})`,
        n: a.n + b.n,
      },
    ];
  }
  return [{ label: 'T = 150', finding: null, shown: '', n: 0 }];
}

/** The best test accuracy of a curve's runs within that many steps. Runs of one order compare like for like by it. */
function bestBy({ scores, measure }: Curve, step: number): number {
  const column = `test_${measure.metric}`;
  const bests = scores.map(({ run }) =>
    Math.max(0, ...run.metrics.flatMap((row) => (row.step! <= step ? (row[column] ?? 0) : []))),
  );
  return estimate(bests)!.mean;
}

export function failurePart(label: string, { row, curve, watched }: Outcome): Part {
  if (curve === null) return { label, finding: null, shown: '', n: 0 };
  const best = Math.max(...curve.scores.map((score) => bestBy({ ...curve, scores: [score] }, Infinity)));
  const enough = watched[0] >= decidedBy(row) || best >= limits.failure;
  return {
    label,
    finding: enough ? best < limits.failure : null,
    shown: `${formatValue(best, curve.measure)}${enough ? '' : ` by ${formatSteps(watched[0])}`}`,
    n: curve.scores.length,
  };
}

export function worsePart(label: string, irnn: Outcome, lstm: Outcome): Part {
  if (irnn.curve === null || lstm.curve === null) return { label, finding: null, shown: '', n: 0 };
  const steps = Math.min(irnn.watched[0], lstm.watched[0]);
  const [ours, theirs] = [bestBy(irnn.curve, steps), bestBy(lstm.curve, steps)];
  const { measure } = irnn.curve;
  return {
    label,
    finding: steps >= decidedBy(irnn.row) ? ours - theirs >= limits.worse : null,
    shown: `LSTM ${formatValue(theirs, measure)}, IRNN ${formatValue(ours, measure)} by ${formatSteps(steps)}`,
    n: irnn.curve.scores.length + lstm.curve.scores.length,
  };
}

export function scaledParts(runs: readonly RunRecord[], outcomes: readonly Outcome[]): Part[] {
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
