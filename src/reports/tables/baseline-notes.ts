import { datasetOf, describeDataset } from '../datasets.ts';
import { type RunRecord, setting } from '../run-record.ts';

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
