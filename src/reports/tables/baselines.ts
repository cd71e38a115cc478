import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../support/json-file.ts';
import { foldersIn } from '../find-runs.ts';
import { formatValue, NONE, NOTHING } from '../format.ts';
import { type Measure, measures } from '../measures.ts';
import { datasetOf, describeDataset } from '../paper/datasets.ts';
import { shippedConfig } from '../rerun.ts';
import { type RunRecord, setting } from '../run-record.ts';
import { commonColumns } from './result.ts';
import type { TableRow } from './table.ts';

/** Predictors without a network, as `irnn-run baseline CONFIG --json` prints them. */
export interface BaselineFile {
  readonly baselines: readonly {
    readonly predictor: string;
    readonly scores: Readonly<Record<string, number>>;
  }[];
  /** Facts about the data, as a run's meta.json has them. */
  readonly data?: Readonly<Record<string, string | number>>;
}

const baselineShape = z.looseObject({
  baselines: z.array(z.looseObject({ predictor: z.string(), scores: z.record(z.string(), z.number()) })),
  data: z.record(z.string(), z.union([z.string(), z.number()])).optional(),
});
const BASELINE_ADVICE = 'make it again with irnn-run baseline CONFIG --json';

/** Reads every baselines.json under the folders. */
export function findBaselines(folders: readonly string[]): BaselineFile[] {
  return folders
    .flatMap((folder) => [...foldersIn(folder)])
    .flatMap(
      (folder) =>
        readJsonFile<BaselineFile>(join(folder, 'baselines.json'), baselineShape, BASELINE_ADVICE) ?? [],
    );
}

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

/** For each data set that a task was run on: its facts, and what predictors without a network score on it. */
export function baselineNotes(runs: readonly RunRecord[], task: string): string[] {
  const notes = new Map<string, string>();
  for (const { config, meta } of runs) {
    if (setting<string>(config, 'task.name', '') !== task || meta === null) continue;
    const facts = [
      ...Object.entries(meta.data).filter(([, value]) => typeof value === 'number'),
      ...Object.entries(meta.baseline).map(([name, value]) => [`baseline ${name}`, value] as const),
    ].map(([name, value]) => `${name.replaceAll('_', ' ')} ${formatFact(Number(value))}`);
    const name = describeDataset(datasetOf(config), task);
    if (facts.length > 0) notes.set(name, `${name}: ${facts.join(', ')}.`);
  }
  return [...notes.values()];
}

function formatFact(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en') : String(Number(value.toPrecision(4)));
}
