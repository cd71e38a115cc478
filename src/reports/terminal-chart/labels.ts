import type { Axis } from './axis.ts';

/** What stands beside each row of a chart: both ends of its values, and those between for which there is a row. */
export function valueLabels(axis: Axis, height: number, format: (value: number) => string): string[] {
  const labels = Array<string>(height).fill('');
  const [low, high] = axis.ends;
  for (const value of [high, low, ...axis.inner]) {
    const row = Math.round((1 - axis.share(value)) * (height - 1));
    labels[row] ||= format(value);
  }
  return labels;
}

/** The line below a chart: where its steps begin and end, and those between for which there is room. */
export function stepLabels(
  { ends: [first, last], inner, share }: Axis,
  columns: number,
  format: (step: number) => string,
): string {
  let line = ' '.repeat(columns);
  for (const step of [first, last, ...inner]) {
    const text = format(step);
    const middle = Math.round(share(step) * (columns - 1) - (text.length - 1) / 2);
    const at = Math.max(0, Math.min(columns - text.length, middle));
    // A space on either side keeps it from its neighbours.
    const taken = line.slice(Math.max(0, at - 1), at + text.length + 1);
    if (taken.trim() === '' && text.length <= columns)
      line = `${line.slice(0, at)}${text}${line.slice(at + text.length)}`;
  }
  return line.trimEnd();
}
