import { join } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../support/json-file.ts';
import { foldersIn } from '../find-runs.ts';
import { NOTHING } from '../format.ts';
import type { RunConfig } from '../run-record.ts';
import { settingsInWords } from '../run-settings.ts';
import type { Row } from './rows.ts';

/** A sweep's selection.json, as far as a report reads it. */
interface SelectionFile {
  /** Nothing of the sweep is left to do. */
  readonly complete?: boolean;
  readonly groups: readonly {
    readonly final: boolean;
    /** Combinations of settings that were tried. */
    readonly combinations: number;
    /** Of the best one on validation; null if every one diverged, missing from files of other releases. */
    readonly config?: RunConfig | null;
  }[];
}

const shape = z.looseObject({
  groups: z.array(
    z.looseObject({ final: z.boolean(), combinations: z.number(), config: z.looseObject({}).nullish() }),
  ),
});
const ADVICE = 'start the sweep again to restore it';

/** What a grid search chose for one model on one task. */
export interface Selection {
  readonly config: RunConfig;
  readonly combinations: number;
  /** Nothing is left to do that could change it. */
  readonly final: boolean;
  readonly complete: boolean;
}

/** Reads every selection.json under the folders. */
export function findSelections(folders: readonly string[]): Selection[] {
  const files = folders
    .flatMap((folder) => [...foldersIn(folder)])
    .flatMap((folder) => readJsonFile<SelectionFile>(join(folder, 'selection.json'), shape, ADVICE) ?? []);
  return files.flatMap(({ groups, complete = false }) =>
    groups.flatMap(({ config, combinations, final }) =>
      config ? [{ config, combinations, final, complete }] : [],
    ),
  );
}

/** What grid searches chose for a row of a table, in words. */
export function chosenFor(row: Row, selections: readonly Selection[]): string {
  const chosen = selections.filter(({ config }) => row.matches(config));
  if (chosen.length === 0) return NOTHING;
  return chosen
    .map(
      ({ config, combinations, final }) =>
        `${settingsInWords(config)} (of ${combinations}${final ? '' : ', so far'})`,
    )
    .join('; ');
}
