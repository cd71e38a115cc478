import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readCsv } from '../../src/support/csv.ts';

/** What a run directory must hold, to the byte, however often the run was interrupted. */
export function lastingFiles(directory: string): Record<string, string> {
  const names = readdirSync(directory).filter((name) => !/^(log\.txt|meta\.json|timing\.csv)$/.test(name));
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(directory, name), 'base64')]));
}

/** Steps of metrics.csv that have no times, and steps at which the clock went backwards. */
export function lostTimes(directory: string): number[] {
  const [metrics, times] = ['metrics.csv', 'timing.csv'].map((name) => readCsv(join(directory, name)).rows);
  const timed = new Set(times!.map(({ step }) => step));
  const seconds = times!.map(({ training_seconds }) => training_seconds!);
  return [
    ...metrics!.map(({ step }) => step!).filter((step) => !timed.has(step)),
    ...times!
      .filter((_, index) => index > 0 && seconds[index]! < seconds[index - 1]!)
      .map(({ step }) => step!),
  ];
}
