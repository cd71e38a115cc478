import { shippedConfig } from '../commands.ts';
import { datasetOf, describeDataset } from '../datasets.ts';
import type { BaselineFile } from '../find-runs.ts';
import { formatValue, NONE, NOTHING } from '../format.ts';
import { type Measure, measures } from '../measures.ts';
import { type RunRecord, setting } from '../run-record.ts';
import { commonColumns } from './result.ts';
import type { TableRow } from './table.ts';

const TASK = 'language_model';

/** N-gram models on the data that networks were run on: rows of Table 3 that the paper does not have. */
export function baselineRows(runs: readonly RunRecord[], files: readonly BaselineFile[]): TableRow[] {
  const measure: Measure = measures.language_model;
  return files.flatMap(({ baselines, data }) => {
    const run = runs.find(
      ({ meta }) => meta !== null && meta.data.vocabulary_sha256 === (data?.vocabulary_sha256 ?? null),
    );
    if (run === undefined) return [];
    const dataset = datasetOf(run.config);
    const config = shippedConfig(
      (candidate) =>
        setting<string>(candidate, 'task.name', '') === TASK && datasetOf(candidate).name === dataset.name,
    );
    const order = Math.max(...baselines.map(({ predictor }) => wordsOf(predictor)));
    const command = config === null ? NOTHING : `irnn-run baseline ${config} --order ${order} --json`;
    return baselines.flatMap(({ predictor, scores }): TableRow[] => {
      const test = scores[`test_${measure.metric}`];
      if (test === undefined) return [];
      const model = `${predictor} (no network)`;
      return [
        {
          cells: [
            model,
            describeDataset(dataset, TASK),
            NONE,
            formatValue(test, measure),
            NONE,
            ...commonColumns.map((name) => (name === 'command' ? `\`${command}\`` : NONE)),
          ],
          record: {
            model,
            data: dataset.name,
            stand_in: dataset.standIn ? 'yes' : 'no',
            test_perplexity_mean: test,
            command,
          },
        },
      ];
    });
  });
}

/** Words of a predictor's longest n-gram: it is named "Kneser-Ney 3-gram", or "unigram". */
function wordsOf(predictor: string): number {
  return Number(/(\d)-gram$/.exec(predictor)?.[1] ?? 1);
}
