import type { Table } from '../tables/table.ts';
import { type Coverage, totalCoverage } from './coverage.ts';
import { judgements, type Verdict } from './judgement.ts';

/** The verdicts as a table, for Markdown and CSV. */
export function verdictTable(verdicts: readonly Verdict[]): Table {
  return {
    id: 'verdicts',
    title: 'Does it reproduce?',
    notes: [],
    columns: ['claim of the paper', 'verdict', 'what shows it', 'runs', 'where'],
    rows: verdicts.map(({ id, claim, judgement, evidence, n, rule, link, standIn }) => {
      const { word, sign } = judgements[judgement];
      const on = standIn !== null && judgement !== 'no data' ? ` (on a stand-in, ${standIn})` : '';
      const [kind, number] = link.split('-');
      return {
        cells: [claim, `${sign} ${word}${on}`, evidence, String(n), `[${kind} ${number}](${link}.md)`],
        record: { claim: id, verdict: judgement, stand_in: standIn, runs: n, evidence, rule, link },
      };
    }),
  };
}

export function coverageTable(coverage: readonly Coverage[]): Table {
  return {
    id: 'coverage',
    title: 'Coverage',
    notes: [
      'Run: any run, on a stand-in too; of Tables 1 and 2 any grid search. Comparable: on the paper’s data and long enough to say; of Tables 1 and 2 a complete grid search. Verified: made with this program’s numerics version. No data: on data that is not freely available.',
    ],
    columns: ['item', 'run', 'comparable', 'verified', 'no data'],
    rows: [...coverage, totalCoverage(coverage)].map(
      ({ id, title, total, run, comparable, verified, unavailable }) => ({
        cells: [title, `${run} of ${total}`, String(comparable), String(verified), String(unavailable)],
        record: { item: id, total, run, comparable, verified, no_data: unavailable },
      }),
    ),
  };
}
