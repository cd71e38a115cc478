import { type Figure, lineMeanings, type Panel } from '../figures/figure.ts';

/** A way to look at a chart. */
export interface View {
  readonly label: string;
  readonly log: boolean;
  readonly x: readonly [number, number];
  readonly y: readonly [number, number];
}

/** The data that assets/page/page.js draws. */
export function pageData(
  charts: readonly { figure: Figure; panel: Panel; id: string; views: readonly View[] }[],
) {
  return {
    keys: charts[0]?.figure.keys ?? [],
    meanings: lineMeanings,
    charts: charts.map(({ panel, id, views }) => ({
      id,
      modes: views,
      x: { title: panel.x.title },
      y: { title: panel.y.title, percent: panel.y.percent },
      baseline: panel.baseline,
      bands: panel.bands.map(({ name, points }) => ({ name, points: points.map(rounded) })),
      lines: joinedPaperLines(panel).map((line) => ({ ...line, points: line.points.map(rounded) })),
    })),
  };
}

/** The pieces of a paper curve as one line with gaps: so it has one value under the pointer. */
function joinedPaperLines({ lines }: Panel) {
  const joined = new Map<
    string,
    { name: string; kind: string; points: (readonly [number, number | null])[] }
  >();
  const others: { name: string; kind: string; points: readonly (readonly [number, number | null])[] }[] = [];
  for (const { name, kind, points } of lines) {
    if (kind !== 'paper') {
      others.push({ name, kind, points });
      continue;
    }
    const line = joined.get(name) ?? { name, kind, points: [] };
    joined.set(name, line);
    const last = line.points.at(-1);
    if (last) line.points.push([(last[0] + points[0]![0]) / 2, null]);
    line.points.push(...points);
  }
  return [...joined.values(), ...others];
}

/** Five digits are more than a screen shows. */
function rounded(point: readonly (number | null)[]): (number | null)[] {
  const [step, ...values] = point;
  return [step!, ...values.map((value) => (value === null ? null : Number(value.toPrecision(5))))];
}
