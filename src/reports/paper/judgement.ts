/** What a claim of the paper is judged to be, and the rule for claims made of parts. */

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

/** Where the rules draw their lines. */
export const limits = {
  /** Times the LSTM's steps that still count as "as good as" it. The paper's own ratio at T = 150 is 1.1. */
  asSoon: 1.25,
  /** An LSTM has four times the weights; a step that costs this many times as much is "dearer". */
  dearer: 2,
  /** Accuracies under this are a failure on MNIST. The paper's random RNNs stay under 35 %. */
  failure: 0.5,
  /** The paper's best accuracy, less what reading it off the figure may be wrong by. */
  accuracy: 0.971 - 0.004,
  /** How far below the paper's curve a shorter run may be that keeps up with it. */
  near: 0.01,
  /** Points of accuracy that make a cell worse than another. */
  worse: 0.05,
  /** Points of frame error that are still close: the paper's own largest gap. */
  close: 0.026,
} as const;

/** One thing that a claim says: true, false, or null where the runs do not tell. */
export interface Part {
  readonly label: string;
  readonly finding: boolean | null;
  readonly shown: string;
  readonly n: number;
}

export interface Case {
  readonly id: string;
  readonly claim: string;
  readonly link: string;
  readonly rule: string;
  readonly parts: readonly Part[];
  readonly standIn?: string | null;
}

/** Holds if every part was tested and is true; fails if every part that was tested is false; partly if it is neither. */
export function judge({ parts, standIn = null, rule, ...rest }: Case): Verdict {
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
