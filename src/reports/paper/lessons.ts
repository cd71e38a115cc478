import { cellStyles } from '../cells.ts';
import { type Curve, curvesOf } from '../curve.ts';
import { formatPaper, formatSteps } from '../format.ts';
import { type RunRecord, setting } from '../run-record.ts';
import { estimate, summariseDurations } from '../statistics.ts';
import type { PaperSettings } from './facts.ts';
import { type Outcome, paperStep, placeOf } from './outcomes.ts';

/** A sentence or a few about what the runs show, made from them alone. */
export interface Lesson {
  readonly title: string;
  readonly points: readonly string[];
}

interface Trial {
  readonly rate: number;
  readonly clip: number | null;
  readonly curve: Curve;
}

/** What decides, where the paper's settings fail here, and what to take home: as far as there are runs that tell. */
export function lessonsOf(runs: readonly RunRecord[], outcomes: readonly Outcome[]): Lesson[] {
  return [
    { title: 'What decides: learning rate and clipping together', points: whatDecides(runs, outcomes) },
    { title: 'Where the paper’s settings do something else here', points: paperSettings(runs, outcomes) },
    { title: 'What to take home', points: takeHome(outcomes) },
  ].filter(({ points }) => points.length > 0);
}

function trialsOf({ row }: Outcome, runs: readonly RunRecord[]): Trial[] {
  return curvesOf(
    runs.filter(({ config }) => row.matches(config)),
    row.measure,
  ).map((curve) => ({ curve, ...settingsOfCurve(curve) }));
}

function settingsOfCurve({ scores }: Curve): Pick<Trial, 'rate' | 'clip'> {
  const { config } = scores[0]!.run;
  return {
    rate: setting<number>(config, 'training.learning_rate', 0),
    clip: setting<number | null>(config, 'training.clip.threshold', null),
  };
}

function wordsOf({ rate, clip }: Pick<Trial, 'rate' | 'clip'>): string {
  return `rate ${rate}, ${clip === null ? 'no clipping' : `clip ${clip}`}`;
}

function resultOf({ scores }: Curve): string {
  const { reached, n, median, censoredAt } = summariseDurations(scores.map(({ learned }) => learned!));
  const when = median === null ? `not by ${formatSteps(censoredAt ?? 0)}` : `at ${formatSteps(median)}`;
  return `${reached} of ${n} (${when})`;
}

/** Rows that were run with several settings: every one, with what came of it. */
function whatDecides(runs: readonly RunRecord[], outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap((outcome) => {
    const trials = trialsOf(outcome, runs);
    const tried = new Map(trials.map((trial) => [wordsOf(trial), trial]));
    if (tried.size < 2) return [];
    const passed = [...tried.values()].filter(({ curve }) =>
      curve.scores.some(({ learned }) => learned?.reached),
    );
    const name = `${cellStyles[outcome.row.cell].label}, ${placeOf(outcome.row)}`;
    const shown = [...passed, ...[...tried.values()].filter((trial) => !passed.includes(trial))].slice(0, 6);
    return [
      `${name}: ${passed.length} of ${tried.size} pairs of rate and clip pass the mark. ${shown.map((trial) => `${wordsOf(trial)}: ${resultOf(trial.curve)}`).join('; ')}.`,
    ];
  });
}

/** What the paper's own settings give here, where they were run, and where ours have to differ. */
function paperSettings(runs: readonly RunRecord[], outcomes: readonly Outcome[]): string[] {
  return outcomes.flatMap((outcome) => {
    const { row, curve } = outcome;
    const settings: PaperSettings | null = row.paper.settings;
    if (settings === null || curve === null) return [];
    const name = `${cellStyles[row.cell].label}, ${placeOf(row)}`;
    const theirs = { rate: settings.learningRate.value, clip: settings.clip.value };
    const same = trialsOf(outcome, runs).find(
      ({ rate, clip }) => rate === theirs.rate && clip === theirs.clip,
    );
    const paper = paperStep(row);
    if (same === undefined) return [];
    const learned =
      same.curve.scores.filter((score) => score.learned?.reached).length * 2 > same.curve.scores.length;
    if (learned === (paper !== null)) return [];
    // A run that ended before the paper's curve falls says nothing against it.
    const watched = Math.min(...same.curve.scores.map(({ run }) => run.lastStep));
    if (!learned && watched < paper!) return [];
    const there =
      paper === null
        ? `ends at ${formatPaper('T' in row.paper ? row.paper.end : row.paper.best, row.measure)}`
        : `passes the mark at ${formatSteps(paper)}`;
    return [`${name}, ${wordsOf(theirs)}: the paper’s ${there}, here ${resultOf(same.curve)}.`];
  });
}

function takeHome(outcomes: readonly Outcome[]): string[] {
  const find = (cell: string, place: string) =>
    outcomes.find(({ row }) => row.cell === cell && placeOf(row) === place)!;
  return ['T = 150', 'T = 200', 'T = 300', 'T = 400'].flatMap((place) => {
    const [irnn, relu, lstm] = [find('irnn', place), find('rnn_relu', place), find('lstm', place)];
    return [
      ...sooner(place, irnn, lstm),
      ...(irnn.learned && relu.learned
        ? [
            `${place}: ReLU with ordinary random weights learns too (${wordsOf(settingsOfCurve(relu.curve!))}), at ${formatSteps(relu.durations!.median!)} where the identity does at ${formatSteps(irnn.durations!.median!)}: there the identity saves time, and is not what makes it learn.`,
          ]
        : []),
      ...lost(place, irnn),
    ];
  });
}

function sooner(place: string, irnn: Outcome, lstm: Outcome): string[] {
  if (irnn.durations?.median == null || lstm.durations?.median == null) return [];
  const steps = lstm.durations.median / irnn.durations.median;
  const hours = (outcome: Outcome) => {
    const rates = outcome.curve!.scores.flatMap(({ run }) => run.secondsPerStep ?? []);
    return rates.length === 0 ? null : (Math.min(...rates) * outcome.durations!.median!) / 3600;
  };
  const [ours, theirs] = [hours(irnn), hours(lstm)];
  const time =
    ours === null || theirs === null
      ? ''
      : `, and ${(theirs / ours).toFixed(0)} times fewer core-hours of training`;
  return steps <= 1
    ? []
    : [`${place}: an IRNN gets to the mark in ${steps.toFixed(1)} times fewer steps than an LSTM${time}.`];
}

/** Runs that learned and did not stay so. */
function lost(place: string, { curve, row }: Outcome): string[] {
  const stayed = estimate(curve?.scores.flatMap((score) => score.stayed ?? []) ?? [])?.mean;
  if (stayed === undefined || stayed > 0.95) return [];
  return [
    `${place}: what is learned comes and goes. ${cellStyles[row.cell].label}: ${Math.round(stayed * 100)} % of the scores after the first under the mark are under it: keep the checkpoint that is best on validation.`,
  ];
}
