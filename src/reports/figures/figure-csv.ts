import { toCsv } from '../tables/table.ts';
import type { Figure } from './figure.ts';

/** Every point that a figure draws: panel, cell, source (mean, range, seed, paper), step, value. */
export function figureCsv({ panels }: Figure): string {
  const rows = panels.flatMap((panel) => {
    const range = new Map(
      panel.bands.flatMap(({ name, points }) =>
        points.map(([step, low, high]) => [`${name} ${step}`, { low, high }] as const),
      ),
    );
    return panel.lines.flatMap(({ name, kind, points, seed }) =>
      points.map(([step, value]) => ({
        cells: [],
        record: {
          panel: panel.id,
          cell: name,
          source: kind,
          seed: seed ?? null,
          step,
          value,
          low: null,
          high: null,
          ...(kind === 'mean' ? range.get(`${name} ${step}`) : {}),
        },
      })),
    );
  });
  return toCsv({ id: '', title: '', notes: [], columns: [], rows });
}
